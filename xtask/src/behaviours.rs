//! What was seen of each behaviour in each engine, as one table.

use std::fmt;

use crate::setup::browser::Engine;
use crate::tally::Runner;

/// What came of a behaviour's tests in one engine.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    Holds,
    /// The tests of it were skipped, for this reason.
    Gap(String),
    Fails,
}

/// Behaviours in the order in which they were first seen.
#[derive(Debug)]
pub(crate) struct Behaviours {
    runner: Runner,
    engines: Vec<Engine>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    behaviour: String,
    seen: Vec<(Engine, Seen)>,
}

impl Behaviours {
    pub(crate) const fn new(runner: Runner) -> Self {
        Self { runner, engines: Vec::new(), rows: Vec::new() }
    }

    /// What is read from here on was seen in `engine`.
    pub(crate) fn turn_to(&mut self, engine: Engine) {
        self.engines.push(engine);
    }

    /// Reads a line of the runner's output.
    pub(crate) fn read(&mut self, line: &str) {
        let found = match self.runner {
            Runner::Cargo => cargo_test(line),
            Runner::Node => node_test(line),
        };
        let (Some((behaviour, seen)), Some(&engine)) = (found, self.engines.last()) else { return };
        match self.rows.iter_mut().find(|row| row.behaviour == behaviour) {
            Some(row) => row.add(engine, seen),
            None => self.rows.push(Row { behaviour: behaviour.to_owned(), seen: vec![(engine, seen)] }),
        }
    }
}

impl Row {
    /// One test that fails is the word on all of a behaviour's, and one that ran outdoes one that was skipped.
    fn add(&mut self, engine: Engine, seen: Seen) {
        match self.seen.iter_mut().find(|(other, _)| *other == engine) {
            None => self.seen.push((engine, seen)),
            Some((_, Seen::Fails)) => {}
            Some((_, Seen::Holds)) if seen != Seen::Fails => {}
            Some((_, before)) => *before = seen,
        }
    }

    fn seen_in(&self, engine: Engine) -> Option<&Seen> {
        self.seen.iter().find(|(other, _)| *other == engine).map(|(_, seen)| seen)
    }
}

impl fmt::Display for Behaviours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |engine: &Engine| engine.to_string().len().max("holds".len());
        let mut reasons = Vec::<&str>::new();
        for engine in &self.engines {
            write!(f, "{:1$}  ", engine.to_string(), width(engine))?;
        }
        writeln!(f, "behaviour")?;
        for row in &self.rows {
            for engine in &self.engines {
                let cell = match row.seen_in(*engine) {
                    None => "-".to_owned(),
                    Some(Seen::Holds) => "holds".to_owned(),
                    Some(Seen::Fails) => "FAILS".to_owned(),
                    Some(Seen::Gap(reason)) => {
                        let number = reasons.iter().position(|known| known == reason).unwrap_or_else(|| {
                            reasons.push(reason);
                            reasons.len() - 1
                        });
                        format!("gap {}", number + 1)
                    }
                };
                write!(f, "{cell:0$}  ", width(engine))?;
            }
            writeln!(f, "{}", row.behaviour)?;
        }
        for (index, reason) in reasons.iter().enumerate() {
            writeln!(f, "gap {}: {reason}", index + 1)?;
        }
        Ok(())
    }
}

/// `test tabs::a_login_is_heard ... ok`: the behaviour is the module.
fn cargo_test(line: &str) -> Option<(&str, Seen)> {
    let (name, result) = line.strip_prefix("test ")?.split_once(" ... ")?;
    let behaviour = name.rsplit_once("::").map_or(name, |(module, _)| module);
    match result.split(',').next()? {
        "ok" => Some((behaviour, Seen::Holds)),
        "FAILED" => Some((behaviour, Seen::Fails)),
        "ignored" => Some((behaviour, Seen::Gap("ignored".to_owned()))),
        _ => None,
    }
}

/// `✔ NAME (1.2ms)`, `✖ NAME (1.2ms)` or `﹣ NAME (1.2ms) # REASON`: the behaviour is the test.
fn node_test(line: &str) -> Option<(&str, Seen)> {
    let (mark, rest) = line.trim_start().split_once(' ')?;
    let (rest, reason) = rest.rsplit_once("ms) # ").unwrap_or((rest.strip_suffix("ms)").unwrap_or(""), ""));
    let (behaviour, took) = rest.rsplit_once(" (")?;
    took.parse::<f64>().ok()?;
    match mark {
        "✔" => Some((behaviour, Seen::Holds)),
        "✖" => Some((behaviour, Seen::Fails)),
        "﹣" => Some((behaviour, Seen::Gap(reason.to_owned()))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_each_test_of_node_in_each_engine() {
        let mut behaviours = Behaviours::new(Runner::Node);
        behaviours.turn_to(Engine::Chromium);
        behaviours.read("✔ a tab (or two) goes on (12.5ms)");
        behaviours.read("✖ a crash is survived (3ms)");
        behaviours.turn_to(Engine::WebKitGtk);
        behaviours.read("✔ a tab (or two) goes on (9ms)");
        behaviours.read("﹣ a crash is survived (0.1ms) # its driver cannot");
        behaviours.read("ℹ pass 1");
        behaviours.read("✖ failing tests:");
        let expected = "\
Chromium  WebKitGTK  behaviour
holds     holds      a tab (or two) goes on
FAILS     gap 1      a crash is survived
gap 1: its driver cannot
";
        assert_eq!(behaviours.to_string(), expected);
    }

    #[test]
    fn one_test_that_fails_fails_its_module() {
        let mut behaviours = Behaviours::new(Runner::Cargo);
        behaviours.turn_to(Engine::Firefox);
        behaviours.read("test tabs::a_login_is_heard ... FAILED");
        behaviours.read("test tabs::a_logout_is_heard ... ok");
        behaviours.read("test result: FAILED. 1 passed; 1 failed; 0 ignored");
        assert_eq!(behaviours.to_string(), "Firefox  behaviour\nFAILS    tabs\n");
    }

    #[test]
    fn what_an_engine_did_not_get_to_is_left_open() {
        let mut behaviours = Behaviours::new(Runner::Cargo);
        behaviours.turn_to(Engine::Chromium);
        behaviours.turn_to(Engine::Firefox);
        behaviours.read("test tabs::a_login_is_heard ... ok");
        assert_eq!(behaviours.to_string(), "Chromium  Firefox  behaviour\n-         holds    tabs\n");
    }
}
