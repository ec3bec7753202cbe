//! The exhaustive exploration of small worlds, the large scopes included.

use std::io;

use anyhow::{Result, bail};

use super::grouped;
use crate::process::stream_all;
use crate::tally::{Counter, Runner, Tally};
use crate::workspace::{CHECKED, Workspace};

/// Tests under this name explore a system that is broken on purpose, and pass when that is found.
const BROKEN: &str = "broken_";

pub(super) fn run(workspace: &Workspace) -> Result<String> {
    let (_, scopes) = explore(workspace, &["--skip", BROKEN])?;
    if scopes.is_empty() {
        bail!("the exploration passed and told of no scope: `NAME: N states, N transitions`");
    }
    let (broken, _) = explore(workspace, &[BROKEN])?;
    Ok(covered(scopes, broken.passed))
}

fn explore(workspace: &Workspace, filter: &[&str]) -> Result<(Tally, Vec<Scope>)> {
    let mut cargo = workspace.cargo();
    cargo
        .args(["test", "--package", "session-warden", "--profile", CHECKED, "--test", "model"])
        .args(["--", "--include-ignored"])
        .args(filter);
    let mut counter = Counter::new(Runner::Cargo);
    let mut scopes = Vec::new();
    let status = stream_all(cargo, &mut io::stderr(), |line| {
        counter.read(line);
        scopes.extend(Scope::read(line));
    })?;
    let tally = counter.total();
    if !status.success() || tally.failed > 0 || tally.passed == 0 {
        bail!("the exploration did not come to its end: {tally}");
    }
    Ok((tally, scopes))
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Scope {
    /// What the scope holds, its bounds included.
    name: String,
    states: u64,
    transitions: u64,
}

impl Scope {
    /// `NAME: N states, N transitions, …`
    fn read(line: &str) -> Option<Self> {
        let (name, counts) = line.rsplit_once(": ")?;
        let count = |what: &str| counts.split(", ").find_map(|count| count.strip_suffix(what)?.parse().ok());
        Some(Self {
            name: name.trim().to_owned(),
            states: count(" states")?,
            transitions: count(" transitions")?,
        })
    }
}

fn covered(mut scopes: Vec<Scope>, broken: u64) -> String {
    scopes.sort();
    let states = scopes.iter().map(|scope| scope.states).sum();
    let mut text = format!("Every history of {} small worlds, {} states:\n", scopes.len(), grouped(states));
    text.push_str("\n| world | states | transitions |\n|---|--:|--:|");
    for Scope { name, states, transitions } in scopes {
        text.push_str(&format!("\n| {name} | {} | {} |", grouped(states), grouped(transitions)));
    }
    text.push_str(&format!(
        "\n\n{broken} systems broken on purpose, each found out by the fact that it breaks."
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_scope_that_was_explored_to_its_end() {
        let line =
            "two tabs: one crash, 60 s: 1234 states, 5678 transitions, 90 fair continuations, depth 7, 1.2 s";
        let name = "two tabs: one crash, 60 s".to_owned();
        assert_eq!(Scope::read(line), Some(Scope { name, states: 1_234, transitions: 5_678 }));
    }

    #[test]
    fn other_lines_are_no_scopes() {
        for line in ["  two tabs: depth 4, 99 states, 12 to go", "test scopes::two_tabs ... ok", "states: 4"]
        {
            assert_eq!(Scope::read(line), None, "{line}");
        }
    }

    #[test]
    fn tells_of_each_scope_in_a_row() {
        let scope = |name: &str, states| Scope { name: name.to_owned(), states, transitions: 2 };
        let text = covered(vec![scope("b", 1_000), scope("a", 1)], 3);
        assert!(text.starts_with("Every history of 2 small worlds, 1,001 states:"), "{text}");
        assert!(text.contains("|--:|\n| a | 1 | 2 |\n| b | 1,000 | 2 |\n\n3 systems "), "{text}");
    }
}
