//! The console: raw while a session has it, and put back in whatever way that ends.
//!
//! Keys come as the bytes that a Unix terminal would send for them, and what a node prints is understood
//! in the same way, since Windows 10.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::sync::{Mutex, Once, PoisonError};

use kagiban_session::payload::Size;
use winapi_util::HandleRef;
use winapi_util::console::{mode, screen_buffer_info, set_mode};

const PROCESSED_INPUT: u32 = 0x0001;
const LINE_INPUT: u32 = 0x0002;
const ECHO_INPUT: u32 = 0x0004;
const VIRTUAL_TERMINAL_INPUT: u32 = 0x0200;

const PROCESSED_OUTPUT: u32 = 0x0001;
const VIRTUAL_TERMINAL_PROCESSING: u32 = 0x0004;
const DISABLE_NEWLINE_AUTO_RETURN: u32 = 0x0008;

/// What the key Ctrl-Z sends.
const CTRL_Z: u8 = 0x1a;

/// How the console was before: the modes of input and, if that is a console too, of output.
static BEFORE: Mutex<Option<(u32, Option<u32>)>> = Mutex::new(None);

/// The console itself, whatever standard input and output are: what a person types, and what they see.
///
/// # Errors
///
/// If there is none.
pub(crate) fn person() -> io::Result<(File, File)> {
    let open = |name| OpenOptions::new().read(true).write(true).open(name);
    Ok((open("CONIN$")?, open("CONOUT$")?))
}

/// The name of what all processes at the console have in common: it is the user's.
pub(crate) fn name() -> String {
    "terminal".to_owned()
}

/// No process runs in the background of a console.
pub(crate) fn come_forward() {}

/// A console in raw mode; as it was again when this is dropped.
pub(crate) struct Raw(());

impl Raw {
    /// Makes the console of standard input raw; `None` if it is none, or one of before Windows 10.
    pub(crate) fn of_input() -> Option<Raw> {
        let before = mode(HandleRef::stdin()).ok()?;
        let shown = mode(HandleRef::stdout()).ok();
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let then = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                then(panic);
            }));
        });
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = Some((before, shown));
        let raw = before & !(PROCESSED_INPUT | LINE_INPUT | ECHO_INPUT) | VIRTUAL_TERMINAL_INPUT;
        set_mode(HandleRef::stdin(), raw).ok()?;
        if let Some(shown) = shown {
            let raw = PROCESSED_OUTPUT | VIRTUAL_TERMINAL_PROCESSING | DISABLE_NEWLINE_AUTO_RETURN;
            // An older console shows the sequences as they are.
            let _older = set_mode(HandleRef::stdout(), shown | raw);
        }
        Some(Raw(()))
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some((input, output)) = before {
        // If it has gone away, there is nothing to put back.
        let _gone = set_mode(HandleRef::stdin(), input);
        let _gone = output.map(|output| set_mode(HandleRef::stdout(), output));
    }
}

fn is_raw() -> bool {
    BEFORE.lock().unwrap_or_else(PoisonError::into_inner).is_some()
}

/// Whether something is known to wait in standard input; of files and pipes that is not known here.
pub(crate) fn has_input() -> bool {
    false
}

/// The window's size, whichever stream it is; without one, what AWS's plugin says.
pub(crate) fn size() -> Size {
    let streams = [HandleRef::stdout(), HandleRef::stderr()];
    let window = streams
        .into_iter()
        .find_map(|stream| screen_buffer_info(stream).ok());
    let size = window.and_then(|info| {
        let window = info.window_rect();
        Some(Size {
            cols: u16::try_from(window.right - window.left + 1).ok()?,
            rows: u16::try_from(window.bottom - window.top + 1).ok()?,
        })
    });
    size.filter(|size| size.cols > 0 && size.rows > 0)
        .unwrap_or(Size::NO_TERMINAL)
}

/// Waits for standard input and reads some of it; nothing is its end. std takes Ctrl-Z for that, which
/// in raw mode is a key as any other.
///
/// # Errors
///
/// As the system says.
pub(crate) fn read(piece: &mut [u8]) -> io::Result<usize> {
    match io::stdin().lock().read(piece)? {
        0 if is_raw() && io::stdin().is_terminal() => {
            piece[0] = CTRL_Z;
            Ok(1)
        }
        length => Ok(length),
    }
}

/// Standard output, for what a node prints. A console takes whole characters alone, so that the beginning
/// of one waits here for its end, and what is none is shown as such.
#[derive(Default)]
pub(crate) struct Screen {
    begun: Vec<u8>,
}

impl Screen {
    /// Writes it, and waits until it is out.
    ///
    /// # Errors
    ///
    /// If nobody takes it.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if out.is_terminal() {
            out.write_all(self.text(bytes).as_bytes())?;
        } else {
            out.write_all(bytes)?;
        }
        out.flush()
    }

    fn text(&mut self, bytes: &[u8]) -> String {
        self.begun.extend_from_slice(bytes);
        let all = std::mem::take(&mut self.begun);
        let mut text = String::with_capacity(all.len());
        let mut rest = &all[..];
        while let Err(error) = std::str::from_utf8(rest) {
            let (valid, invalid) = rest.split_at(error.valid_up_to());
            text.push_str(&String::from_utf8_lossy(valid));
            let Some(length) = error.error_len() else {
                self.begun = invalid.to_vec();
                return text;
            };
            text.push(char::REPLACEMENT_CHARACTER);
            rest = &invalid[length..];
        }
        text.push_str(&String::from_utf8_lossy(rest));
        text
    }
}
