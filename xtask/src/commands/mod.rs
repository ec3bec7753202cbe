//! One module per command of `cargo xtask`.

pub(crate) mod bench;
pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod docs;
pub(crate) mod example;
pub(crate) mod prove;
pub(crate) mod replay;
pub(crate) mod size;
pub(crate) mod test;
