//! A recording read back.

use super::{FORMAT, Header, Stopped};
use crate::machine::{Effect, Input, Machine, Now};
use core::fmt;
use core::slice;
use serde::Deserialize;

/// A recording that has been read. See [`record`](super) for the format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    header: Header,
    steps: Vec<Step>,
    stopped: Option<String>,
}

/// One call of the machine, and what it did then.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What the clocks showed.
    pub now: Now,
    /// What came in; `None`: nothing but a look at the clock.
    pub input: Option<Input>,
    /// What was to be done; `None`: the recording does not say.
    #[serde(default)]
    pub effects: Option<Vec<Effect>>,
}

/// Why a text is no recording.
#[derive(Debug)]
pub struct ReplayError {
    /// Counted from 1.
    line: usize,
    what: What,
}

#[derive(Debug)]
enum What {
    NotARecording,
    Format(u32),
    Malformed(serde_json::Error),
    AfterTheEnd,
}

/// A machine that lives through a recording. Yields each step with what the machine did.
#[derive(Clone, Debug)]
pub struct Run<'a> {
    machine: Machine,
    steps: slice::Iter<'a, Step>,
}

/// Where a replay did something else than its recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parting<'a> {
    /// The step's line in the recording, counted from 1.
    pub line: usize,
    /// The step as recorded.
    pub step: &'a Step,
    /// What was done now.
    pub replayed: Vec<Effect>,
}

impl Replay {
    /// Reads a recording.
    ///
    /// # Errors
    ///
    /// The first line that cannot be read, and why.
    pub fn parse(text: &str) -> Result<Self, ReplayError> {
        let mut lines = (1..).zip(text.lines());
        let (line, header) = lines.next().unwrap_or((1, ""));
        let header = read_header(header).map_err(|what| ReplayError { line, what })?;
        let mut replay = Self { header, steps: Vec::new(), stopped: None };
        for (line, text) in lines {
            replay.read_line(text).map_err(|what| ReplayError { line, what })?;
        }
        Ok(replay)
    }

    /// The steps, in order. The first one stands on line 2.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Why the recording is not whole; `None`: it is.
    #[must_use]
    pub fn stopped(&self) -> Option<&str> {
        self.stopped.as_deref()
    }

    /// The version of the library that made the recording.
    #[must_use]
    pub fn library(&self) -> &str {
        &self.header.library
    }

    /// A machine as it was before the first step.
    #[must_use]
    pub fn machine(&self) -> Machine {
        let Header { config, tab, seed, .. } = self.header.clone();
        Machine::new(config, tab, seed)
    }

    /// The run, once more.
    #[must_use]
    pub fn run(&self) -> Run<'_> {
        Run { machine: self.machine(), steps: self.steps.iter() }
    }

    /// The first step at which this library does something else than the one that was recorded; `None`: it
    /// does the same.
    #[must_use]
    pub fn parting(&self) -> Option<Parting<'_>> {
        (2..).zip(self.run()).find_map(|(line, (step, replayed))| {
            (!step.agrees_with(&replayed)).then_some(Parting { line, step, replayed })
        })
    }

    fn read_line(&mut self, text: &str) -> Result<(), What> {
        if self.stopped.is_some() {
            return Err(What::AfterTheEnd);
        }
        match serde_json::from_str(text) {
            Ok(step) => self.steps.push(step),
            Err(error) => match serde_json::from_str(text) {
                Ok(Stopped { stopped }) => self.stopped = Some(stopped),
                Err(_) => return Err(What::Malformed(error)),
            },
        }
        Ok(())
    }
}

fn read_header(text: &str) -> Result<Header, What> {
    /// What every format's header has.
    #[derive(Deserialize)]
    struct Mark {
        recording: u32,
    }
    // Whatever file this is, nothing of it is shown before it is known to be a recording.
    let Mark { recording } = serde_json::from_str(text).map_err(|_| What::NotARecording)?;
    if recording != FORMAT {
        return Err(What::Format(recording));
    }
    serde_json::from_str(text).map_err(What::Malformed)
}

impl Step {
    /// Whether these are the effects that were recorded.
    #[must_use]
    pub fn agrees_with(&self, effects: &[Effect]) -> bool {
        self.effects.as_ref().is_none_or(|recorded| recorded == effects)
    }
}

impl Run<'_> {
    /// The machine after the step that was yielded last.
    #[must_use]
    pub const fn machine(&self) -> &Machine {
        &self.machine
    }
}

impl<'a> Iterator for Run<'a> {
    type Item = (&'a Step, Vec<Effect>);

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.steps.next()?;
        match &step.input {
            Some(input) => self.machine.handle(step.now, input.clone()),
            None => self.machine.handle_timeout(step.now),
        }
        Some((step, core::iter::from_fn(|| self.machine.poll_effect()).collect()))
    }
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line;
        match &self.what {
            What::NotARecording => write!(f, "line {line}: not the header of a recording"),
            What::Format(number) => {
                write!(f, "line {line}: the recording has format {number}, and this library reads {FORMAT}")
            }
            What::Malformed(error) => {
                // To the reader of one line, it is always the first.
                let text = error.to_string();
                let place = format!(" at line {} column {}", error.line(), error.column());
                let what = text.strip_suffix(&place).unwrap_or(&text);
                write!(f, "line {line}, column {}: {what}", error.column())
            }
            What::AfterTheEnd => write!(f, "line {line}: a step after the recording was stopped"),
        }
    }
}

impl core::error::Error for ReplayError {}

impl fmt::Display for Parting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, step, replayed } = self;
        let recorded = step.effects.as_deref().unwrap_or_default();
        write!(f, "line {line}: recorded {recorded:?}, replayed {replayed:?}")
    }
}
