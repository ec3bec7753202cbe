//! What was seen of each behaviour in each engine, or under other conditions, as one table.

use std::fmt;

use crate::setup::browser::Engine;
use crate::tally::Runner;

/// What came of a behaviour's tests under one condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Holds,
    /// The tests of it were skipped, for this reason.
    Gap(String),
    Fails,
}

/// Behaviours in the order in which they were first seen, each under some of the conditions `C`.
#[derive(Debug)]
pub(crate) struct Behaviours<C = Engine> {
    conditions: Vec<C>,
    rows: Vec<Row<C>>,
}

#[derive(Debug)]
struct Row<C> {
    behaviour: String,
    seen: Vec<(C, Seen)>,
}

impl<C> Default for Behaviours<C> {
    fn default() -> Self {
        Self { conditions: Vec::new(), rows: Vec::new() }
    }
}

impl Behaviours<Engine> {
    /// Reads a line of a runner's output, of tests in `engine`.
    pub(crate) fn read(&mut self, engine: Engine, runner: Runner, line: &str) {
        let found = match runner {
            Runner::Cargo => cargo_test(line),
            Runner::Node => node_test(line),
        };
        if let Some((behaviour, seen)) = found {
            self.see(engine, behaviour, seen);
        }
    }
}

impl<C: Copy + PartialEq> Behaviours<C> {
    pub(crate) fn see(&mut self, condition: C, behaviour: &str, seen: Seen) {
        if !self.conditions.contains(&condition) {
            self.conditions.push(condition);
        }
        match self.rows.iter_mut().find(|row| row.behaviour == behaviour) {
            Some(row) => row.add(condition, seen),
            None => self.rows.push(Row { behaviour: behaviour.to_owned(), seen: vec![(condition, seen)] }),
        }
    }
}

impl<C: Copy + PartialEq> Row<C> {
    /// One test that fails is the word on all of a behaviour's, and one that ran outdoes one that was skipped.
    fn add(&mut self, condition: C, seen: Seen) {
        match self.seen.iter_mut().find(|(other, _)| *other == condition) {
            None => self.seen.push((condition, seen)),
            Some((_, Seen::Fails)) => {}
            Some((_, Seen::Holds)) if seen != Seen::Fails => {}
            Some((_, before)) => *before = seen,
        }
    }

    fn seen_under(&self, condition: C) -> Option<&Seen> {
        self.seen.iter().find(|(other, _)| *other == condition).map(|(_, seen)| seen)
    }
}

impl<C: Copy + PartialEq + fmt::Display> fmt::Display for Behaviours<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |condition: &C| condition.to_string().len().max("holds".len());
        let mut reasons = Vec::<&str>::new();
        for condition in &self.conditions {
            write!(f, "{:1$}  ", condition.to_string(), width(condition))?;
        }
        writeln!(f, "behaviour")?;
        for row in &self.rows {
            for condition in &self.conditions {
                let cell = match row.seen_under(*condition) {
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
                write!(f, "{cell:0$}  ", width(condition))?;
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
pub(crate) fn node_test(line: &str) -> Option<(&str, Seen)> {
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

    fn table(lines: &[(Engine, Runner, &str)]) -> String {
        let mut behaviours = Behaviours::default();
        for (engine, runner, line) in lines {
            behaviours.read(*engine, *runner, line);
        }
        behaviours.to_string()
    }

    #[test]
    fn shows_each_test_of_node_in_each_engine() {
        let table = table(&[
            (Engine::Chromium, Runner::Node, "✔ a tab (or two) goes on (12.5ms)"),
            (Engine::Chromium, Runner::Node, "✖ a crash is survived (3ms)"),
            (Engine::WebKitGtk, Runner::Node, "✔ a tab (or two) goes on (9ms)"),
            (Engine::WebKitGtk, Runner::Node, "﹣ a crash is survived (0.1ms) # its driver cannot"),
            (Engine::WebKitGtk, Runner::Node, "ℹ pass 1"),
            (Engine::WebKitGtk, Runner::Node, "✖ failing tests:"),
        ]);
        let expected = "\
Chromium  WebKitGTK  behaviour
holds     holds      a tab (or two) goes on
FAILS     gap 1      a crash is survived
gap 1: its driver cannot
";
        assert_eq!(table, expected);
    }

    #[test]
    fn one_test_that_fails_fails_its_module() {
        let table = table(&[
            (Engine::Firefox, Runner::Cargo, "test tabs::a_login_is_heard ... FAILED"),
            (Engine::Firefox, Runner::Cargo, "test tabs::a_logout_is_heard ... ok"),
            (Engine::Firefox, Runner::Cargo, "test result: FAILED. 1 passed; 1 failed; 0 ignored"),
        ]);
        assert_eq!(table, "Firefox  behaviour\nFAILS    tabs\n");
    }

    #[test]
    fn what_an_engine_did_not_get_to_is_left_open() {
        let table = table(&[
            (Engine::Chromium, Runner::Cargo, "test tabs::a_login_is_heard ... ok"),
            (Engine::Firefox, Runner::Cargo, "test tabs::a_login_is_heard ... ok"),
            (Engine::Firefox, Runner::Node, "✔ a tab goes on (9ms)"),
        ]);
        let expected = "\
Chromium  Firefox  behaviour
holds     holds    tabs
-         holds    a tab goes on
";
        assert_eq!(table, expected);
    }
}
