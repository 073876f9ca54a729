//! The engine against a second implementation that was written from the rules alone.
//!
//! Policies and requests are drawn at random from alphabets so small that they often meet. A disagreement
//! is shrunk and printed. `KAGIBAN_PAIRS` sets how many pairs of policies and request are judged,
//! `KAGIBAN_SEED` draws others than the usual ones.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail by panicking")]

mod case;
mod conditions;
mod dice;
mod draw;
mod engine;
mod judge;
mod laws;
mod pattern;
mod people;
mod shrink;

use std::collections::HashMap;
use std::thread;

use case::{Policies, Printed, Request};
use dice::Dice;
use engine::Engine;
use judge::{Outcome, judge};
use kagiban_policy::PolicyType;
use shrink::shrink;

/// How many requests are put to the same policies.
const REQUESTS: u64 = 32;

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap())
}

/// Runs `try_one` on so many drawn policies, on every processor.
fn for_all(policies: u64, try_one: impl Fn(&mut Dice) + Sync) {
    let seed = setting("KAGIBAN_SEED", 1);
    let workers = thread::available_parallelism().map_or(1, |n| n.get() as u64);
    thread::scope(|scope| {
        for worker in 0..workers {
            let try_one = &try_one;
            scope.spawn(move || {
                let mine = (0..policies).filter(|n| n % workers == worker);
                mine.for_each(|n| try_one(&mut Dice::new(seed.wrapping_mul(1 << 32) + n)));
            });
        }
    });
}

/// Fails with the smallest case that still makes `differs` speak.
fn report(
    policies: &Policies,
    request: &Request,
    differs: impl Fn(&Engine, &Policies, &Request) -> Option<String>,
) {
    if differs(&Engine::new(policies), policies, request).is_none() {
        return;
    }
    let fails =
        |policies: &Policies, request: &Request| differs(&Engine::new(policies), policies, request).is_some();
    let (policies, request) = shrink(policies.clone(), request.clone(), fails);
    let words = differs(&Engine::new(&policies), &policies, &request).unwrap();
    panic!("{words}\n\n{}", Printed(&policies, &request));
}

#[test]
fn the_engine_agrees_with_a_second_implementation_a_million_times() {
    for_all(setting("KAGIBAN_PAIRS", 1_000_000).div_ceil(REQUESTS), |dice| {
        let policies = draw::policies(dice);
        let engine = Engine::new(&policies);
        for _ in 0..REQUESTS {
            let request = draw::request(dice);
            if engine.disagreement(&policies, &request).is_some() {
                report(&policies, &request, Engine::disagreement);
            }
        }
    });
}

#[test]
fn an_explanation_shows_what_the_second_implementation_finds() {
    for_all(
        setting("KAGIBAN_PAIRS", 1_000_000).div_ceil(REQUESTS * 10),
        |dice| {
            let policies = draw::policies(dice);
            let engine = Engine::new(&policies);
            for _ in 0..REQUESTS {
                let request = draw::request(dice);
                if engine.misexplained(&policies, &request).is_some() {
                    report(&policies, &request, Engine::misexplained);
                }
            }
        },
    );
}

/// Agreement is worth little where nearly everything is refused for the same reason.
#[test]
fn every_outcome_is_drawn_often() {
    let mut outcomes: HashMap<String, u32> = HashMap::new();
    let dice = &mut Dice::new(7);
    for _ in 0..2_000 {
        let policies = draw::policies(dice);
        for _ in 0..10 {
            let outcome = judge(&policies, &draw::request(dice));
            *outcomes.entry(format!("{outcome:?}")).or_default() += 1;
        }
    }
    let often = |outcome: Outcome| outcomes.get(&format!("{outcome:?}")).copied().unwrap_or(0);
    assert!(often(Outcome::Allow) > 2_000, "{outcomes:?}");
    for kind in [
        PolicyType::ServiceControl,
        PolicyType::Resource,
        PolicyType::Identity,
        PolicyType::Boundary,
        PolicyType::Session,
    ] {
        assert!(often(Outcome::Explicit(kind)) > 100, "{kind:?} {outcomes:?}");
        assert!(often(Outcome::Implicit(kind)) > 100, "{kind:?} {outcomes:?}");
    }
}
