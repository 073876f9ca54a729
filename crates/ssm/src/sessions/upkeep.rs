//! Sessions that ended long ago are forgotten, and of an account that has had very many the oldest.

use std::collections::HashMap;

use kagiban_aws::{AccountId, Timestamp};
use kagiban_iam::{Scope, Stored};
use kagiban_store::Txn;

use super::HISTORY;
use crate::State;
use crate::records::{Session, keys};

/// What the audit log calls it.
pub const WORK: &str = "ForgetSession";

/// How many sessions of an account are remembered that have ended: a script that starts sessions all day
/// long must not fill the server's memory with their history. As many take about 60 MB, in memory and on disk.
// DIFFERS: AWS keeps thirty days, however many they are.
pub const MOST: usize = 100_000;

/// How many are forgotten in one transaction.
const AT_ONCE: usize = 24;

/// Sessions of one account and Region whose time in the history is over.
#[derive(Clone, Debug)]
pub struct Due {
    scope: Scope,
    sessions: Vec<(Box<str>, Stored<Session>)>,
}

/// Those that are over now.
pub fn due(state: &State, now: Timestamp) -> Vec<Due> {
    due_beyond(MOST, state, now)
}

fn due_beyond(most: usize, state: &State, now: Timestamp) -> Vec<Due> {
    #[derive(Default)]
    struct Ended {
        all: usize,
        old: usize,
    }
    let mut ended: HashMap<AccountId, Ended> = HashMap::new();
    for (scope, at, _, _) in all_ended(state) {
        let of_account = ended.entry(scope.account).or_default();
        of_account.all += 1;
        of_account.old += usize::from(at.plus(HISTORY) <= now);
    }
    let surplus = |ended: &Ended| ended.old.max(ended.all.saturating_sub(most));
    let over = ended.iter().filter(|(_, ended)| surplus(ended) > 0);
    over.flat_map(|(account, ended)| oldest(state, *account, surplus(ended)))
        .collect()
}

fn all_ended(state: &State) -> impl Iterator<Item = (Scope, Timestamp, &str, &Stored<Session>)> {
    state
        .all_sessions()
        .filter_map(|(scope, id, session)| Some((scope, session.ended?, id, session)))
}

/// So many of an account's that ended first.
fn oldest(state: &State, account: AccountId, count: usize) -> Vec<Due> {
    let of_account = all_ended(state).filter(|(scope, ..)| scope.account == account);
    let mut ended: Vec<_> = of_account.collect();
    if count < ended.len() {
        ended.select_nth_unstable_by_key(count, |(_, at, ..)| *at);
        ended.truncate(count);
    }
    let mut homes: HashMap<Scope, Vec<_>> = HashMap::new();
    for (scope, _, id, session) in ended {
        homes.entry(scope).or_default().push((id, session));
    }
    let homes = homes.iter();
    homes
        .flat_map(|(scope, sessions)| sessions.chunks(AT_ONCE).map(|some| Due::new(*scope, some)))
        .collect()
}

impl Due {
    fn new(scope: Scope, sessions: &[(&str, &Stored<Session>)]) -> Due {
        let sessions = sessions.iter();
        Due {
            scope,
            sessions: sessions
                .map(|(id, session)| ((*id).into(), Stored::clone(session)))
                .collect(),
        }
    }

    /// The same on a newer snapshot, as far as they are still there: what has ended does not begin again.
    pub fn anew(&self, state: &State) -> Option<Due> {
        let sessions = self.sessions.iter();
        let left: Vec<_> = sessions
            .filter_map(|(id, _)| Some((&**id, state.session(self.scope, id)?)))
            .collect();
        (!left.is_empty()).then(|| Due::new(self.scope, &left))
    }

    /// The account and Region of the sessions.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The sessions' ARNs.
    pub fn arns(&self) -> impl Iterator<Item = String> {
        let Scope { account, region } = self.scope;
        self.sessions
            .iter()
            .map(move |(id, _)| format!("arn:aws:ssm:{region}:{account}:session/{id}"))
    }

    /// The transaction that forgets them, if they are still as they were seen.
    pub fn txn(&self) -> Txn {
        let mut txn = Txn::new();
        for (id, session) in &self.sessions {
            let key = keys::session(self.scope, id);
            txn.unchanged(key.clone(), Some(session.revision)).delete(key);
        }
        txn
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kagiban_aws::Region;
    use kagiban_store::{Event, Rev, record};
    use serde_json::json;

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn scope(account: &str, region: &str) -> Scope {
        Scope {
            account: account.parse().unwrap(),
            region: region.parse::<Region>().unwrap(),
        }
    }

    /// A session that ended so many days after 1970.
    fn ended(state: &mut State, scope: Scope, id: &str, day: u32) {
        let at = Timestamp::from_seconds(0).plus(DAY * day);
        let record = json!({
            "status": "Terminated", "target": "mi-0", "owner": "arn", "owner_id": "id", "started": at,
            "ended": at, "idle_minutes": 20, "epoch": 0,
        });
        let session: Session = serde_json::from_value(record).unwrap();
        let event = Event {
            key: keys::session(scope, id),
            mod_rev: Rev(1),
            value: Some(record::encode(&session).unwrap()),
        };
        state.apply(scope, &["sess", id], &event).unwrap();
    }

    fn names(due: &[Due]) -> Vec<String> {
        let arns = due.iter().flat_map(Due::arns);
        let mut names: Vec<String> = arns
            .map(|arn| arn.rsplit(['/', ':']).next().unwrap().to_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn of_an_account_that_has_had_very_many_the_oldest_are_forgotten() {
        let mut state = State::default();
        let [east, west] = ["us-east-1", "eu-west-1"].map(|region| scope("111122223333", region));
        for (id, home, day) in [("a", east, 4), ("b", west, 1), ("c", east, 3), ("d", west, 2)] {
            ended(&mut state, home, id, day);
        }
        ended(&mut state, scope("444455556666", "us-east-1"), "e", 0);
        let now = Timestamp::from_seconds(0).plus(DAY * 10);
        let due = |most| names(&due_beyond(most, &state, now));
        assert_eq!(due(4), [""; 0]);
        assert_eq!(due(3), ["b"]);
        assert_eq!(due(1), ["b", "c", "d"], "whatever the Region");
        assert_eq!(due(0).len(), 5);
    }

    #[test]
    fn what_is_old_is_forgotten_whether_or_not_there_is_much() {
        let mut state = State::default();
        let home = scope("111122223333", "us-east-1");
        for day in 0..100 {
            ended(&mut state, home, &format!("{day:02}"), day);
        }
        let now = Timestamp::from_seconds(0).plus(DAY * 90);
        let due = due(&state, now);
        assert_eq!(names(&due).last().map(String::as_str), Some("60"));
        assert!(
            due.iter().all(|due| due.arns().count() <= AT_ONCE),
            "a few at a time"
        );
        let again = due[0].anew(&state).unwrap();
        assert_eq!(again.arns().count(), due[0].arns().count());
        assert!(due[0].anew(&State::default()).is_none(), "they are forgotten");
    }
}
