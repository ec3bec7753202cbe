//! More random histories than every run of the tests has time for, from several seeds.

use std::io;

use anyhow::{Result, bail};

use super::grouped;
use crate::process::{progress, stream};
use crate::tally::{Counter, Runner};
use crate::workspace::{CHECKED, Workspace};

/// Histories for each property and seed.
const HISTORIES: u64 = 100_000;
const SEEDS: [u64; 4] = [2, 3, 5, 7];

pub(super) fn run(workspace: &Workspace) -> Result<String> {
    let mut properties = Vec::new();
    for seed in SEEDS {
        progress(&format!("{} histories per property, seed {seed}", grouped(HISTORIES)));
        let mut cargo = workspace.cargo();
        cargo
            .args(["test", "--package", "session-warden", "--profile", CHECKED, "--test", "machine"])
            .arg("histories::")
            .env("SESSION_WARDEN_HISTORIES", HISTORIES.to_string())
            .env("PROPTEST_RNG_SEED", seed.to_string());
        let mut counter = Counter::new(Runner::Cargo);
        properties.clear();
        let status = stream(&mut cargo, &mut io::stderr(), |line| {
            counter.read(line);
            properties.extend(property(line));
        })?;
        if !status.success() || counter.total().failed > 0 {
            bail!("a history from seed {seed} breaks a fact");
        }
    }
    if properties.is_empty() {
        bail!("tests/machine has no histories");
    }
    Ok(covered(properties))
}

/// The words of a test's name, if the line tells of one of the histories' properties.
fn property(line: &str) -> Option<String> {
    let name = line.strip_prefix("test histories::every_history_")?.strip_suffix(" ... ok")?;
    Some(name.replace('_', " "))
}

fn covered(mut properties: Vec<String>) -> String {
    properties.sort();
    let total = HISTORIES * SEEDS.len() as u64 * properties.len() as u64;
    let seeds: Vec<_> = SEEDS.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "{} random histories of up to six tabs, {} from each of the seeds {} for each property:\n",
        grouped(total),
        grouped(HISTORIES),
        seeds.join(", "),
    );
    for property in properties {
        text.push_str(&format!("\n- every history {property}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_histories_that_passed_are_told() {
        let told = |line| property(line).unwrap_or_default();
        assert_eq!(told("test histories::every_history_keeps_the_facts ... ok"), "keeps the facts");
        assert_eq!(told("test histories::every_history_keeps_the_facts ... FAILED"), "");
        assert_eq!(told("test histories::a_shrunk_one ... ok"), "");
    }

    #[test]
    fn says_how_many_histories_there_were_in_all() {
        let text = covered(vec!["b".to_owned(), "a".to_owned()]);
        assert!(text.starts_with("800,000 random histories"), "{text}");
        assert!(text.ends_with(":\n\n- every history a\n- every history b"), "{text}");
    }
}
