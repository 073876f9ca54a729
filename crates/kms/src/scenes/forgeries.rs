//! A million changed ciphertexts, none of which may open.

use std::collections::BTreeMap;
use std::thread;

use kagiban_iam::{Call, Entropy, Operation as _, With, authorize};
use serde_json::json;

use crate::operations::{Decrypt, RotateKeyOnDemand};
use crate::testing::World;
use crate::{KmsError, View, wire};

const FORGERIES: usize = 1_000_000;
/// Each with a world of its own.
const THREADS: usize = 4;

/// xorshift64*: a run can be repeated.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap() % limit
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }
}

/// Ciphertexts of two keys, one of them with two generations, of several lengths, all of one context.
fn genuine(world: &mut World) -> Vec<Vec<u8>> {
    let keys = [world.key(json!({})), world.key(json!({}))];
    let mut blobs = Vec::new();
    for turn in 0..2 {
        for key in &keys {
            for bytes in [1, 32, 200] {
                blobs.push(seal(world, key, bytes));
            }
        }
        if turn == 0 {
            world.run::<RotateKeyOnDemand>(json!({"KeyId": keys[0]})).unwrap();
        }
    }
    blobs
}

fn seal(world: &World, key: &str, bytes: usize) -> Vec<u8> {
    let view = world.view();
    let found = view.key(crate::testing::scope(), key, world.now).unwrap();
    let material = view.material(&found, &world.entropy).unwrap();
    material.seal(&found, &vec![b'x'; bytes], &context(), &Entropy::system())
}

fn context() -> BTreeMap<String, String> {
    BTreeMap::from([("app".to_owned(), "a".to_owned())])
}

/// A change of one of the blobs, or two of them put together.
fn forge(dice: &mut Dice, blobs: &[Vec<u8>]) -> Vec<u8> {
    let mut blob = blobs[dice.below(blobs.len())].clone();
    let other = &blobs[dice.below(blobs.len())];
    let at = dice.below(blob.len());
    match dice.below(8) {
        0 => blob[at] ^= 1 << dice.below(8),
        1 => blob[at] = dice.byte(),
        2 => blob.truncate(at),
        3 => blob.extend((0..=dice.below(40)).map(|_| dice.byte())),
        4 => drop(blob.remove(at)),
        // The other's end after this one's start, at the same place or at any.
        5 => {
            blob.truncate(at);
            blob.extend_from_slice(other.get(at..).unwrap_or_default());
        }
        6 => {
            blob.truncate(at);
            blob.extend_from_slice(&other[dice.below(other.len())..]);
        }
        // A part of the header: account, Region, key, generation or salt.
        _ => {
            let (start, end) = [(6, 12), (12, 22), (22, 38), (38, 70), (70, 102)][dice.below(5)];
            blob[start..end].copy_from_slice(&other[start..end]);
        }
    }
    blob
}

/// Through everything that a request goes through once its JSON has been read.
fn decrypt(blob: Vec<u8>, call: &Call<'_>, view: &View<'_>, with: &With<'_>) -> Result<(), KmsError> {
    let request = Decrypt::parse(wire::DecryptRequest {
        ciphertext_blob: Some(blob),
        encryption_context: Some(context()),
        ..Default::default()
    })?;
    let authorized = authorize(request, call, view).map_err(|refused| match refused {
        kagiban_iam::Refused::Error(error) => error,
        other => panic!("the root user may: {other:?}"),
    })?;
    Decrypt::decide(authorized, call, view, with).map(drop)
}

fn forgeries(seed: u64, count: usize) -> usize {
    let mut world = World::new();
    let blobs = genuine(&mut world);
    let mut dice = Dice(seed);
    let mut tried = 0;
    world.asks("root", |call, view, with| {
        for blob in &blobs {
            assert_eq!(decrypt(blob.clone(), call, view, with), Ok(()));
        }
        while tried < count {
            let blob = forge(&mut dice, &blobs);
            match decrypt(blob.clone(), call, view, with) {
                Ok(()) if blobs.contains(&blob) => {} // a change that changes nothing
                // The header may name a key that does not exist.
                Err(KmsError::InvalidCiphertext | KmsError::CiphertextKey) => tried += 1,
                other => panic!("seed {seed}, {tried}: {other:?} for {blob:?}"),
            }
        }
    });
    tried
}

#[test]
fn of_a_million_changed_ciphertexts_none_opens() {
    let each = FORGERIES / THREADS;
    let threads: Vec<_> = (1..=THREADS as u64)
        .map(|seed| thread::spawn(move || forgeries(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), each)))
        .collect();
    let tried: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!(tried, FORGERIES);
}
