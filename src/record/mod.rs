//! Recordings: what came in to a session and what it did, as a text that can be read, sent and replayed.
//!
//! A [`Recorder`] stands in for a [`Machine`] and writes down every call. [`Replay`] reads the text, makes the
//! same machine again, hands it the same inputs, and says at which step it does something else. So a report of
//! a bug is a file.
//!
//! # Format
//!
//! JSON, one value on a line. The first line is the header: the format's number, the version of the library,
//! and what the machine was made of. Every other line is one call: what the clocks showed, the input (`null`:
//! [`Machine::handle_timeout`]), and the effects. A line without effects is a call that did not return, or one
//! written by hand: any effects are right.
//!
//! ```text
//! {"recording":1,"library":"0.1.0","tab":"tab-1","seed":7,"config":{"refresh_early":300000,…}}
//! {"now":{"wall":1700000000000,"monotonic":0},"input":{"Started":{…}},"effects":[{"ReadRow":{"id":1}}]}
//! {"now":{"wall":1700000003000,"monotonic":3000},"input":null,"effects":[{"Notify":"Ready"},…]}
//! ```
//!
//! # What is not in it
//!
//! No token, no subject and no user object: each is written as a name (`token-1`, `subject-1`, `user-1`), the
//! same one wherever the same value stands, since all that the machine does with them is to compare them. The
//! empty string is written as it is. The names of sessions and tabs are random, open no door, and spread the
//! refreshes, so they stay. Instants stay: a recording tells when its user was at work.
//!
//! # Size
//!
//! A line takes some hundred bytes, a kilobyte or two where rows are read and written. Nothing but the whole
//! run can be replayed, so a recording that has reached its limit ends with a line that says so, and the
//! session goes on without it.

mod names;
mod replay;

pub(crate) use names::{subject, user};
pub use replay::{Parting, Replay, ReplayError, Run, Step};

use crate::machine::{Config, Effect, Input, Machine, Now, TabId};
use core::ops::Deref;
use names::Names;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Rises with every change after which an older reader would misread a recording, or not read it at all.
const FORMAT: u32 = 1;

/// A [`Machine`] that writes down what happens to it. It is driven like one, and read like one.
pub struct Recorder {
    machine: Machine,
    effects: VecDeque<Effect>,
    names: Names,
    text: String,
    limit: usize,
    stopped: bool,
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    recording: u32,
    library: String,
    tab: TabId,
    seed: u64,
    config: Config,
}

#[derive(Serialize)]
struct Call<'a> {
    now: Now,
    input: Option<&'a Input>,
}

/// The last line of a recording that is not whole.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stopped {
    stopped: String,
}

impl Recorder {
    /// The limit where none is set: 1 MiB.
    pub const LIMIT: usize = 1 << 20;

    /// A machine as [`Machine::new`] makes it, recorded from its first input on.
    #[must_use]
    pub fn new(config: Config, tab: TabId, seed: u64) -> Self {
        let library = env!("CARGO_PKG_VERSION").to_owned();
        let header = Header { recording: FORMAT, library, tab: tab.clone(), seed, config: config.clone() };
        let mut recorder = Self {
            machine: Machine::new(config, tab, seed),
            effects: VecDeque::new(),
            names: Names::default(),
            text: String::new(),
            limit: Self::LIMIT,
            stopped: false,
        };
        recorder.write_line(&header);
        recorder
    }

    /// Ends the recording, not the session, once its text is longer than this. The last step may go beyond.
    #[must_use]
    pub fn with_limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// [`Machine::handle`], recorded.
    pub fn handle(&mut self, now: Now, input: Input) {
        self.write_call(now, Some(&input));
        self.machine.handle(now, input);
        self.write_effects();
    }

    /// [`Machine::handle_timeout`], recorded.
    pub fn handle_timeout(&mut self, now: Now) {
        self.write_call(now, None);
        self.machine.handle_timeout(now);
        self.write_effects();
    }

    /// [`Machine::poll_effect`].
    #[must_use]
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The recording so far.
    #[must_use]
    pub fn recording(&self) -> &str {
        &self.text
    }

    fn write_call(&mut self, now: Now, input: Option<&Input>) {
        if !self.stopped && self.text.len() >= self.limit {
            self.stop(format!("the limit of {} bytes is reached", self.limit));
        }
        // Written before it is made: of a call that panics, the input is what matters.
        self.write_line(&Call { now, input });
    }

    fn write_effects(&mut self) {
        let first = self.effects.len();
        self.effects.extend(core::iter::from_fn(|| self.machine.poll_effect()));
        if self.stopped {
            return;
        }
        let effects: Vec<&Effect> = self.effects.iter().skip(first).collect();
        match self.names.within(|| serde_json::to_string(&effects)) {
            Ok(effects) => {
                self.text.truncate(self.text.len().saturating_sub("}\n".len()));
                self.text.push_str(",\"effects\":");
                self.text.push_str(&effects);
                self.text.push_str("}\n");
            }
            Err(error) => self.stop(error.to_string()),
        }
    }

    fn write_line(&mut self, line: &impl Serialize) {
        if self.stopped {
            return;
        }
        match self.names.within(|| serde_json::to_string(line)) {
            Ok(line) => {
                self.text.push_str(&line);
                self.text.push('\n');
            }
            Err(error) => self.stop(error.to_string()),
        }
    }

    fn stop(&mut self, stopped: String) {
        self.write_line(&Stopped { stopped });
        self.stopped = true;
        self.names = Names::default();
    }
}

/// What a machine shows is what its recorder shows. What changes it goes through the recorder.
impl Deref for Recorder {
    type Target = Machine;

    fn deref(&self) -> &Machine {
        &self.machine
    }
}
