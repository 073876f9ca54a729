//! Looking a request up: from the end of the log backwards, within bounds.
//!
//! The log has no index, and needs none for this: somebody asks about a request that has just been
//! refused. Older ones are for tools that read the files.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use memchr::memmem::{self, Finder};

use super::segment;

/// How far back is looked, in bytes: about half a million requests.
pub(super) const MAX_BYTES: u64 = 256 << 20;

/// Bytes that are read at once.
const BLOCK: u64 = 1 << 20;

/// The longest line that is looked at: longer ones are of no request that anyone asks about.
const MAX_LINE: usize = 4 << 20;

/// The newest line of a request, without its line break.
pub(super) fn newest(directory: &Path, request_id: &str) -> io::Result<Option<Vec<u8>>> {
    // Quotes in foreign texts are escaped, so this is found in its own place only.
    let needle = format!("\"request_id\":\"{request_id}\"");
    let finder = Finder::new(&needle);
    let mut left = MAX_BYTES;
    for (_, path) in segment::list(directory)?.into_iter().rev() {
        let file = File::open(path)?;
        let found = Backwards::new(&file)?.find(&finder, &mut left)?;
        if found.is_some() || left == 0 {
            return Ok(found);
        }
    }
    Ok(None)
}

/// A file that is read from its end.
struct Backwards<'f> {
    file: &'f File,
    /// Everything from here on has been looked at, but for `rest`.
    at: u64,
    /// The end of a line whose beginning has not been read.
    rest: Vec<u8>,
}

impl<'f> Backwards<'f> {
    fn new(file: &'f File) -> io::Result<Backwards<'f>> {
        Ok(Backwards {
            at: file.metadata()?.len(),
            rest: Vec::new(),
            file,
        })
    }

    fn find(mut self, finder: &Finder<'_>, left: &mut u64) -> io::Result<Option<Vec<u8>>> {
        while self.at > 0 && *left > 0 {
            let size = BLOCK.min(self.at).min(*left);
            let block = self.block(size)?;
            *left -= size;
            let whole = match memchr::memchr(b'\n', &block) {
                Some(end) if self.at > 0 => end + 1,
                _ if self.at == 0 => 0,
                _ => block.len(),
            };
            if let Some(line) = last_line_with(finder, &block[whole..]) {
                return Ok(Some(line.to_vec()));
            }
            self.rest = block[..whole.min(block.len())].to_vec();
            if self.rest.len() > MAX_LINE {
                self.rest.clear();
            }
        }
        Ok(None)
    }

    /// The bytes before those that were read, and the rest of the line they end in.
    fn block(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let length = usize::try_from(size).expect("a block fits into memory");
        let mut block = vec![0; length];
        self.at -= size;
        self.file.read_exact_at(&mut block, self.at)?;
        block.append(&mut self.rest);
        Ok(block)
    }
}

fn last_line_with<'b>(finder: &Finder<'_>, lines: &'b [u8]) -> Option<&'b [u8]> {
    let found = memmem::rfind(lines, finder.needle())?;
    let start = memchr::memrchr(b'\n', &lines[..found]).map_or(0, |end| end + 1);
    let end = memchr::memchr(b'\n', &lines[found..]).map_or(lines.len(), |length| found + length);
    Some(&lines[start..end])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn line(id: usize, padding: usize) -> String {
        format!(
            "{{\"x\":\"{}\",\"request_id\":\"id-{id}\",\"n\":{id}}}\n",
            "x".repeat(padding)
        )
    }

    #[test]
    fn a_request_is_found_in_any_segment_and_place() {
        let directory = tempfile::tempdir().unwrap();
        let lines: Vec<String> = (0..600).map(|id| line(id, 37 * (id % 200))).collect();
        for (number, part) in lines.chunks(200).enumerate() {
            let path = segment::path(directory.path(), u64::try_from(number).unwrap() + 1);
            fs::write(path, part.concat()).unwrap();
        }
        for (id, line) in lines.iter().enumerate() {
            let found = newest(directory.path(), &format!("id-{id}")).unwrap().unwrap();
            assert_eq!(found, line.trim_end().as_bytes(), "{id}");
        }
        assert_eq!(newest(directory.path(), "id-600").unwrap(), None);
        assert_eq!(
            newest(directory.path(), "id-6").unwrap().unwrap(),
            lines[6].trim_end().as_bytes()
        );
    }

    #[test]
    fn a_line_across_blocks_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let lines = [line(1, 10), line(2, 3 << 20), line(3, 900_000), line(4, 200_000)];
        fs::write(segment::path(directory.path(), 1), lines.concat()).unwrap();
        for (id, line) in (1..).zip(&lines) {
            let found = newest(directory.path(), &format!("id-{id}")).unwrap().unwrap();
            assert_eq!(found.len(), line.len() - 1, "{id}");
        }
    }

    #[test]
    fn a_quoted_id_in_foreign_text_is_not_the_request() {
        let directory = tempfile::tempdir().unwrap();
        let line = "{\"user_agent\":\"\\\"request_id\\\":\\\"id-1\\\"\",\"request_id\":\"id-2\"}\n";
        fs::write(segment::path(directory.path(), 1), line).unwrap();
        assert_eq!(newest(directory.path(), "id-1").unwrap(), None);
    }
}
