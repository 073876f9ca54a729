//! RSA private keys as OpenSSH keeps them, for a library that wants PKCS #1.
//!
//! OpenSSH leaves out two numbers that PKCS #1 has, `d mod (p-1)` and `d mod (q-1)`. They are found by
//! long division, bit by bit: once, in this process, so that its running time tells nobody anything.

use ssh_key::private::RsaKeypair;
use zeroize::Zeroizing;

use super::der;

/// The key as `RSAPrivateKey`; `None` if a number of it is negative or zero.
///
/// Source: RFC 8017, appendix A.1.2.
pub(super) fn pkcs1(key: &RsaKeypair) -> Option<Zeroizing<Vec<u8>>> {
    let (n, e) = (
        key.public.n.as_positive_bytes()?,
        key.public.e.as_positive_bytes()?,
    );
    let private = &key.private;
    let (d, p, q) = (
        private.d.as_positive_bytes()?,
        private.p.as_positive_bytes()?,
        private.q.as_positive_bytes()?,
    );
    let (d_p, d_q) = (remainder(d, &less_one(p)?), remainder(d, &less_one(q)?));
    let inverse = private.iqmp.as_positive_bytes()?;
    // Room for all of it, so that no copy is left by growing.
    let mut numbers = Zeroizing::new(Vec::with_capacity(n.len() * 8));
    for number in [&[0][..], n, e, d, p, q, &d_p, &d_q, inverse] {
        der::write_number(&mut numbers, number);
    }
    let mut out = Zeroizing::new(Vec::with_capacity(numbers.len() + 8));
    der::write(&mut out, der::SEQUENCE, &numbers);
    Some(out)
}

/// An odd number less one, which is what primes are.
fn less_one(prime: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut less = Zeroizing::new(prime.to_vec());
    let last = less.last_mut().filter(|last| **last & 1 == 1)?;
    *last &= !1;
    less.iter().any(|byte| *byte != 0).then_some(less)
}

/// `number mod modulus`, all of them with the most significant byte first; the modulus is not zero.
fn remainder(number: &[u8], modulus: &[u8]) -> Zeroizing<Vec<u8>> {
    let width = modulus.len() + 1;
    let mut wide = Zeroizing::new(vec![0; width]);
    wide[1..].copy_from_slice(modulus);
    let mut rest = Zeroizing::new(vec![0_u8; width]);
    for bit in (0..number.len() * 8).map(|at| number[at / 8] >> (7 - at % 8) & 1) {
        let mut carry = bit;
        for byte in rest.iter_mut().rev() {
            (*byte, carry) = (*byte << 1 | carry, *byte >> 7);
        }
        if *rest >= *wide {
            subtract(&mut rest, &wide);
        }
    }
    rest
}

fn subtract(from: &mut [u8], what: &[u8]) {
    let mut borrow = false;
    for (byte, less) in from.iter_mut().zip(what).rev() {
        let (first, under) = byte.overflowing_sub(*less);
        let (second, again) = first.overflowing_sub(u8::from(borrow));
        (*byte, borrow) = (second, under || again);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_remainder_is_that_of_division(number: u128, modulus in 1_u64..) {
            let found = remainder(&number.to_be_bytes(), &modulus.to_be_bytes());
            let expected = (number % u128::from(modulus)).to_be_bytes();
            prop_assert_eq!(&found[..], &expected[7..]);
        }
    }
}
