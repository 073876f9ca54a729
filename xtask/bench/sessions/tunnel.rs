//! T1: how fast bytes go through a tunnel, against bare WebSockets and against `ssh -L`.
//!
//! Without TLS our tunnel is held against the bare one, which has none; with TLS against ssh, which encrypts.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;
use std::rc::Rc;

use anyhow::Result;

use super::bytes::{Direction, Entrance, Target};
use super::node::Node;
use super::ssh::Ssh;
use crate::bare::programs;
use crate::compare::Effort;
use crate::goals::Bound::AtLeast;
use crate::host::{Process, Usage};
use crate::options::Options;
use crate::report::Report;
use crate::statistics::Quartiles;
use crate::subject::Yard;

/// Enough for a window to open, and for a second or so.
const BYTES: u64 = 256 << 20;
const FEW_BYTES: u64 = 32 << 20;

/// The least part of the bare tunnel's rate, and of ssh's.
const OF_BARE: f64 = 0.8;
const OF_SSH: f64 = 1.0;

const MUX: &str = "port";
const PROXY: &str = "ssh-proxy";
const MUX_TLS: &str = "port TLS";
const PROXY_TLS: &str = "ssh-proxy TLS";
const BARE: &str = "bare WebSockets";
const SSH: &str = "ssh -L";

/// A way to the target.
struct Way {
    name: &'static str,
    entrance: Entrance,
    /// The server in its middle.
    server: Option<Usage>,
}

/// What was found: for each way and direction, a rate from each round.
type Rates = BTreeMap<(&'static str, &'static str), Vec<f64>>;

/// Measures T1.
///
/// # Errors
///
/// Something does not start, or a tunnel breaks.
pub(super) async fn run(yard: &Yard, options: &Options, effort: Effort, report: &mut Report) -> Result<()> {
    let bytes = if options.quick { FEW_BYTES } else { BYTES };
    let target = Target::start(bytes)?;
    let plain = Rc::new(Node::start(yard, options, "tunnel", false).await?);
    let sealed = Rc::new(Node::start(yard, options, "tunnel-tls", true).await?);
    let (_plain, plain_port) = forward(yard, &plain, target.address)?;
    let (_sealed, sealed_port) = forward(yard, &sealed, target.address)?;
    let bare = Bare::start(yard, target.address)?;
    let ssh = Ssh::start(yard, target.address)?;
    let way = |name, entrance, server| Way {
        name,
        entrance,
        server,
    };
    let ways = [
        way(MUX, Entrance::Port(plain_port), Some(plain.server.usage())),
        way(BARE, Entrance::Port(bare.entrance), Some(bare.relay.usage())),
        way(PROXY, proxy(&plain, target.address), None),
        way(MUX_TLS, Entrance::Port(sealed_port), Some(sealed.server.usage())),
        way(SSH, Entrance::Port(ssh.entrance), None),
        way(PROXY_TLS, proxy(&sealed, target.address), None),
    ];
    let rates = alternate(&ways, &target, effort, report)?;
    judge(&rates, report)
}

/// Carries the payload by each way in turn.
fn alternate(ways: &[Way], target: &Target, effort: Effort, report: &mut Report) -> Result<Rates> {
    let mut rates = Rates::new();
    for way in ways {
        let before = way.server.map(Usage::cpu).transpose()?;
        for direction in Direction::BOTH {
            target.carry(&way.entrance, direction)?; // windows are open and caches warm afterwards
        }
        if let (Some(server), Some(before)) = (way.server, before) {
            let spent = server.cpu()?.saturating_sub(before).as_secs_f64();
            let gigabytes = 2.0 * target.bytes as f64 / 1e9;
            report.note(format!(
                "T1     {}: {:.2} s of the middle's processor time for a gigabyte",
                way.name,
                spent / gigabytes
            ))?;
        }
    }
    for _ in 0..effort.pairs {
        for direction in Direction::BOTH {
            for way in ways {
                let rate = target.carry(&way.entrance, direction)?;
                rates.entry((way.name, direction.name())).or_default().push(rate);
            }
        }
    }
    Ok(rates)
}

fn judge(rates: &Rates, report: &mut Report) -> Result<()> {
    for ((way, direction), rates) in rates {
        let Quartiles { lower, median, upper } = Quartiles::of(rates.iter().copied());
        let line = format!("T1     {way}, {direction}: {median:.0} MB/s ({lower:.0} – {upper:.0})");
        report.note(line)?;
    }
    let comparisons = [
        (MUX, BARE, OF_BARE),
        (PROXY, BARE, OF_BARE),
        (MUX_TLS, SSH, OF_SSH),
        (PROXY_TLS, SSH, OF_SSH),
    ];
    for (ours, reference, part) in comparisons {
        for direction in Direction::BOTH.map(Direction::name) {
            let [ours_at, reference_at] = [ours, reference].map(|way| &rates[&(way, direction)]);
            let ratio = Quartiles::of(ours_at.iter().zip(reference_at).map(|(ours, other)| ours / other));
            let what = format!("{ours} {direction}, bytes per second / {reference}");
            report.outcome("T1", what, AtLeast(part), "x", ratio)?;
        }
    }
    Ok(())
}

/// `kagiban session forward` to the target; the port of this machine that leads there.
fn forward(yard: &Yard, node: &Node, target: SocketAddr) -> Result<(Process, SocketAddr)> {
    let entrance = Process::free_address()?;
    let ports = format!("{}:{}", entrance.port(), target.port());
    let words = ["session", "forward", "--bind", "127.0.0.1", &node.id, &ports];
    let mut forward = yard.program("forward", &mut node.kagiban(&words))?;
    forward.listening(entrance)?;
    Ok((forward, entrance))
}

/// `kagiban ssh-proxy` to the target.
fn proxy(node: &Rc<Node>, target: SocketAddr) -> Entrance {
    let (node, port) = (Rc::clone(node), target.port().to_string());
    let command = move || -> Command { node.kagiban(&["ssh-proxy", &node.id, &port]) };
    Entrance::Program(Box::new(command))
}

/// The bare tunnel's three programs.
struct Bare {
    entrance: SocketAddr,
    relay: Process,
    _ends: [Process; 2],
}

impl Bare {
    fn start(yard: &Yard, target: SocketAddr) -> Result<Bare> {
        let (relay, address) = programs::relay(yard)?;
        let entrance = Process::free_address()?;
        let (at, listen, connect) = (address.to_string(), entrance.to_string(), target.to_string());
        let far = ["far", "--relay", &at, "--connect", &connect];
        let far = programs::start(yard, "bare-far", &far)?;
        let near = ["near", "--relay", &at, "--listen", &listen];
        let mut near = programs::start(yard, "bare-near", &near)?;
        near.listening(entrance)?;
        Ok(Bare {
            entrance,
            relay,
            _ends: [far, near],
        })
    }
}
