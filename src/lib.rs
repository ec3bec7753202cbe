//! A session manager for the browser: it renews tokens before they expire, ends the session when its user is
//! gone, and keeps every tab in step.
//!
//! - [`machine`] holds the rules: a deterministic state machine without clock, browser or async, which
//!   compiles and tests natively.
//! - `client` (on `wasm32`, with the feature `client`, which is on by default) is a session for applications in Rust:
//!   Leptos, Yew, Dioxus. Begin there.
//! - `shell` (on `wasm32`) is the browser around the machine: clock, timer, stores, lock, channel, activity,
//!   lifecycle, transport. `client` stands on it.
//! - `record` (with the feature `record`) writes a session down and replays it.
//! - `api` (on `wasm32`, with the feature `npm`) is what the npm package calls.
//!
//! The [guide](https://github.com/session-warden/session-warden/blob/main/docs/rust.md) shows it in applications.
//!
//! # The contract
//!
//! What the [`machine::Machine`] guarantees, whoever drives it, as long as its effects are run and their outcomes fed
//! back:
//!
//! 1. At most one refresh is under way per generation of tokens, however many tabs there are. The same token is sent
//!    again only when the first outcome is unknown.
//! 2. Logout is final: nothing that was in flight at a logout, a login or an account switch writes a token later.
//! 3. Ending needs proof: the user, a deadline, or the server's refusal of the very token that is stored. Network
//!    errors, 5xx, 429, foreign pages, timeouts, a lost lock and a broken store end nothing.
//! 4. Activity keeps, idleness ends, through sleep, throttled timers, clock jumps and dead tabs. Activity after the
//!    deadline revives nothing.
//! 5. Nobody waits for ever, nor at all while a valid token is at hand.
//! 6. Events tell only changes.
//!
//! # The loop
//!
//! Whoever drives a machine by hand feeds it one input, runs its effects, whose outcomes are the next inputs, and then
//! arms one timer. Here the surroundings are a row in a variable and a server that always says yes; the session is
//! renewed until its user has been gone for half an hour:
//!
//! ```
//! use session_warden::machine::{
//!     Config, Copy, Effect, EndReason, Event, Grant, GrantKind, Input, Machine, Now, Outcome, RefreshAnswer, Row,
//!     Secret, Sid, Span, Status, TabId, Wall, WaiterId,
//! };
//! use std::collections::VecDeque;
//!
//! #[derive(Default)]
//! struct Surroundings {
//!     row: Option<Row>,
//!     events: Vec<Event>,
//! }
//!
//! impl Surroundings {
//!     /// Runs an effect. Its outcome, where that matters, is the next input.
//!     fn run(&mut self, now: Now, effect: Effect) -> Option<Input> {
//!         match effect {
//!             Effect::ReadRow { id } => Some(Input::RowRead { id, result: Ok(self.row.clone()) }),
//!             // In one transaction, which decides by what it finds.
//!             Effect::Commit { id, commit } => {
//!                 let decided = commit.decide(self.row.as_ref(), now.wall);
//!                 let accepted = decided.is_some();
//!                 self.row = decided.or(self.row.take());
//!                 Some(Input::Committed { id, result: Ok(Outcome { accepted, row: self.row.clone() }) })
//!             }
//!             Effect::TakeLock => Some(Input::LockGranted),
//!             Effect::SendRefresh { sid, generation, .. } => {
//!                 let answer = RefreshAnswer::Granted(Box::new(grant(generation + 1)));
//!                 Some(Input::RefreshAnswered { sid, generation, answer })
//!             }
//!             Effect::Notify(event) => {
//!                 self.events.push(event);
//!                 None
//!             }
//!             // There are no other tabs, and nobody waits for an answer.
//!             _ => None,
//!         }
//!     }
//! }
//!
//! fn grant(generation: u64) -> Grant {
//!     Grant {
//!         access_token: Secret::new(format!("access token {generation}")),
//!         refresh_token: Some(Secret::new(format!("refresh token {generation}"))),
//!         lifetime: Some(Span::minutes(15)),
//!         subject: Some("ada".to_owned()),
//!         user: None,
//!     }
//! }
//!
//! /// `None`: the timer has fired.
//! fn step(machine: &mut Machine, around: &mut Surroundings, now: Now, input: Option<Input>) {
//!     let mut inputs = VecDeque::new();
//!     match input {
//!         Some(input) => machine.handle(now, input),
//!         None => machine.handle_timeout(now),
//!     }
//!     loop {
//!         while let Some(effect) = machine.poll_effect() {
//!             inputs.extend(around.run(now, effect));
//!         }
//!         let Some(input) = inputs.pop_front() else { break };
//!         machine.handle(now, input);
//!     }
//! }
//!
//! let mut now = Now { wall: Wall(1_700_000_000_000), monotonic: Span(0) };
//! let mut around = Surroundings::default();
//! let mut machine = Machine::new(Config::default(), TabId("tab-1".to_owned()), 7);
//!
//! let started = Input::Started { copy: Copy::Missing, activity: None, mark: None, visible: true };
//! step(&mut machine, &mut around, now, Some(started));
//! assert_eq!(machine.view().status, Status::Unauthenticated);
//! assert_eq!(machine.poll_timeout(), None, "nobody is signed in, so nothing will happen by itself");
//!
//! // The answer to a login.
//! let login = Input::Granted {
//!     waiter: WaiterId(1),
//!     sid: Sid("session-1".to_owned()),
//!     epoch: machine.epoch(),
//!     kind: GrantKind::Login,
//!     remember: true,
//!     grant: Box::new(grant(1)),
//! };
//! step(&mut machine, &mut around, now, Some(login));
//! assert_eq!(machine.view().status, Status::Authenticated);
//!
//! // The user has gone. What happens from here on happens by the timer.
//! while let Some((at, _why)) = machine.poll_timeout() {
//!     let passed = at.since(now.wall);
//!     now = Now { wall: at, monotonic: now.monotonic + passed };
//!     step(&mut machine, &mut around, now, None);
//! }
//! assert_eq!(machine.view().end.map(|(reason, _)| reason), Some(EndReason::Idle));
//! assert_eq!(now.monotonic.0 / 60_000, 30, "minutes");
//! let refreshes = around.events.iter().filter(|event| matches!(event, Event::Refresh { .. })).count();
//! assert_eq!(refreshes, 2, "a token lives 15 minutes and is renewed some 5 minutes before its end");
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
