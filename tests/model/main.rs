//! The session machine explored: several of them, as shipped, in a small world in which everything that may
//! happen does, in every order, with one fault of each kind. See `world` for what it leaves out and why.
//!
//! `cargo test --release --test model` explores two tabs; `-- --ignored` adds three, and wider scopes of two.

#![cfg(not(target_arch = "wasm32"))]

#[cfg(test)]
mod facts;
#[cfg(test)]
mod fairness;
#[cfg(test)]
mod fingerprint;
#[cfg(test)]
mod mutations;
#[cfg(test)]
mod scopes;
#[cfg(test)]
mod search;
#[cfg(test)]
mod world;
