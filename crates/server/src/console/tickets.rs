//! What opens something for whoever bears it: sign-in tokens and the cookies of sessions.
//!
//! They are kept in memory only, by their hashes: a picture of the memory opens nothing, and how long it takes
//! to look one up says nothing about the others. A restart ends them all.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kagiban_aws::{Arn, SecretString, Timestamp};
use kagiban_iam::Entropy;

/// Tickets for things of one kind.
pub(super) struct Tickets<T> {
    most: usize,
    most_of_one: usize,
    kept: Mutex<Kept<T>>,
}

struct Kept<T> {
    tickets: HashMap<Hash, Ticket<T>>,
    issued: u64,
}

struct Ticket<T> {
    /// The user or role behind it.
    of: Arn,
    /// The newest has the greatest.
    number: u64,
    expires: Timestamp,
    opens: T,
}

type Hash = [u8; 32];

/// Bytes of a ticket: nobody guesses 256 bits.
const BYTES: usize = 32;

impl<T: Clone> Tickets<T> {
    /// At most so many, and so many for one user or role; where there is no room, the oldest of who has most gives way.
    pub(super) fn new(most: usize, most_of_one: usize) -> Tickets<T> {
        Tickets {
            most,
            most_of_one,
            kept: Mutex::new(Kept {
                tickets: HashMap::new(),
                issued: 0,
            }),
        }
    }

    /// A new ticket, in characters that need no escape in a URL or a cookie.
    pub(super) fn issue(&self, of: Arn, opens: T, expires: Timestamp, now: Timestamp) -> SecretString {
        let text = SecretString::from(URL_SAFE_NO_PAD.encode(*Entropy::system().key::<BYTES>()));
        let mut kept = self.lock();
        kept.tickets.retain(|_, ticket| now < ticket.expires);
        kept.make_room(self.most_of_one, &of);
        while kept.tickets.len() >= self.most {
            let Some(greediest) = kept.greediest() else { break };
            let most = kept.count(&greediest);
            kept.make_room(most, &greediest);
        }
        kept.issued += 1;
        let number = kept.issued;
        let ticket = Ticket {
            of,
            number,
            expires,
            opens,
        };
        kept.tickets.insert(hash(text.expose()), ticket);
        text
    }

    /// What a ticket opens, for the last time.
    pub(super) fn take(&self, text: &str, now: Timestamp) -> Option<T> {
        let ticket = self.lock().tickets.remove(&hash(text))?;
        (now < ticket.expires).then_some(ticket.opens)
    }

    /// What a ticket opens.
    pub(super) fn look(&self, text: &str, now: Timestamp) -> Option<T> {
        let kept = self.lock();
        let ticket = kept.tickets.get(&hash(text))?;
        (now < ticket.expires).then(|| ticket.opens.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Kept<T>> {
        // Nothing in here panics.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Kept<T> {
    /// Drops the oldest of one's tickets, until there are fewer than `most`.
    fn make_room(&mut self, most: usize, of: &Arn) {
        while self.count(of) >= most {
            let own = self.tickets.iter().filter(|(_, ticket)| ticket.of == *of);
            match own.min_by_key(|(_, ticket)| ticket.number).map(|(hash, _)| *hash) {
                Some(oldest) => drop(self.tickets.remove(&oldest)),
                None => return,
            }
        }
    }

    fn count(&self, of: &Arn) -> usize {
        self.tickets.values().filter(|ticket| ticket.of == *of).count()
    }

    /// Who has most; among equals, whose first is the oldest.
    fn greediest(&self) -> Option<Arn> {
        let mut all: HashMap<&Arn, (usize, u64)> = HashMap::new();
        for ticket in self.tickets.values() {
            let (count, first) = all.entry(&ticket.of).or_insert((0, u64::MAX));
            *count += 1;
            *first = ticket.number.min(*first);
        }
        let most = all
            .into_iter()
            .max_by_key(|(_, (count, first))| (*count, Reverse(*first)));
        most.map(|(of, _)| of.clone())
    }
}

fn hash(text: &str) -> Hash {
    let digest = digest(&SHA256, text.as_bytes());
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1000);
    const LATER: Timestamp = Timestamp::from_seconds(2000);

    fn role(number: u8) -> Arn {
        format!("arn:aws:iam::111122223333:role/r{number}")
            .parse()
            .unwrap()
    }

    #[test]
    fn a_ticket_is_random_and_is_not_kept_itself() {
        let tickets = Tickets::new(9, 9);
        let (one, other) = (
            tickets.issue(role(1), 1, LATER, NOW),
            tickets.issue(role(1), 2, LATER, NOW),
        );
        assert_ne!(one, other);
        assert_eq!(URL_SAFE_NO_PAD.decode(one.expose()).unwrap().len(), BYTES);
        assert_eq!(tickets.look(one.expose(), NOW), Some(1));
        assert_eq!(tickets.look(other.expose(), NOW), Some(2));
        let raw = URL_SAFE_NO_PAD.decode(one.expose()).unwrap();
        assert!(!tickets.lock().tickets.keys().any(|kept| kept[..] == raw[..]));
    }

    #[test]
    fn a_ticket_is_taken_once() {
        let tickets = Tickets::new(9, 9);
        let ticket = tickets.issue(role(1), "page", LATER, NOW);
        assert_eq!(tickets.take("another", NOW), None);
        assert_eq!(tickets.take(ticket.expose(), NOW), Some("page"));
        assert_eq!(tickets.take(ticket.expose(), NOW), None);
        assert_eq!(tickets.look(ticket.expose(), NOW), None);
    }

    #[test]
    fn a_ticket_expires() {
        let tickets = Tickets::new(9, 9);
        let ticket = tickets.issue(role(1), "page", LATER, NOW);
        let last = LATER.minus(std::time::Duration::from_millis(1));
        assert_eq!(tickets.look(ticket.expose(), last), Some("page"));
        assert_eq!(tickets.look(ticket.expose(), LATER), None);
        assert_eq!(tickets.take(ticket.expose(), LATER), None);
        assert_eq!(tickets.take(ticket.expose(), NOW), None, "it is gone");
    }

    #[test]
    fn one_role_has_few_and_the_oldest_gives_way() {
        let tickets = Tickets::new(9, 2);
        let other = tickets.issue(role(2), 0, LATER, NOW);
        let all: Vec<_> = (1..=3).map(|n| tickets.issue(role(1), n, LATER, NOW)).collect();
        let open: Vec<_> = all.iter().map(|t| tickets.look(t.expose(), NOW)).collect();
        assert_eq!(open, [None, Some(2), Some(3)]);
        assert_eq!(
            tickets.look(other.expose(), NOW),
            Some(0),
            "another role's is not touched"
        );
    }

    #[test]
    fn who_has_most_makes_room() {
        let tickets = Tickets::new(4, 3);
        let first = tickets.issue(role(1), 1, LATER, NOW);
        let greedy = [2, 3, 4].map(|n| tickets.issue(role(2), n, LATER, NOW));
        let last = tickets.issue(role(3), 5, LATER, NOW);
        let open = [&first, &greedy[0], &greedy[1], &last].map(|t| tickets.look(t.expose(), NOW));
        assert_eq!(open, [Some(1), None, Some(3), Some(5)]);
    }

    #[test]
    fn there_are_so_many_in_all_and_none_that_has_expired_counts() {
        let tickets = Tickets::new(2, 2);
        let soon = Timestamp::from_seconds(1001);
        tickets.issue(role(1), 1, soon, NOW);
        let second = tickets.issue(role(2), 2, LATER, NOW);
        let third = tickets.issue(role(3), 3, LATER, soon);
        assert_eq!(
            tickets.look(second.expose(), soon),
            Some(2),
            "the first had expired"
        );
        tickets.issue(role(4), 4, LATER, soon);
        assert_eq!(tickets.look(second.expose(), soon), None);
        assert_eq!(tickets.look(third.expose(), soon), Some(3));
        assert_eq!(tickets.lock().tickets.len(), 2);
    }
}
