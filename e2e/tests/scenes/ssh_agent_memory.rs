//! `kagiban ssh-agent`: what its memory has of a key, while the agent runs.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::harness::{Server, cli_binary, tool};

/// Signs once, says who the agent is, and stays for as long as somebody looks.
const SIGN: &str = r#"ssh-add -L > "$D/key.pub" && ssh-keygen -q -Y sign -n file -f "$D/key.pub" "$D/file" &&
    echo "$PPID" && read -r _"#;

struct Agent {
    child: Child,
    id: String,
}

impl Agent {
    /// The agent under the control of `words`, after its first signature.
    fn after_a_signature(server: &Server, words: &[&str]) -> Agent {
        let directory = server.scratch("signing");
        let _ = fs::remove_file(directory.join("file.sig"));
        fs::write(directory.join("file"), "signed").unwrap();
        let mut command = server.client(&server.root(), &tool(words[0]));
        command.args(&words[1..]).arg(cli_binary());
        command.args(["ssh-agent", "--param", "/keys/deploy", "--", "sh", "-c", SIGN]);
        command
            .env("D", &directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut id = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut id)
            .unwrap();
        Agent {
            child,
            id: id.trim().to_owned(),
        }
    }

    fn locked_kilobytes(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id)).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmLck:"));
        line.unwrap().trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Where its memory has these bytes.
    fn places_of(&self, needle: &[u8]) -> Vec<String> {
        let maps = fs::read_to_string(format!("/proc/{}/maps", self.id)).unwrap();
        let memory = File::open(format!("/proc/{}/mem", self.id)).unwrap();
        let mut places = Vec::new();
        for line in maps.lines().filter(|line| line.contains(" r")) {
            let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
            let from = u64::from_str_radix(from, 16).unwrap();
            let to = u64::from_str_radix(to, 16).unwrap();
            let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
            // The kernel's own pages cannot be read so.
            if memory.read_exact_at(&mut bytes, from).is_ok() {
                let count = bytes
                    .windows(needle.len())
                    .filter(|bytes| *bytes == needle)
                    .count();
                places.extend(std::iter::repeat_n(line.to_owned(), count));
            }
        }
        places
    }

    /// What it has said on standard error by its end.
    fn ended(mut self) -> String {
        drop(self.child.stdin.take());
        let output = self.child.wait_with_output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    }
}

/// A new Ed25519 key: its file, and the 32 bytes that are secret.
fn new_key(directory: &Path) -> (String, Vec<u8>) {
    let path = directory.join("new");
    let mut keygen = Command::new(tool("ssh-keygen"));
    keygen
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "e2e", "-f"])
        .arg(&path);
    assert!(keygen.status().unwrap().success());
    let text = fs::read_to_string(path).unwrap();
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let container = BASE64_STANDARD.decode(body).unwrap();
    let public = fs::read_to_string(directory.join("new.pub")).unwrap();
    let public = BASE64_STANDARD.decode(public.split(' ').nth(1).unwrap()).unwrap();
    let public = &public[public.len() - 32..];
    // The secret bytes stand before the last copy of the public ones.
    let at = container.windows(32).rposition(|bytes| bytes == public).unwrap();
    (text, container[at - 32..at].to_vec())
}

#[test]
fn a_key_is_once_in_memory_that_is_locked_and_its_text_nowhere() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: only root reads the memory of a process that has closed it");
        return;
    }
    let server = Server::start();
    let (text, seed) = new_key(&server.scratch("keys"));
    server.put("/keys/deploy", &text, Some(&server.key()));
    let line = text.lines().nth(2).unwrap().as_bytes();
    let without_right = [
        "setpriv",
        "--bounding-set=-ipc_lock",
        "--inh-caps=-ipc_lock",
        "prlimit",
    ];
    let limited = [&without_right[..], &["--memlock=65536"]].concat();
    let refused = [&without_right[..], &["--memlock=0"]].concat();
    for (words, is_locked) in [(&["env"][..], true), (&limited, true), (&refused, false)] {
        let agent = Agent::after_a_signature(&server, words);
        assert_eq!(agent.locked_kilobytes() > 0, is_locked, "{words:?}");
        assert_eq!(agent.places_of(line), [""; 0], "{words:?}: the text");
        let places = agent.places_of(&seed);
        assert_eq!(places.len(), 1, "{words:?}: {places:#?}");
        let said = agent.ended();
        assert_eq!(said.contains("cannot be locked"), !is_locked, "{words:?}: {said}");
    }
}
