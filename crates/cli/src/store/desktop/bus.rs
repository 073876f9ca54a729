//! The desktop's message bus, as far as a caller needs it: a connection, calls, and a signal waited for.
//!
//! Written here because a store of secrets takes a dozen calls, one after the other, where the crates for
//! D-Bus bring fifty others and an executor. Nothing here waits for ever: each call has its time.

use std::collections::VecDeque;
use std::env;
use std::io::{self, Read as _, Write as _};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::value::{Reader, Value, pad};

/// What comes from the bus is short; nobody makes this program hold more.
const MAX_MESSAGE: usize = 1 << 20;

const CALL: u8 = 1;
const RETURN: u8 = 2;
const ERROR: u8 = 3;
const SIGNAL: u8 = 4;

const BUS: Target<'static> = Target {
    service: "org.freedesktop.DBus",
    path: "/org/freedesktop/DBus",
    interface: "org.freedesktop.DBus",
};

/// Why a call was not answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum BusError {
    #[error("{0}")]
    Unreachable(String),
    #[error("the session bus cannot be used: {0}")]
    Broken(#[from] io::Error),
    #[error("no answer came in time")]
    Late,
    #[error("what came from the session bus makes no sense")]
    Malformed,
    /// The other side's name for it, and its words.
    #[error("{1} ({0})")]
    Refused(String, String),
}

/// Whose operation is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) service: &'a str,
    pub(super) path: &'a str,
    pub(super) interface: &'a str,
}

/// A connection, which is the caller's alone.
pub(super) struct Bus {
    stream: UnixStream,
    serial: u32,
    /// Those that came while something else was waited for.
    signals: VecDeque<Message>,
}

/// What came.
#[derive(Debug, Default)]
struct Message {
    kind: u8,
    reply_to: u32,
    path: String,
    member: String,
    error: String,
    body: Vec<Value>,
}

impl Bus {
    /// Connects to the user's session bus.
    ///
    /// # Errors
    ///
    /// If there is none here.
    pub(super) fn connect(patience: Duration) -> Result<Bus, BusError> {
        let stream = open()?;
        let mut bus = Bus {
            stream,
            serial: 0,
            signals: VecDeque::new(),
        };
        let until = Instant::now() + patience;
        bus.authenticate(until)?;
        bus.call(BUS, "Hello", &[], patience)?;
        Ok(bus)
    }

    /// Whether a service runs, or could be started.
    pub(super) fn has_service(&mut self, name: &str, patience: Duration) -> Result<(bool, bool), BusError> {
        let wanted = Value::Text(name.to_owned());
        let runs = self.call(BUS, "NameHasOwner", std::slice::from_ref(&wanted), patience)?;
        let runs = runs.contains(&Value::Bool(true));
        let known = self.call(BUS, "ListActivatableNames", &[], patience)?;
        let known = known
            .into_iter()
            .next()
            .and_then(Value::elements)
            .unwrap_or_default();
        Ok((runs, known.contains(&wanted)))
    }

    /// Lets the signals of an object come here.
    pub(super) fn subscribe(&mut self, path: &str, patience: Duration) -> Result<(), BusError> {
        let rule = Value::Text(format!("type='signal',path='{path}'"));
        self.call(BUS, "AddMatch", &[rule], patience).map(drop)
    }

    /// Waits for an object's signal and returns what it says.
    pub(super) fn signal(
        &mut self,
        path: &str,
        member: &str,
        patience: Duration,
    ) -> Result<Vec<Value>, BusError> {
        let until = Instant::now() + patience;
        loop {
            let message = match self.signals.pop_front() {
                Some(message) => message,
                None => self.receive(until)?,
            };
            if (message.kind, message.path.as_str(), message.member.as_str()) == (SIGNAL, path, member) {
                return Ok(message.body);
            }
        }
    }

    /// Calls an operation and waits for its answer.
    ///
    /// # Errors
    ///
    /// If it is refused, or does not come in time.
    pub(super) fn call(
        &mut self,
        target: Target<'_>,
        member: &str,
        body: &[Value],
        patience: Duration,
    ) -> Result<Vec<Value>, BusError> {
        let until = Instant::now() + patience;
        self.serial += 1;
        let message = call(target, member, body, self.serial);
        self.within(until)?;
        self.stream.write_all(&message).map_err(late)?;
        loop {
            let message = self.receive(until)?;
            match message.kind {
                RETURN if message.reply_to == self.serial => return Ok(message.body),
                ERROR if message.reply_to == self.serial => {
                    let words = message.body.into_iter().next().and_then(Value::text);
                    return Err(BusError::Refused(message.error, words.unwrap_or_default()));
                }
                SIGNAL => self.signals.push_back(message),
                _ => {}
            }
        }
    }

    /// Says who this is; the socket has told the other side already.
    fn authenticate(&mut self, until: Instant) -> Result<(), BusError> {
        let user = crate::platform::files::user().to_string();
        let user: String = user.bytes().map(|byte| format!("{byte:02x}")).collect();
        self.within(until)?;
        self.stream
            .write_all(format!("\0AUTH EXTERNAL {user}\r\n").as_bytes())
            .map_err(late)?;
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") && line.len() < 512 {
            let mut byte = [0];
            self.within(until)?;
            self.stream.read_exact(&mut byte).map_err(late)?;
            line.push(byte[0]);
        }
        if !line.starts_with(b"OK ") {
            return Err(BusError::Unreachable(
                "the session bus does not let this user in".to_owned(),
            ));
        }
        self.stream.write_all(b"BEGIN\r\n").map_err(late)
    }

    fn receive(&mut self, until: Instant) -> Result<Message, BusError> {
        let mut head = [0; 16];
        self.read(&mut head, until)?;
        let is_big_endian = head[0] == b'B';
        let words = Reader::new(&head[4..], is_big_endian).all("uuu");
        let words = words.ok_or(BusError::Malformed)?;
        let [Value::U32(body), _, Value::U32(fields)] = words[..] else {
            return Err(BusError::Malformed);
        };
        let fields = (fields as usize).min(MAX_MESSAGE + 1).next_multiple_of(8);
        let length = fields.saturating_add(body as usize);
        if length > MAX_MESSAGE {
            return Err(BusError::Malformed);
        }
        let mut rest = vec![0; length];
        self.read(&mut rest, until)?;
        Message::parse(&head, &rest, fields, is_big_endian).ok_or(BusError::Malformed)
    }

    fn read(&mut self, bytes: &mut [u8], until: Instant) -> Result<(), BusError> {
        let mut at = 0;
        while at < bytes.len() {
            self.within(until)?;
            match self.stream.read(&mut bytes[at..]) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Ok(count) => at += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(late(error)),
            }
        }
        Ok(())
    }

    fn within(&self, until: Instant) -> Result<(), BusError> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(BusError::Late);
        }
        self.stream.set_read_timeout(Some(left))?;
        Ok(self.stream.set_write_timeout(Some(left))?)
    }
}

fn late(error: io::Error) -> BusError {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => BusError::Late,
        _ => BusError::Broken(error),
    }
}

/// The bus that the environment names, else the login's.
fn open() -> Result<UnixStream, BusError> {
    let named = env::var("DBUS_SESSION_BUS_ADDRESS")
        .ok()
        .filter(|name| !name.is_empty());
    let Some(named) = named else {
        let path = env::var_os("XDG_RUNTIME_DIR").map(|runtime| PathBuf::from(runtime).join("bus"));
        let path = path.filter(|path| path.exists()).ok_or_else(|| {
            BusError::Unreachable("there is no session bus (DBUS_SESSION_BUS_ADDRESS is not set)".to_owned())
        })?;
        return UnixStream::connect(&path).map_err(|error| unreachable(&path.display().to_string(), &error));
    };
    let mut last = io::Error::from(io::ErrorKind::Unsupported);
    for address in named.split(';').filter_map(address) {
        match address.and_then(|address| UnixStream::connect_addr(&address)) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(unreachable(&named, &last))
}

fn unreachable(named: &str, error: &io::Error) -> BusError {
    BusError::Unreachable(format!("the session bus at {named} cannot be reached: {error}"))
}

/// A socket's address of the form `unix:path=…,guid=…`; `None` if it is of another kind.
fn address(text: &str) -> Option<io::Result<SocketAddr>> {
    let settings = text.strip_prefix("unix:")?.split(',');
    settings
        .filter_map(|setting| setting.split_once('='))
        .find_map(|(name, value)| match name {
            "path" => Some(unescaped(value).and_then(|path| {
                SocketAddr::from_pathname(std::ffi::OsStr::new(&*String::from_utf8_lossy(&path)))
            })),
            "abstract" => Some(unescaped(value).and_then(SocketAddr::from_abstract_name)),
            _ => None,
        })
}

/// Bytes that an address may not have are written as `%2f`.
fn unescaped(text: &str) -> io::Result<Vec<u8>> {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at_checked(2).ok_or(io::ErrorKind::InvalidInput)?;
        bytes.push(u8::from_str_radix(code, 16).map_err(|_| io::ErrorKind::InvalidInput)?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    Ok(bytes)
}

/// The bytes of a call.
fn call(target: Target<'_>, member: &str, body: &[Value], serial: u32) -> Vec<u8> {
    let field =
        |code: u8, value: Value| Value::Struct(vec![Value::Byte(code), Value::Variant(Box::new(value))]);
    let mut fields = vec![
        field(1, Value::Path(target.path.to_owned())),
        field(2, Value::Text(target.interface.to_owned())),
        field(3, Value::Text(member.to_owned())),
        field(6, Value::Text(target.service.to_owned())),
    ];
    if !body.is_empty() {
        let signature = body.iter().map(Value::signature).collect();
        fields.push(field(8, Value::Signature(signature)));
    }
    let mut bytes = Vec::new();
    body.iter().for_each(|value| value.write(&mut bytes));
    let length = u32::try_from(bytes.len()).expect("what is sent here is short");
    let mut message = vec![b'l', CALL, 0, 1];
    Value::U32(length).write(&mut message);
    Value::U32(serial).write(&mut message);
    Value::Array("(yv)".to_owned(), fields).write(&mut message);
    pad(&mut message, 8);
    message.extend_from_slice(&bytes);
    message
}

impl Message {
    fn parse(head: &[u8; 16], rest: &[u8], fields: usize, is_big_endian: bool) -> Option<Message> {
        if !matches!(head[0], b'l' | b'B') || head[3] != 1 {
            return None;
        }
        let mut message = Message {
            kind: head[1],
            ..Message::default()
        };
        // The array's length is the head's last word, and a reader starts at a multiple of eight.
        let array = [&head[8..], &rest[..fields]].concat();
        let array = Reader::new(&array, is_big_endian).all("ua(yv)")?.pop()?;
        let mut signature = String::new();
        for field in array.elements()? {
            let [Value::Byte(code), value] = <[Value; 2]>::try_from(field.elements()?).ok()? else {
                return None;
            };
            match (code, value.inner()) {
                (1, Value::Path(path)) => message.path = path,
                (3, Value::Text(member)) => message.member = member,
                (4, Value::Text(error)) => message.error = error,
                (5, Value::U32(serial)) => message.reply_to = serial,
                (8, Value::Signature(text)) => signature = text,
                _ => {}
            }
        }
        message.body = Reader::new(&rest[fields..], is_big_endian).all(&signature)?;
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TARGET: Target<'static> = Target {
        service: "a.b",
        path: "/a",
        interface: "a.c",
    };

    fn parsed(message: &[u8]) -> Option<Message> {
        let (head, rest) = message.split_first_chunk::<16>()?;
        let fields = u32::from_le_bytes(head[12..].try_into().unwrap()) as usize;
        let fields = fields
            .checked_next_multiple_of(8)
            .filter(|&fields| fields <= rest.len())?;
        Message::parse(head, rest, fields, head[0] == b'B')
    }

    #[test]
    fn a_call_reads_back() {
        let body = [Value::Text("x".to_owned()), Value::paths(&["/"])];
        let message = parsed(&call(TARGET, "Do", &body, 3)).unwrap();
        assert_eq!(
            (message.kind, message.path.as_str(), message.member.as_str()),
            (CALL, "/a", "Do")
        );
        assert_eq!(message.body, body);
        assert_eq!(parsed(&call(TARGET, "Do", &[], 3)).unwrap().body, []);
    }

    #[test]
    fn addresses_are_read_as_the_specification_has_them() {
        let path = |text| Some(address(text)?.unwrap().as_pathname()?.display().to_string());
        assert_eq!(
            path("unix:path=/run/user/0/bus,guid=ab").unwrap(),
            "/run/user/0/bus"
        );
        assert_eq!(path("unix:path=/tmp/a%20b").unwrap(), "/tmp/a b");
        let hidden = address("unix:abstract=/tmp/x").unwrap().unwrap();
        assert_eq!(hidden.as_abstract_name(), Some(&b"/tmp/x"[..]));
        assert!(address("tcp:host=localhost,port=1").is_none());
        assert!(address("unix:path=/a%2").unwrap().is_err());
    }

    proptest! {
        #[test]
        fn messages_of_anybody_are_refused_or_read_and_nothing_else(at in 0..200_usize, byte: u8, cut in 0..300_usize) {
            let mut message = call(TARGET, "Do", &[Value::names(&[("a", "b")])], 1);
            let length = message.len();
            message[at % length] = byte;
            let _ = parsed(&message);
            let _ = parsed(&message[..cut.min(length)]);
        }
    }
}
