//! A session manager for the browser: it renews tokens before they expire, ends the session when its user is
//! gone, and keeps every tab in step.
//!
//! - [`machine`] holds the rules: a deterministic state machine without clock, browser or async, which
//!   compiles and tests natively.
//! - `shell` (on `wasm32`) is the browser around it: clock, timer, stores, lock, channel, activity, lifecycle,
//!   transport. A Rust application (Leptos, Yew, Dioxus) drives a session through it.
//! - `record` (with the feature `record`) writes a session down and replays it.
//! - `api` (on `wasm32`) is what the npm package calls.
//!
//! # The loop
//!
//! Whoever drives a [`machine::Machine`] by hand feeds it one input, then drains its effects, then arms one
//! timer:
//!
//! ```
//! use session_warden::machine::{Config, Copy, Effect, Input, Machine, Now, Span, TabId, Wall};
//!
//! let mut machine = Machine::new(Config::default(), TabId("tab-1".to_owned()), 7);
//! let now = Now { wall: Wall(1_700_000_000_000), monotonic: Span(0) };
//!
//! machine.handle(now, Input::Started { copy: Copy::Missing, activity: None, mark: None, visible: true });
//! let Some(Effect::ReadRow { id }) = machine.poll_effect() else {
//!     panic!("the row is the truth, so it is read first");
//! };
//! assert_eq!(machine.poll_effect(), None);
//!
//! machine.handle(now, Input::RowRead { id, result: Ok(None) });
//! while machine.poll_effect().is_some() {}
//! assert_eq!(machine.poll_timeout(), None, "nobody is signed in, so nothing will happen by itself");
//! ```

/// Every page downloads the allocator; this one is a fifth of the default's size.
#[cfg(all(target_arch = "wasm32", feature = "npm"))]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

#[cfg(all(target_arch = "wasm32", feature = "npm"))]
pub mod api;
#[cfg(all(target_arch = "wasm32", feature = "client"))]
pub mod client;
pub mod machine;
#[cfg(feature = "record")]
pub mod record;
#[cfg(target_arch = "wasm32")]
pub mod shell;
