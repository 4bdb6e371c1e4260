//! The hash and the gate of the built-in tables. `build.rs` compiles this same file, so the tables and the look-ups always
//! use the same hash.

/// The number of 64-bit words in a gate, which has one bit for each possible pair of first bytes.
pub(crate) const GATE_WORDS: usize = 65536 / 64;

const SEED: u64 = 0x51_7c_c1_b7_27_22_0a_95;

/// A multiplicative hash over eight bytes at a time. It includes the length, so padding with zeros does not collide.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    let mut state = bytes.len() as u64;
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        state = step(state, u64::from_le_bytes(*chunk));
    }
    let last = rest.iter().rev().fold(0, |word, &byte| (word << 8) | u64::from(byte));
    state = step(state, last);
    state ^ (state >> 32)
}

fn step(state: u64, word: u64) -> u64 {
    (state.rotate_left(5) ^ word).wrapping_mul(SEED)
}

/// The part of a hash that a slot has. It differs for almost every name that is not in the table, so few rows are read.
pub(crate) fn tag(hash: u64) -> u32 {
    (hash >> 48) as u32
}

/// The bit of a name in a gate; `None` for a name of fewer than two bytes, which no table has.
pub(crate) fn gate_bit(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [first, second, ..] => Some(usize::from(*first) << 8 | usize::from(*second)),
        _ => None,
    }
}
