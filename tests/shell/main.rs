//! The shell in a real browser: its stores, locks, channels, timers and listeners are the browser's own. Several
//! shells in one page stand for tabs; only the auth server is scripted.
//!
//! One module per behaviour; `support` is what they run in.

#![cfg(target_arch = "wasm32")]

#[cfg(test)]
mod activity;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod callbacks;
#[cfg(test)]
mod client;
#[cfg(test)]
mod damaged_storage;
#[cfg(test)]
mod defaults;
#[cfg(test)]
mod denied_storage;
#[cfg(test)]
mod dispose;
#[cfg(test)]
mod login;
#[cfg(test)]
mod logout;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod per_tab;
#[cfg(test)]
mod remember;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod row_and_copy;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tabs;
#[cfg(test)]
mod timer;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
