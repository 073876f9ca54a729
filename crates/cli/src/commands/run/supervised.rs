//! A command beside this process, which restarts or signals it when a parameter changes.
//!
//! Everything that happens comes through one channel: signals (a child's end is one), and changes, of
//! which each watched path has its own thread. Values are read again here and compared, so that a change
//! that changes nothing disturbs nobody; what cannot be read leaves the command as it is.

use std::io::IsTerminal as _;
use std::process::{Child, ExitCode, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

use super::{OnChange, Run};
use crate::commands::exec::not_run;
use crate::endpoint::{Service, Target};
use crate::failure::Failure;
use crate::output;
use crate::parameters::{Parameters, Watch};
use crate::parameters_env::{self, Directory, Plan, Source};
use crate::platform::process;

/// How long a command may take to end before it is killed; the grace of `docker stop`.
const GRACE: Duration = Duration::from_secs(10);

/// What may come before the command is told: writes come in groups.
const GROUPED: Duration = Duration::from_millis(200);

enum Event {
    Signal(i32),
    Changed,
    /// One path is watched no more.
    Blind(Failure),
}

struct Supervised<'a> {
    run: &'a Run<'a>,
    parameters: Parameters,
    plan: Plan,
    /// Where values lie that are files.
    directory: Option<Directory>,
    child: Child,
    /// It is ending, to be started again; killed after this.
    ending: Option<Instant>,
}

/// Runs the command to its end, and returns its exit code; 128 and the signal's number for one that a
/// signal ended.
///
/// # Errors
///
/// If the parameters cannot be read or watched from the beginning.
pub(super) fn run(run: &Run<'_>, target: &Target) -> Result<ExitCode, Failure> {
    let (sender, events) = channel();
    // Watched before they are read, so that no change falls between.
    for source in &run.wanted.params {
        let naming = &run.wanted.rules.naming;
        let recursive = naming.recursive || !naming.map.is_empty();
        watch(source, recursive, target, sender.clone())?;
    }
    listen(sender)?;
    let parameters = parameters_env::parameters(target, &run.wanted.params)?;
    let plan = run.plan(&parameters)?;
    let directory = super::directory(&plan)?;
    let mut command = run.prepared(&plan, directory.as_ref());
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ok(not_run(&command, &error)),
    };
    let supervised = Supervised {
        run,
        parameters,
        plan,
        directory,
        child,
        ending: None,
    };
    supervised.go_on(&events)
}

fn watch(source: &Source, recursive: bool, target: &Target, sender: Sender<Event>) -> Result<(), Failure> {
    let (path, concerns) = source.watched();
    let recursive = recursive && matches!(source, Source::Below { .. });
    let mut watch = Watch::new(target.client(Service::Kagiban)?, path, recursive);
    watch.begin()?;
    thread::spawn(move || {
        loop {
            let event = match watch.next() {
                Ok(changes) if changes.iter().any(|change| concerns(&change.name)) => Event::Changed,
                Ok(_) => continue,
                Err(failure) => Event::Blind(failure),
            };
            let is_over = matches!(event, Event::Blind(_));
            if sender.send(event).is_err() || is_over {
                return;
            }
        }
    });
    Ok(())
}

fn listen(sender: Sender<Event>) -> Result<(), Failure> {
    let heard = [
        SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
    ];
    let mut signals = process::hear(&heard)?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if sender.send(Event::Signal(signal)).is_err() {
                return;
            }
        }
    });
    Ok(())
}

impl Supervised<'_> {
    fn go_on(mut self, events: &Receiver<Event>) -> Result<ExitCode, Failure> {
        loop {
            match self.next(events) {
                Some(Event::Signal(SIGCHLD)) => {
                    if let Some(status) = self.child.try_wait()?
                        && let Some(code) = self.ended(status)
                    {
                        return Ok(code);
                    }
                }
                Some(Event::Signal(signal)) => self.pass_on(signal),
                Some(Event::Changed) => self.changed(),
                Some(Event::Blind(failure)) => {
                    output::remark(&format!("changes are not seen any more: {failure}"));
                }
                None => self.send(Signal::KILL),
            }
        }
    }

    /// What happened; nothing if the command has not ended in time.
    fn next(&mut self, events: &Receiver<Event>) -> Option<Event> {
        const EVER: Duration = Duration::from_secs(3600);
        loop {
            let patience = self
                .ending
                .map_or(EVER, |end| end.saturating_duration_since(Instant::now()));
            match events.recv_timeout(patience) {
                Ok(event) => return Some(event),
                Err(RecvTimeoutError::Disconnected) => return Some(Event::Signal(SIGCHLD)),
                Err(RecvTimeoutError::Timeout) if self.ending.is_none() => {}
                Err(RecvTimeoutError::Timeout) => {
                    self.ending = Some(Instant::now() + GRACE);
                    return None;
                }
            }
        }
    }

    /// The exit code to leave with, unless it was to be started again.
    fn ended(&mut self, status: ExitStatus) -> Option<ExitCode> {
        if self.ending.take().is_none() {
            return Some(process::exit_code(status));
        }
        let mut command = self.run.prepared(&self.plan, self.directory.as_ref());
        match command.spawn() {
            Ok(child) => self.child = child,
            Err(error) => return Some(not_run(&command, &error)),
        }
        None
    }

    /// Later changes of the same group find the same plan, and nothing to do.
    fn changed(&mut self) {
        thread::sleep(GROUPED);
        match self.new_plan() {
            Ok(None) => {}
            Ok(Some(plan)) => {
                self.plan = plan;
                self.tell();
            }
            Err(failure) => output::remark(&format!("the command keeps its values: {failure}")),
        }
    }

    /// What there is now, if that is something else; files have it already, before the command is told.
    fn new_plan(&self) -> Result<Option<Plan>, Failure> {
        let plan = self.run.plan(&self.parameters)?;
        if plan == self.plan {
            return Ok(None);
        }
        self.directory
            .iter()
            .try_for_each(|directory| plan.write(directory))?;
        Ok(Some(plan))
    }

    fn tell(&mut self) {
        match self.run.wanted.on_change {
            OnChange::Hup => self.send(Signal::HUP),
            OnChange::Restart if self.ending.is_some() => {}
            OnChange::Restart => {
                self.ending = Some(Instant::now() + GRACE);
                self.send(Signal::TERM);
            }
        }
    }

    /// A person or the system wants something of the command; when it shall end, it is not started again.
    fn pass_on(&mut self, signal: i32) {
        // The terminal sends these two to both.
        let is_there_already = matches!(signal, SIGINT | SIGQUIT) && std::io::stdin().is_terminal();
        if matches!(signal, SIGINT | SIGQUIT | SIGTERM) {
            self.ending = None;
        }
        if let Some(signal) = Signal::from_named_raw(signal).filter(|_| !is_there_already) {
            self.send(signal);
        }
    }

    /// It has not been waited for, so that the process number is still its own.
    fn send(&self, signal: Signal) {
        let _ = kill_process(Pid::from_child(&self.child), signal);
    }
}
