//! A short run of every fuzz target: enough to see that none falls over at once.

use std::io;

use anyhow::{Context as _, Result, bail};

use super::grouped;
use crate::process::{capture, progress, run as run_program, stream_all};
use crate::setup;
use crate::workspace::Workspace;

/// Executions of each target.
const RUNS: u64 = 100_000;

pub(super) fn run(workspace: &Workspace) -> Result<String> {
    setup::cxx_compiler()?;
    let cargo_fuzz = setup::rust::cargo_fuzz(workspace)?;
    let list = capture(workspace.program(&cargo_fuzz).args(["fuzz", "list"]))?;
    let targets: Vec<&str> = list.split_whitespace().collect();
    if targets.is_empty() {
        bail!("fuzz/ has no targets");
    }
    let mut seeds = workspace.cargo();
    run_program(seeds.args([
        "run",
        "--release",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--example",
        "seeds",
    ]))?;
    for target in &targets {
        progress(&format!("fuzzing {target}"));
        let mut fuzz = workspace.program(&cargo_fuzz);
        fuzz
            // The sanitizers need a nightly compiler, and look for what safe Rust cannot do.
            .args(["fuzz", "run", "--sanitizer", "none", target, "--"])
            .args([&format!("-runs={RUNS}"), "-seed=1", "-max_len=4096", "-timeout=10"]);
        let mut runs = None;
        let status = stream_all(fuzz, &mut io::stderr(), |line| runs = runs.or_else(|| done(line)))?;
        if !status.success() {
            bail!("{target} fell over; the input lies in fuzz/artifacts/{target}");
        }
        let runs = runs.with_context(|| format!("{target} did not say how often it ran"))?;
        if runs < RUNS {
            bail!("{target} ran {runs} times only");
        }
    }
    Ok(covered(&targets))
}

/// libFuzzer's last word: `Done 1000000 runs in 31 second(s)`.
fn done(line: &str) -> Option<u64> {
    line.strip_prefix("Done ")?.split_once(" runs in ")?.0.parse().ok()
}

fn covered(targets: &[&str]) -> String {
    let names: Vec<_> = targets.iter().map(|target| format!("`{target}`")).collect();
    format!("{} fuzzed inputs to each of {}.", grouped(RUNS), names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_often_the_target_ran() {
        assert_eq!(done("Done 1000000 runs in 31 second(s)"), Some(1_000_000));
        assert_eq!(done("#1000000\tDONE   cov: 12 ft: 13 corp: 2/2b"), None);
    }
}
