//! A program that is talked with over pipes, while other things happen.

use std::io::{Read, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::tool;

const PATIENCE: Duration = Duration::from_secs(120);

/// A running program; killed when this is dropped.
pub(crate) struct Dialogue {
    child: Child,
    input: Option<ChildStdin>,
    shown: Arc<Shown>,
    complained: Arc<Shown>,
}

/// What came out of a pipe so far.
#[derive(Default)]
struct Shown {
    text: Mutex<(Vec<u8>, bool)>,
    more: Condvar,
}

impl Dialogue {
    pub(crate) fn start(mut command: Command) -> Self {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let shown = Shown::of(child.stdout.take().expect("it is a pipe"));
        let complained = Shown::of(child.stderr.take().expect("it is a pipe"));
        Self {
            input: child.stdin.take(),
            child,
            shown,
            complained,
        }
    }

    /// Types this.
    pub(crate) fn say(&mut self, text: &str) {
        let input = self.input.as_mut().expect("the input is open");
        let typed = input.write_all(text.as_bytes());
        typed.unwrap_or_else(|error| panic!("{error}\n{}", self.all()));
    }

    /// Waits until it has shown this; returns all that it has.
    #[track_caller]
    pub(crate) fn wait_for(&self, wanted: &str) -> String {
        match self.shown.wait(|text, _| text.contains(wanted)) {
            Some(text) => text,
            None => panic!("`{wanted}` does not come\n{}", self.all()),
        }
    }

    /// What it has shown so far.
    pub(crate) fn shown(&self) -> String {
        self.shown.now()
    }

    /// Presses Ctrl-C, as far as the program itself is concerned.
    pub(crate) fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
    }

    /// The same for the programs that it has started.
    pub(crate) fn interrupt_children(&self) {
        self.signal_children("-INT");
    }

    /// Ends the programs that it has started, such as would not end by themselves.
    pub(crate) fn kill_children(&self) {
        self.signal_children("-KILL");
    }

    fn signal_children(&self, signal: &str) {
        let parent = self.child.id().to_string();
        let sent = Command::new(tool("pkill")).args([signal, "-P", &parent]).status();
        assert!(sent.unwrap().success(), "it has started none\n{}", self.all());
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Waits for its end, with the input left open; returns its exit code and what it has shown.
    #[track_caller]
    pub(crate) fn end(self) -> (i32, String) {
        let (code, [shown, _]) = self.end_all();
        (code, shown)
    }

    /// The same, with what it has said on standard error after what it has shown.
    #[track_caller]
    pub(crate) fn end_with_complaints(self) -> (i32, String) {
        let (code, texts) = self.end_all();
        (code, texts.concat())
    }

    #[track_caller]
    fn end_all(mut self) -> (i32, [String; 2]) {
        let since = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(since.elapsed() < PATIENCE, "it does not end\n{}", self.all());
            thread::sleep(Duration::from_millis(5));
        };
        let texts = [&self.shown, &self.complained].map(|pipe| {
            let text = pipe.wait(|_, is_all| is_all);
            text.expect("a pipe ends with its program")
        });
        (status.code().unwrap_or(-1), texts)
    }

    fn all(&self) -> String {
        format!("{}\n--- and ---\n{}", self.shown.now(), self.complained.now())
    }
}

impl Drop for Dialogue {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Shown {
    fn of(mut pipe: impl Read + Send + 'static) -> Arc<Self> {
        let shown = Arc::new(Self::default());
        let filled = Arc::clone(&shown);
        thread::spawn(move || {
            let mut piece = [0; 16 << 10];
            loop {
                let read = pipe.read(&mut piece).unwrap_or(0);
                let mut text = filled.text.lock().unwrap();
                text.0.extend_from_slice(&piece[..read]);
                text.1 = read == 0;
                filled.more.notify_all();
                if text.1 {
                    return;
                }
            }
        });
        shown
    }

    fn now(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap().0).into_owned()
    }

    /// All of it as soon as this holds of it and of whether it is all there will be.
    fn wait(&self, holds: impl Fn(&str, bool) -> bool) -> Option<String> {
        let read = |text: &(Vec<u8>, bool)| String::from_utf8_lossy(&text.0).into_owned();
        let lacks = |text: &mut (Vec<u8>, bool)| !text.1 && !holds(&read(text), false);
        let text = self.text.lock().unwrap();
        let (text, _) = self.more.wait_timeout_while(text, PATIENCE, lacks).unwrap();
        Some(read(&text)).filter(|found| holds(found, text.1))
    }
}
