#![doc = include_str!("../../../docs/rust.md")]

#[doc = include_str!("../../../README.md")]
pub mod readme {}
