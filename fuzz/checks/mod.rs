//! What the fuzz targets check. The tests of every ordinary run use the same functions, so that what fuzzing
//! has found stays found, and nothing rots in between.

#![allow(dead_code, reason = "each program that includes this uses a part of it")]

pub(crate) mod facts;
pub(crate) mod inputs;
pub(crate) mod records;
pub(crate) mod values;

pub(crate) struct Target {
    pub(crate) name: &'static str,
    pub(crate) check: fn(&[u8]),
    /// What fuzzing starts from.
    pub(crate) seeds: fn() -> Vec<Vec<u8>>,
}

pub(crate) const TARGETS: [Target; 2] = [
    Target { name: "inputs", check: inputs::check, seeds: inputs::seeds },
    Target { name: "records", check: records::check, seeds: records::seeds },
];
