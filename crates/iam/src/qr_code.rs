//! A text as a QR code in a PNG, for an authenticator app's camera.
//!
//! The text holds a secret, so everything on the way is wiped.

use kagiban_aws::SecretBytes;
use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};
use zeroize::Zeroizing;

/// The quiet zone that readers need, in modules.
const MARGIN: usize = 4;
/// Pixels of a module's side.
const SCALE: usize = 4;

/// Draws a text; none if it is too long for the largest QR code (2953 bytes).
pub(crate) fn png(text: &str) -> Option<SecretBytes> {
    let mut scratch = Zeroizing::new(vec![0; Version::MAX.buffer_len()]);
    let mut modules = Zeroizing::new(vec![0; Version::MAX.buffer_len()]);
    let code = QrCode::encode_text(
        text,
        &mut scratch,
        &mut modules,
        QrCodeEcc::Medium,
        Version::MIN,
        Version::MAX,
        None,
        true,
    );
    Some(draw(&code.ok()?))
}

fn draw(code: &QrCode<'_>) -> SecretBytes {
    let modules = usize::try_from(code.size()).expect("a size is positive");
    let side = (modules + 2 * MARGIN) * SCALE;
    let mut png = Vec::with_capacity(256 + rows_len(side) * 2);
    png.extend_from_slice(b"\x89PNG\r\n\x1a\n");
    chunk(*b"IHDR", &header(side), &mut png);
    chunk(*b"IDAT", &zlib(&rows(code, side)), &mut png);
    chunk(*b"IEND", &[], &mut png);
    png.into()
}

/// One bit a pixel, greyscale, not interlaced.
fn header(side: usize) -> [u8; 13] {
    let side = u32::try_from(side)
        .expect("a QR code has at most 177 modules")
        .to_be_bytes();
    let mut header = [0; 13];
    header[..4].copy_from_slice(&side);
    header[4..8].copy_from_slice(&side);
    header[8] = 1; // bit depth
    header
}

fn rows_len(side: usize) -> usize {
    (1 + side.div_ceil(8)) * side
}

/// The pixels, each row behind its filter (none); a bit that is set is white.
fn rows(code: &QrCode<'_>, side: usize) -> Zeroizing<Vec<u8>> {
    let mut rows = Zeroizing::new(Vec::with_capacity(rows_len(side)));
    let module = |pixel: usize| i32::try_from(pixel / SCALE).unwrap_or(0) - MARGIN as i32;
    for y in 0..side {
        rows.push(0);
        for byte in 0..side.div_ceil(8) {
            let bits = (0..8).filter(|bit| !code.get_module(module(byte * 8 + bit), module(y)));
            rows.push(bits.fold(0, |bits, bit| bits | 0x80 >> bit));
        }
    }
    rows
}

/// The zlib format around blocks that are not compressed: a small picture needs no more.
fn zlib(data: &[u8]) -> Zeroizing<Vec<u8>> {
    const MAX_BLOCK: usize = 0xffff;
    let mut out = Zeroizing::new(Vec::with_capacity(data.len() + data.len() / 1000 + 64));
    out.extend_from_slice(&[0x78, 0x01]);
    let mut blocks = data.chunks(MAX_BLOCK).peekable();
    while let Some(block) = blocks.next() {
        let len = u16::try_from(block.len()).expect("blocks are cut to this length");
        out.push(u8::from(blocks.peek().is_none()));
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&adler32(data).to_be_bytes());
    out
}

fn chunk(kind: [u8; 4], data: &[u8], out: &mut Vec<u8>) {
    let len = u32::try_from(data.len()).expect("a picture of a QR code is small");
    out.extend_from_slice(&len.to_be_bytes());
    let from = out.len();
    out.extend_from_slice(&kind);
    out.extend_from_slice(data);
    let sum = crc32(&out[from..]);
    out.extend_from_slice(&sum.to_be_bytes());
}

fn crc32(data: &[u8]) -> u32 {
    let step = |sum: u32| {
        if sum & 1 == 1 {
            sum >> 1 ^ 0xedb8_8320
        } else {
            sum >> 1
        }
    };
    let byte = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum));
    !data.iter().fold(!0, byte)
}

fn adler32(data: &[u8]) -> u32 {
    const MODULUS: u32 = 65521;
    let (a, b) = data.iter().fold((1, 0), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % MODULUS;
        (a, (b + a) % MODULUS)
    });
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_their_standards() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn a_picture_has_its_three_chunks_and_a_white_margin() {
        let png = png("otpauth://totp/x?secret=ABC").unwrap();
        let bytes = png.expose();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR"));
        assert!(bytes.ends_with(b"IEND\xae\x42\x60\x82"));
        let side = u32::from_be_bytes(bytes[16..20].try_into().unwrap());
        assert_eq!(
            (side as usize / SCALE - 2 * MARGIN - 17) % 4,
            0,
            "a QR code's size"
        );
        let idat = bytes.windows(4).position(|window| window == b"IDAT").unwrap();
        let first_row = idat + 4 + 2 + 5;
        assert_eq!(&bytes[first_row..first_row + 5], b"\0\xff\xff\xff\xff");
    }

    #[test]
    fn too_long_a_text_is_not_drawn() {
        assert!(png(&"é".repeat(2000)).is_none());
    }
}
