//! The session machine in a virtual world: several tabs, clocks, stores, a lock, a bus and an auth server.
//!
//! One module per behaviour; `world` is what they run in.

#![cfg(not(target_arch = "wasm32"))]

#[cfg(test)]
use proptest::test_runner::{Config as ProptestConfig, FileFailurePersistence, RngSeed};

#[cfg(test)]
mod account_switch;
#[cfg(test)]
mod adoption;
#[cfg(test)]
mod announcements;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod commits;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod idle;
#[cfg(test)]
mod inputs;
#[cfg(test)]
mod lifetimes;
#[cfg(test)]
mod locks;
#[cfg(test)]
mod login;
#[cfg(test)]
mod logout;
#[cfg(test)]
mod lost_answer;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod per_tab;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod remember;
#[cfg(test)]
mod restore;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod scheduled_refresh;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod single_flight;
#[cfg(test)]
mod storage;
#[cfg(test)]
mod view;
#[cfg(test)]
mod world;

/// `cases` tries of a property, the same in every run, so that a failure is the change's and not the dice's;
/// others when `PROPTEST_RNG_SEED` names a seed.
#[cfg(test)]
fn property(cases: u32) -> ProptestConfig {
    let seed = std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok());
    let usual = ProptestConfig::default();
    // `PROPTEST_DISABLE_FAILURE_PERSISTENCE` takes it away.
    let persists = usual.failure_persistence.is_some();
    ProptestConfig {
        cases,
        failure_persistence: persists
            .then(|| Box::new(FileFailurePersistence::WithSource("regressions")) as _),
        rng_seed: RngSeed::Fixed(seed.unwrap_or(1)),
        ..usual
    }
}
