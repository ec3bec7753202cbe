//! Numbers without a source of their own: seeded by the shell, so that a run can be repeated.

use super::time::Span;

/// SplitMix64 (Steele, Lea, Flood 2014). For spreading retries, not for secrets.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A span below `bound`.
    pub(crate) fn below(&mut self, bound: Span) -> Span {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        Span(mix(self.0).checked_rem(bound.0).unwrap_or(0))
    }
}

/// The same number for the same session and generation, in every tab.
pub(crate) fn hash(text: &str, number: u64) -> u64 {
    let seed = text.bytes().fold(number, |seed, byte| mix(seed ^ u64::from(byte)));
    mix(seed)
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_numbers_are_those_of_splitmix64() {
        let mut random = Random::seeded(1_234_567);
        let numbers = [(); 3].map(|()| random.below(Span(u64::MAX)).0);
        assert_eq!(
            numbers,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }

    #[test]
    fn sessions_differ_and_so_do_the_generations_of_one() {
        let distinct = |hashes: Vec<u64>| hashes.into_iter().collect::<BTreeSet<_>>().len();
        assert_eq!(distinct((0..1_000).map(|generation| hash("sid", generation)).collect()), 1_000);
        assert_eq!(distinct((0..1_000).map(|sid| hash(&format!("{sid:x}"), 1)).collect()), 1_000);
    }
}
