//! Values in pieces, for a place that takes short ones only: Windows' Credential Manager has 2,560 bytes
//! for a credential, and a session's token alone may be longer.
//!
//! A value that fits lies under its name as it is. A longer one has its first piece there, which says how
//! many there are and which: the others carry a digest of the whole in their names. So they are written
//! before it and the old ones go after it, and a reader finds the one value or the other.

use std::fmt;

use aws_lc_rs::digest;
use kagiban_aws::SecretBytes;
use zeroize::Zeroizing;

use crate::failure::Failure;

/// Where pieces lie, by names whose case may mean nothing.
pub(super) trait Shelf {
    /// The most bytes that it takes under a name.
    const LONGEST: usize;

    /// All names that begin so.
    fn names(&self, beginning: &str) -> Result<Vec<String>, Failure>;

    fn read(&self, name: &str) -> Result<Option<SecretBytes>, Failure>;

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure>;

    /// `false` if there is nothing.
    fn remove(&self, name: &str) -> Result<bool, Failure>;
}

/// Values of any length on a shelf.
pub(super) struct Pieces<S>(pub(super) S);

/// What all names on the shelf begin with.
const OURS: &str = "kagiban";

/// What the first piece of several begins with; no JSON text does.
const SEVERAL: &str = "pieces ";

/// Room for the line before the first piece.
const LINE: usize = 64;

/// Nothing that this program keeps has more.
const MOST: usize = 64;

/// A piece's name on the shelf: `kagiban:NAME`, or `kagiban+WHOLE.NUMBER:NAME` for those after the first.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Label {
    /// The digest of the whole, and which piece it is.
    further: Option<(String, usize)>,
    name: String,
}

impl<S: Shelf> Pieces<S> {
    /// The names of all values, sorted.
    pub(super) fn names(&self) -> Result<Vec<String>, Failure> {
        let labels = self.labels()?.into_iter();
        let firsts = labels.filter(|label| label.further.is_none());
        let mut names: Vec<String> = firsts.map(|label| label.name).collect();
        names.sort();
        Ok(names)
    }

    /// A value; none if a piece of it is not there, or another's.
    pub(super) fn get(&self, name: &str) -> Result<Option<SecretBytes>, Failure> {
        let Some(first) = self.0.read(&Label::first(name).to_string())? else {
            return Ok(None);
        };
        let Some((whole, count, begun)) = several(first.expose()) else {
            return Ok(Some(first));
        };
        let mut value = Zeroizing::new(Vec::with_capacity(S::LONGEST * count));
        value.extend_from_slice(begun);
        for number in 1..count {
            let Some(piece) = self.0.read(&Label::further(name, whole, number).to_string())? else {
                return Ok(None);
            };
            value.extend_from_slice(piece.expose());
        }
        Ok((digest(&value) == whole).then(|| value.to_vec().into()))
    }

    /// Keeps a value in place of an older one.
    pub(super) fn put(&self, name: &str, value: &SecretBytes) -> Result<(), Failure> {
        let old = self.further(name)?;
        let value = value.expose();
        let whole = digest(value);
        let first = Label::first(name).to_string();
        if value.len() <= S::LONGEST && !value.starts_with(SEVERAL.as_bytes()) {
            self.0.write(&first, value)?;
            return self.clear(&old, None);
        }
        let (begun, rest) = value.split_at(value.len().min(S::LONGEST - LINE));
        let count = 1 + rest.len().div_ceil(S::LONGEST);
        if count > MOST {
            return Err(Failure::Setting(format!("`{name}` is too long to be kept")));
        }
        for (number, piece) in (1..).zip(rest.chunks(S::LONGEST)) {
            self.0
                .write(&Label::further(name, &whole, number).to_string(), piece)?;
        }
        let mut text = Zeroizing::new(Vec::with_capacity(S::LONGEST));
        text.extend_from_slice(format!("{SEVERAL}{whole} {count}\n").as_bytes());
        text.extend_from_slice(begun);
        self.0.write(&first, &text)?;
        self.clear(&old, Some(&whole))
    }

    /// Takes a value away; `false` if there was none.
    pub(super) fn remove(&self, name: &str) -> Result<bool, Failure> {
        let was_there = self.0.remove(&Label::first(name).to_string())?;
        self.clear(&self.further(name)?, None)?;
        Ok(was_there)
    }

    fn labels(&self) -> Result<Vec<Label>, Failure> {
        let names = self.0.names(OURS)?;
        Ok(names.iter().filter_map(|name| Label::parse(name)).collect())
    }

    fn further(&self, name: &str) -> Result<Vec<Label>, Failure> {
        let mut labels = self.labels()?;
        labels.retain(|label| label.further.is_some() && label.name == name);
        Ok(labels)
    }

    /// Takes pieces away, but for those of one whole.
    fn clear(&self, labels: &[Label], but: Option<&str>) -> Result<(), Failure> {
        for label in labels {
            if label.further.as_ref().map(|(whole, _)| whole.as_str()) != but {
                self.0.remove(&label.to_string())?;
            }
        }
        Ok(())
    }
}

impl Label {
    fn first(name: &str) -> Label {
        Label {
            further: None,
            name: name.to_owned(),
        }
    }

    fn further(name: &str, whole: &str, number: usize) -> Label {
        Label {
            further: Some((whole.to_owned(), number)),
            name: name.to_owned(),
        }
    }

    fn parse(text: &str) -> Option<Label> {
        let (piece, name) = text.strip_prefix(OURS)?.split_once(':')?;
        let further = match piece {
            "" => None,
            piece => {
                let (whole, number) = piece.strip_prefix('+')?.split_once('.')?;
                Some((whole.to_owned(), number.parse().ok()?))
            }
        };
        let name = unescape(name)?;
        Some(Label { further, name })
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = escape(&self.name);
        match &self.further {
            None => write!(f, "{OURS}:{name}"),
            Some((whole, number)) => write!(f, "{OURS}+{whole}.{number}:{name}"),
        }
    }
}

/// What the first of several pieces says: the digest of the whole, how many they are, and the beginning.
fn several(first: &[u8]) -> Option<(&str, usize, &[u8])> {
    let rest = first.strip_prefix(SEVERAL.as_bytes())?;
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&rest[..end]).ok()?;
    let (whole, count) = line.split_once(' ')?;
    let count = count.parse().ok().filter(|count| (1..=MOST).contains(count))?;
    Some((whole, count, &rest[end + 1..]))
}

fn digest(value: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, value);
    let bytes = digest.as_ref()[..8].iter();
    bytes.map(|byte| format!("{byte:02x}")).collect()
}

/// A name without capitals, since the shelf may not tell them from small letters: `^a` is `A`, and `~c3`
/// a byte that is neither a small letter nor a plain sign.
fn escape(name: &str) -> String {
    name.bytes()
        .fold(String::with_capacity(name.len()), |escaped, byte| match byte {
            b'A'..=b'Z' => escaped + "^" + &char::from(byte.to_ascii_lowercase()).to_string(),
            b'^' | b'~' | b'*' | b'?' | 0..=b' ' | 0x7f.. => escaped + &format!("~{byte:02x}"),
            byte => escaped + &char::from(byte).to_string(),
        })
}

fn unescape(escaped: &str) -> Option<String> {
    let mut bytes = escaped.bytes();
    let mut name = Vec::with_capacity(escaped.len());
    while let Some(byte) = bytes.next() {
        name.push(match byte {
            b'^' => bytes.next()?.to_ascii_uppercase(),
            b'~' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(name).ok()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// As Credential Manager: short values, and names in any case.
    #[derive(Default)]
    struct Drawer(RefCell<BTreeMap<String, Vec<u8>>>);

    impl Shelf for Drawer {
        const LONGEST: usize = 2560;

        fn names(&self, beginning: &str) -> Result<Vec<String>, Failure> {
            let all = self.0.borrow();
            Ok(all
                .keys()
                .filter(|name| name.starts_with(beginning))
                .cloned()
                .collect())
        }

        fn read(&self, name: &str) -> Result<Option<SecretBytes>, Failure> {
            let found = self.0.borrow().get(&name.to_lowercase()).cloned();
            Ok(found.map(SecretBytes::from))
        }

        fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
            assert!(bytes.len() <= Self::LONGEST, "{}", bytes.len());
            self.0.borrow_mut().insert(name.to_lowercase(), bytes.to_vec());
            Ok(())
        }

        fn remove(&self, name: &str) -> Result<bool, Failure> {
            Ok(self.0.borrow_mut().remove(&name.to_lowercase()).is_some())
        }
    }

    fn value(length: usize) -> SecretBytes {
        let pattern = (0..length).map(|place| b'a' + u8::try_from(place % 26).unwrap());
        pattern.collect::<Vec<u8>>().into()
    }

    #[test]
    fn a_value_of_any_length_comes_back_and_leaves_nothing() {
        let pieces = Pieces(Drawer::default());
        for length in [0, 1, 2495, 2496, 2560, 2561, 5056, 5057, 20_000] {
            pieces.put("session/A", &value(length)).unwrap();
            assert_eq!(pieces.get("session/A").unwrap(), Some(value(length)), "{length}");
            assert_eq!(pieces.names().unwrap(), ["session/A"]);
        }
        pieces.put("session/A", &value(9)).unwrap();
        assert_eq!(pieces.0.0.borrow().len(), 1, "the pieces of longer ones went");
        pieces.put("session/A", &value(9000)).unwrap();
        assert!(pieces.remove("session/A").unwrap() && !pieces.remove("session/A").unwrap());
        assert!(pieces.0.0.borrow().is_empty());
    }

    #[test]
    fn a_value_that_looks_like_a_piece_is_none() {
        let pieces = Pieces(Drawer::default());
        let text = SecretBytes::from(b"pieces 0000000000000000 2\nx".to_vec());
        pieces.put("a", &text).unwrap();
        assert_eq!(pieces.get("a").unwrap(), Some(text));
    }

    #[test]
    fn names_of_other_case_are_others() {
        let pieces = Pieces(Drawer::default());
        pieces.put("key/Prod", &value(3000)).unwrap();
        pieces.put("key/prod", &value(3)).unwrap();
        assert_eq!(pieces.get("key/Prod").unwrap(), Some(value(3000)));
        assert_eq!(pieces.names().unwrap(), ["key/Prod", "key/prod"]);
        assert!(pieces.remove("key/prod").unwrap());
        assert_eq!(pieces.names().unwrap(), ["key/Prod"]);
    }

    #[test]
    fn a_value_with_a_piece_missing_or_changed_is_not_there() {
        let pieces = Pieces(Drawer::default());
        pieces.put("a", &value(6000)).unwrap();
        let further = pieces.further("a").unwrap()[0].to_string();
        pieces.0.write(&further, b"something else").unwrap();
        assert_eq!(pieces.get("a").unwrap(), None);
        assert!(pieces.0.remove(&further).unwrap());
        assert_eq!(pieces.get("a").unwrap(), None);
        pieces.put("a", &value(6000)).unwrap();
        assert_eq!(pieces.get("a").unwrap(), Some(value(6000)));
    }

    proptest! {
        #[test]
        fn a_label_parses_back_to_itself(name in any::<String>(), further in any::<Option<(u64, usize)>>()) {
            let further = further.map(|(whole, number)| (format!("{whole:016x}"), number));
            let label = Label { further, name };
            let text = label.to_string();
            prop_assert_eq!(text.to_lowercase(), text.clone());
            prop_assert_eq!(Label::parse(&text), Some(label));
        }

        #[test]
        fn nothing_that_others_keep_is_taken_for_ours(text in "(kagiban)?[+:.~^a-z0-9]{0,20}") {
            if let Some(label) = Label::parse(&text) {
                prop_assert!(text.starts_with(OURS) && text.contains(':'), "{label:?}");
            }
        }
    }
}
