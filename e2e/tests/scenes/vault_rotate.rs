//! `kagiban rotate`: a new key takes the old one's place, and two keys are said to be one too many.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::json;

use crate::harness::{Credentials, Order, Output, Relay, Server, Workstation, cli_binary, profile_at};

fn keys(server: &Server) -> Vec<String> {
    let list = [
        "iam",
        "list-access-keys",
        "--user-name",
        "alice",
        "--query",
        "AccessKeyMetadata[?Status=='Active'].AccessKeyId",
    ];
    let text = server.aws_text(&server.root(), &list);
    text.split_whitespace().map(str::to_owned).collect()
}

fn alice(server: &Server) -> Credentials {
    server.user(
        "alice",
        &json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]),
    )
}

#[test]
fn a_new_key_takes_the_place_of_the_old_one() {
    let server = Server::start();
    let old = alice(&server);
    let workstation = Workstation::new(&profile_at(&server.url(), "a", ""));
    workstation.add("a", &old);
    let said = workstation.run(&["rotate", "a"]).text();
    let left = keys(&server);
    assert_eq!(left.len(), 1);
    assert_ne!(left[0], old.access_key_id);
    assert!(
        said.contains(&format!("{} took the place of {}", left[0], old.access_key_id)),
        "{said}"
    );
    let shown = ["exec", "-n", "a", "--", "printenv", "AWS_ACCESS_KEY_ID"];
    assert_eq!(workstation.run(&shown).text(), left[0]);
    let output = workstation.run(&["rotate", "--resume", "a"]);
    assert!(
        output.code == 3 && output.stderr.contains("no rotation"),
        "{output:?}"
    );
}

/// What real AWS would be sent: nothing is asked of a key that was switched off, and the old one goes last.
#[test]
fn its_calls_come_in_an_order_that_always_leaves_a_working_key() {
    let server = Server::start();
    let old = alice(&server);
    let relay = Relay::before(Some(server.authority()), |_, _| Order::Pass);
    let workstation = Workstation::new(&profile_at(&relay.url(), "a", ""));
    workstation.add("a", &old);
    workstation.run(&["rotate", "a"]).text();
    let new = keys(&server).remove(0);
    let (old, new) = (old.access_key_id.as_str(), new.as_str());
    let seen = relay.seen();
    let calls: Vec<_> = seen
        .iter()
        .map(|call| (call.member("Action").unwrap(), call.signer().unwrap()))
        .collect();
    let call = |action: &str, signer| (action.to_owned(), signer);
    assert_eq!(
        calls,
        [
            call("ListAccessKeys", old), // how many there are
            call("ListAccessKeys", old), // whether one was lost on the way
            call("CreateAccessKey", old),
            call("GetCallerIdentity", new),
            call("ListAccessKeys", new),
            call("UpdateAccessKey", new),
            call("GetCallerIdentity", new),
            call("DeleteAccessKey", new),
        ]
    );
}

#[test]
fn two_keys_are_one_too_many_and_both_are_named() {
    let server = Server::start();
    let old = alice(&server);
    server
        .iam(&server.root(), "CreateAccessKey", &[("UserName", "alice")])
        .ok();
    let workstation = Workstation::new(&profile_at(&server.url(), "a", ""));
    workstation.add("a", &old);
    let output = workstation.run(&["rotate", "a"]);
    assert_eq!(output.code, 4, "{output:?}");
    for id in keys(&server) {
        assert!(output.stderr.contains(&id), "{output:?}");
    }
}

/// When the program is killed.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// Before its request of this number reaches the server.
    Before(usize),
    /// After the server has answered that, and before the answer is there.
    After(usize),
    /// As soon as the store was written so many times.
    Written(usize),
}

impl Moment {
    fn order(self, number: usize, reached: &Sender<()>) -> Order {
        match self {
            Moment::Before(at) if at == number => Order::Keep(reached.clone()),
            Moment::After(at) if at == number => Order::Lose(reached.clone()),
            _ => Order::Pass,
        }
    }
}

/// A user's machine, before a server that stops to answer at a moment.
struct Interrupted {
    moment: Moment,
    workstation: Workstation,
    is_reached: Receiver<()>,
    /// More of the profile's settings than where it is.
    settings: String,
}

impl Interrupted {
    /// A machine with this key, of whoever may rotate it.
    fn new(server: &Server, moment: Moment, who: &Credentials, settings: &str) -> Interrupted {
        let (reached, is_reached) = channel();
        let relay = Relay::before(Some(server.authority()), move |number, _| {
            moment.order(number, &reached)
        });
        let workstation = Workstation::new(&profile_at(&relay.url(), "a", settings));
        workstation.add("a", who);
        Interrupted {
            moment,
            workstation,
            is_reached,
            settings: settings.to_owned(),
        }
    }

    /// Rotates, and kills it at the moment; `false` if it was done before.
    #[track_caller]
    fn rotate(&self) -> bool {
        let vault = self.workstation.home().join(".local/share/kagiban/vault.age");
        let file = || fs::metadata(&vault).map(|metadata| metadata.ino()).ok();
        let (mut last, mut writes) = (file(), 0);
        let mut command = self.workstation.command(&cli_binary(), &["rotate", "a"]);
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        loop {
            let now = file();
            if now != last {
                (last, writes) = (now, writes + 1);
            }
            let is_written = matches!(self.moment, Moment::Written(count) if count == writes);
            if is_written || self.is_reached.try_recv().is_ok() {
                child.kill().unwrap();
                child.wait().unwrap();
                return true;
            }
            if let Some(status) = child.try_wait().unwrap() {
                let said = std::io::read_to_string(child.stderr.unwrap()).unwrap();
                assert!(status.success(), "{:?}: {status}: {said}", self.moment);
                return false;
            }
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// The id of the key in the store, which has to work.
    #[track_caller]
    fn working_key(&self, server: &Server) -> String {
        let key = self
            .workstation
            .run(&["export", "--expose-long-lived-key", "--format=json", "a"])
            .json();
        let credentials = Credentials::from_json(&key);
        let answer = server.sts(&credentials, "GetCallerIdentity", &[]);
        assert_eq!(answer.status, 200, "{:?}: {answer:?}", self.moment);
        credentials.access_key_id
    }

    /// Goes on where it was, or begins if it never had.
    fn finish(&self) -> Output {
        let output = self.workstation.run(&["rotate", "--resume", "--yes", "a"]);
        match output.code {
            3 => self.workstation.run(&["rotate", "a"]),
            _ => output,
        }
    }
}

fn keys_of(server: &Server, user: &str) -> Vec<String> {
    let answer = server.iam(&server.root(), "ListAccessKeys", &[("UserName", user)]);
    let body = answer.ok().body;
    let ids = body.split("<AccessKeyId>").skip(1);
    ids.filter_map(|rest| Some(rest.split_once('<')?.0.to_owned()))
        .collect()
}

/// Kills at one moment, then goes on; returns whether it came so far.
fn survives(server: &Server, user: &str, moment: Moment, settings: &str, who: &Credentials) -> bool {
    let place = Interrupted::new(server, moment, who, settings);
    let was_killed = place.rotate();
    place.working_key(server);
    if was_killed {
        let output = place.finish();
        assert_eq!(output.code, 0, "{moment:?} {}: {output:?}", place.settings);
    }
    let kept = place.working_key(server);
    assert_ne!(kept, who.access_key_id, "{moment:?}");
    assert_eq!(keys_of(server, user), [kept], "{moment:?}");
    let output = place.workstation.run(&["rotate", "--resume", "a"]);
    assert_eq!(
        output.code, 3,
        "{moment:?}: nothing is left to go on with: {output:?}"
    );
    was_killed
}

/// Kills at every moment of a kind, several at a time, until there are no more; returns how many there were.
fn survives_all(server: &Server, moment: fn(usize) -> Moment) -> usize {
    let is_over = AtomicBool::new(false);
    let next = AtomicUsize::new(0);
    let count = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Relaxed) {
                    let moment = moment(next.fetch_add(1, Relaxed));
                    let user = format!("{moment:?}").replace(['(', ')'], "-");
                    let all = json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]);
                    let who = server.user(&user, &all);
                    match survives(server, &user, moment, "", &who) {
                        true => count.fetch_add(1, Relaxed),
                        false => usize::from(is_over.swap(true, Relaxed)),
                    };
                }
            });
        }
    });
    count.into_inner()
}

#[test]
fn killed_before_any_of_its_calls_it_has_a_working_key_and_goes_on() {
    let server = Server::start();
    let calls = survives_all(&server, Moment::Before);
    assert!(
        calls >= 7,
        "{calls}: list, list, create, try, list, switch off, try, delete"
    );
}

#[test]
fn killed_after_any_of_its_calls_it_has_a_working_key_and_goes_on() {
    let server = Server::start();
    let calls = survives_all(&server, Moment::After);
    assert!(calls >= 7, "{calls}");
}

#[test]
fn killed_after_anything_it_has_written_it_has_a_working_key_and_goes_on() {
    let server = Server::start();
    // From one: none were written before the first.
    let writes = survives_all(&server, |count| Moment::Written(count + 1));
    assert!(writes >= 5, "{writes}: begun, made, kept, switched, forgotten");
}

#[test]
fn with_an_mfa_device_it_goes_on_with_the_session_of_before() {
    let server = Server::start();
    // List, list, create, try, list, switch off, try, delete: after a GetSessionToken.
    for moment in [Moment::After(3), Moment::After(6), Moment::After(8)] {
        let user = format!("mfa{moment:?}").replace(['(', ')'], "-");
        let all = json!([{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]);
        let who = server.user(&user, &all);
        let device = server.authenticator(&server.root(), &user);
        server.enable(&server.root(), &user, &device);
        let settings = format!(
            "mfa_serial = {}\nmfa_process = {}",
            device.serial,
            device.process()
        );
        assert!(survives(&server, &user, moment, &settings, &who), "{moment:?}");
    }
}
