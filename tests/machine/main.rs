//! The session machine in a virtual world: several tabs, clocks, stores, a lock, a bus and an auth server.
//!
//! One module per behaviour; `world` is what they run in.

#![cfg(not(target_arch = "wasm32"))]

#[cfg(test)]
mod account_switch;
#[cfg(test)]
mod adoption;
#[cfg(test)]
mod announcements;
#[cfg(test)]
mod clocks;
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
mod outages;
#[cfg(test)]
mod restore;
#[cfg(test)]
mod resume;
#[cfg(test)]
mod scheduled_refresh;
#[cfg(test)]
mod single_flight;
#[cfg(test)]
mod storage;
#[cfg(test)]
mod world;
