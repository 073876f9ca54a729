//! T2: how long a key takes to come back from a terminal, while many others are typed at.
//!
//! Held against bare WebSockets whose other end says back what it hears: so terminal, program, agent and
//! everything that a session is counts as ours.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;

use super::node::Node;
use super::shell::Shell;
use crate::bare::{self, Socket, programs};
use crate::compare::Effort;
use crate::goals::Bound::AtMost;
use crate::host::Usage;
use crate::options::Options;
use crate::report::Report;
use crate::statistics::Quartiles;
use crate::subject::Yard;

/// Sessions that are open at once, the one that is measured included.
const OPEN: usize = 200;

/// A moment between two keys: nobody types faster, and the processor may go to sleep.
const PAUSE: Duration = Duration::from_millis(5);

/// Each of the others is typed at so often.
const OTHERS: Duration = Duration::from_secs(1);

/// What may be added to the bare relay's time, in milliseconds.
const MEDIAN: f64 = 2.0;
const WORST: f64 = 15.0;

/// Something that says back a key.
enum Terminal {
    Shell(Shell),
    Bare(Box<Socket>),
}

/// The one that is measured, and what keeps the others busy.
struct Crowd {
    terminal: Terminal,
    busy: watch::Sender<bool>,
    others: JoinSet<Result<()>>,
}

/// Measures T2.
///
/// # Errors
///
/// Something does not start, or a session breaks.
pub(super) async fn run(yard: &Yard, options: &Options, effort: Effort, report: &mut Report) -> Result<()> {
    let node = Node::start(yard, options, "echo", false).await?;
    println!("opening {OPEN} sessions");
    let (begun, mut shells) = (Instant::now(), Vec::with_capacity(OPEN));
    for _ in 0..OPEN {
        shells.push(Terminal::Shell(Shell::open(&node).await?));
    }
    let each = begun.elapsed().as_secs_f64() * 1e3 / OPEN as f64;
    report.note(format!(
        "T2     a session is open and its program runs after {each:.0} ms"
    ))?;
    let (_relay, address) = programs::relay(yard)?;
    let count = OPEN.to_string();
    let words = ["echo", "--relay", &address.to_string(), "--count", &count];
    let _echo = programs::start(yard, "bare-echo", &words)?;
    let mut ours = Crowd::gather(shells)?;
    let mut bare = Crowd::gather(bare_ends(address).await?)?;
    let server = node.server.usage();
    let found = alternate(&mut ours, &mut bare, server, effort, report).await?;
    judge(&found, report)
}

async fn bare_ends(relay: SocketAddr) -> Result<Vec<Terminal>> {
    let mut ends = Vec::with_capacity(OPEN);
    for _ in 0..OPEN {
        ends.push(Terminal::Bare(Box::new(bare::open(relay, bare::NEAR).await?)));
    }
    Ok(ends)
}

/// Milliseconds of our keys and of the bare relay's: a list of each turn's.
type Found = [Vec<Vec<f64>>; 2];

async fn alternate(
    ours: &mut Crowd,
    bare: &mut Crowd,
    server: Usage,
    effort: Effort,
    report: &mut Report,
) -> Result<Found> {
    let (mut found, mut spent, mut keys) = (Found::default(), Duration::ZERO, 0);
    ours.measure(effort.span / 2).await?;
    bare.measure(effort.span / 2).await?;
    for _ in 0..effort.pairs {
        let before = server.cpu()?;
        let turn = ours.measure(effort.span).await?;
        spent += server.cpu()?.saturating_sub(before);
        keys += turn.len() as u32 + (OPEN as f64 * effort.span.as_secs_f64()) as u32;
        found[0].push(turn);
        found[1].push(bare.measure(effort.span).await?);
    }
    let each = spent.as_secs_f64() * 1e6 / f64::from(keys.max(1));
    report.note(format!(
        "T2     {each:.0} µs of the server's processor time for a key there and back"
    ))?;
    Ok(found)
}

fn judge(found: &Found, report: &mut Report) -> Result<()> {
    let percentile = |percent: f64, side: usize| -> Vec<f64> {
        let turns = found[side].iter();
        turns.map(|turn| Quartiles::percentile(turn, percent)).collect()
    };
    for (name, percent, most) in [("p50", 0.5, MEDIAN), ("p99", 0.99, WORST)] {
        let (ours, bare) = (percentile(percent, 0), percentile(percent, 1));
        let [own, least] = [&ours, &bare].map(|times| Quartiles::of(times.iter().copied()).median);
        report.note(format!("T2     {name}: {own:.2} ms, bare relay {least:.2} ms"))?;
        let added = Quartiles::of(ours.iter().zip(&bare).map(|(ours, bare)| ours - bare));
        let what = format!("a key's echo, {OPEN} shells, {name} above bare relay");
        report.outcome("T2", what, AtMost(most), "ms", added)?;
    }
    Ok(())
}

impl Crowd {
    /// One is measured; the others are typed at, each at a time of its own, while it is.
    fn gather(mut terminals: Vec<Terminal>) -> Result<Crowd> {
        let terminal = terminals.pop().context("there is at least one")?;
        let (busy, is_busy) = watch::channel(false);
        let mut others = JoinSet::new();
        for (number, mut other) in terminals.into_iter().enumerate() {
            let mut is_busy = is_busy.clone();
            others.spawn(async move {
                while is_busy.wait_for(|busy| *busy).await.is_ok() {
                    sleep(OTHERS.mul_f64(number as f64 / OPEN as f64)).await;
                    while *is_busy.borrow() {
                        other.echo(b'o').await?;
                        sleep(OTHERS).await;
                    }
                }
                anyhow::Ok(())
            });
        }
        Ok(Crowd {
            terminal,
            busy,
            others,
        })
    }

    /// Types key after key for so long; the time of each in milliseconds.
    async fn measure(&mut self, span: Duration) -> Result<Vec<f64>> {
        self.busy.send_replace(true);
        sleep(OTHERS).await; // until all of them are at it
        let (begun, mut times) = (Instant::now(), Vec::new());
        while begun.elapsed() < span {
            for key in b'a'..=b'z' {
                let typed = Instant::now();
                self.terminal.echo(key).await?;
                times.push(typed.elapsed().as_secs_f64() * 1e3);
                sleep(PAUSE).await;
            }
        }
        self.busy.send_replace(false);
        sleep(OTHERS).await; // until the last of them is done
        ensure!(
            self.others.try_join_next().is_none(),
            "one of the other sessions has ended"
        );
        Ok(times)
    }
}

impl Terminal {
    async fn echo(&mut self, key: u8) -> Result<()> {
        match self {
            Terminal::Shell(shell) => shell.echo(key).await,
            Terminal::Bare(socket) => {
                socket.send(Message::binary(vec![key])).await?;
                socket.next().await.context("the relay is gone")??;
                Ok(())
            }
        }
    }
}
