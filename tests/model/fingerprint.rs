//! 128 bits that stand for a state: the search remembers these and not the states.
//!
//! Ten million states collide with a probability below 10⁻²⁴, so a state taken for another is no concern.

use std::hash::{Hash, Hasher};

const LEFT: u64 = 0x9e37_79b9_7f4a_7c15;
const RIGHT: u64 = 0xd6e8_feb8_6659_fd93;

/// Two lanes of folded multiplication.
struct Lanes(u64, u64);

const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

impl Hasher for Lanes {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(value.into());
    }

    fn write_u32(&mut self, value: u32) {
        self.write_u64(value.into());
    }

    fn write_usize(&mut self, value: usize) {
        self.write_u64(value as u64);
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = fold(self.0 ^ value, LEFT).wrapping_add(RIGHT);
        self.1 = fold(self.1 ^ value.rotate_left(32), RIGHT).wrapping_add(LEFT);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

pub(crate) fn of(value: &impl Hash) -> u128 {
    let mut lanes = Lanes(RIGHT, LEFT);
    value.hash(&mut lanes);
    (u128::from(fold(lanes.0, LEFT)) << 64) | u128::from(fold(lanes.1, RIGHT))
}

/// For tables whose keys are fingerprints already.
#[derive(Clone, Copy, Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn write(&mut self, _: &[u8]) {
        unreachable!("keys are fingerprints");
    }

    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

pub(crate) type Build = std::hash::BuildHasherDefault<AsIs>;
