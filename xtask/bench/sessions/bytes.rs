//! Bytes through a tunnel: a port that takes and gives them, and how long that takes.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

const PIECE: usize = 64 << 10;

/// What one end says to the other that waits for it.
const READY: u8 = b'k';

/// Which way the payload goes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Direction {
    /// To the node.
    Up,
    /// From the node.
    Down,
}

impl Direction {
    pub(super) const BOTH: [Direction; 2] = [Direction::Up, Direction::Down];

    pub(super) fn name(self) -> &'static str {
        match self {
            Direction::Up => "up",
            Direction::Down => "down",
        }
    }

    /// What is asked for with a connection's first byte.
    fn word(self) -> u8 {
        match self {
            Direction::Up => b'U',
            Direction::Down => b'D',
        }
    }
}

/// A port behind the tunnels, in threads of this process.
pub(super) struct Target {
    pub(super) address: SocketAddr,
    pub(super) bytes: u64,
}

impl Target {
    /// Each connection gets or gives so many bytes, as its first one says.
    ///
    /// # Errors
    ///
    /// No port is free.
    pub(super) fn start(bytes: u64) -> io::Result<Target> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // Who has only looked whether a port is there leaves again.
                thread::spawn(move || serve(stream, bytes).ok());
            }
        });
        Ok(Target { address, bytes })
    }

    /// Has the payload carried through a tunnel's entrance; returns millions of bytes in a second.
    ///
    /// # Errors
    ///
    /// The tunnel breaks.
    pub(super) fn carry(&self, entrance: &Entrance, direction: Direction) -> Result<f64> {
        let mut ends = entrance.open()?;
        ends.say(direction.word())?;
        read(&mut ends.read, 1)?; // it is open to its other end
        let begun = Instant::now();
        match direction {
            Direction::Up => {
                write(&mut ends.write, self.bytes)?;
                read(&mut ends.read, 1)?;
            }
            Direction::Down => {
                ends.say(READY)?;
                read(&mut ends.read, self.bytes)?;
            }
        }
        Ok(self.bytes as f64 / 1e6 / begun.elapsed().as_secs_f64())
    }
}

fn serve(mut stream: TcpStream, bytes: u64) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut word = [0];
    stream.read_exact(&mut word)?;
    stream.write_all(&[READY])?;
    match word == [Direction::Up.word()] {
        true => {
            read(&mut stream, bytes)?;
            stream.write_all(&[READY])?;
        }
        false => {
            stream.read_exact(&mut word)?;
            write(&mut stream, bytes)?;
        }
    }
    // The tunnel closes it: what was written last is still on its way.
    let _closed = stream.read(&mut word);
    Ok(())
}

fn write(to: &mut impl Write, bytes: u64) -> Result<()> {
    let piece = [7; PIECE];
    let mut left = bytes;
    while left > 0 {
        let length = left.min(PIECE as u64);
        to.write_all(&piece[..length as usize])?;
        left -= length;
    }
    Ok(to.flush()?)
}

fn read(from: &mut impl Read, bytes: u64) -> Result<()> {
    let mut piece = vec![0; PIECE];
    let mut left = bytes;
    while left > 0 {
        let wanted = left.min(PIECE as u64) as usize;
        let count = from.read(&mut piece[..wanted])?;
        ensure!(count > 0, "the tunnel has closed with {left} bytes to come");
        left -= count as u64;
    }
    Ok(())
}

/// Where bytes go into a tunnel.
pub(super) enum Entrance {
    /// A port of this machine.
    Port(SocketAddr),
    /// A program's standard input and output.
    Program(Box<dyn Fn() -> Command>),
}

/// An entrance that is open.
struct Ends {
    read: Box<dyn Read>,
    write: Box<dyn Write>,
    program: Option<Child>,
}

impl Entrance {
    fn open(&self) -> Result<Ends> {
        match self {
            Entrance::Port(address) => {
                let stream = TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                Ok(Ends {
                    read: Box::new(stream.try_clone()?),
                    write: Box::new(stream),
                    program: None,
                })
            }
            Entrance::Program(command) => {
                let mut command = command();
                let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
                let mut program = command.stderr(Stdio::null()).spawn()?;
                Ok(Ends {
                    read: Box::new(program.stdout.take().context("it is a pipe")?),
                    write: Box::new(program.stdin.take().context("it is a pipe")?),
                    program: Some(program),
                })
            }
        }
    }
}

impl Ends {
    fn say(&mut self, word: u8) -> io::Result<()> {
        self.write.write_all(&[word])?;
        self.write.flush()
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        if let Some(mut program) = self.program.take() {
            (self.write, self.read) = (Box::new(io::sink()), Box::new(io::empty()));
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(5) && matches!(program.try_wait(), Ok(None)) {
                thread::sleep(Duration::from_millis(10));
            }
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}
