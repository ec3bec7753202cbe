//! Counting tests: what a runner's closing lines say, summed and printed in one form.

use std::fmt;
use std::ops::AddAssign;

/// How many tests passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    pub(crate) const ONE_PASSED: Self = Self { passed: 1, failed: 0, skipped: 0 };
    pub(crate) const ONE_FAILED: Self = Self { passed: 0, failed: 1, skipped: 0 };

    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

/// Whose closing lines are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    /// libtest and `wasm-bindgen-test`: one `test result:` line per test binary.
    Cargo,
    /// `node --test`: one block of counts per run, in either of its reporters.
    Node,
}

/// Reads a runner's output line by line and sums the counts in it.
#[derive(Debug)]
pub(crate) struct Counter {
    runner: Runner,
    total: Tally,
    // Node prints whatever a test prints in the form of its own counts (`# …`), so a line counts
    // only inside the closing block, and the block only once its last line was seen.
    open_block: Option<Tally>,
}

impl Counter {
    pub(crate) fn new(runner: Runner) -> Self {
        Self { runner, total: Tally::default(), open_block: None }
    }

    pub(crate) fn total(&self) -> Tally {
        self.total
    }

    pub(crate) fn read(&mut self, line: &str) {
        match self.runner {
            Runner::Cargo => self.total += cargo_result(line).unwrap_or_default(),
            Runner::Node => self.read_node(line),
        }
    }

    fn read_node(&mut self, line: &str) {
        let Some((key, value)) = node_count(line) else {
            self.open_block = None;
            return;
        };
        if key == "tests" {
            self.open_block = Some(Tally::default());
            return;
        }
        let Some(block) = &mut self.open_block else { return };
        let count = value.parse().unwrap_or(0);
        match key {
            "pass" => block.passed += count,
            "fail" | "cancelled" => block.failed += count,
            "skipped" | "todo" => block.skipped += count,
            "duration_ms" => {
                self.total += *block;
                self.open_block = None;
            }
            _ => {}
        }
    }
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; …`
fn cargo_result(line: &str) -> Option<Tally> {
    let (_verdict, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut tally = Tally::default();
    for count in counts.split("; ") {
        match count.split_once(' ') {
            Some((number, "passed")) => tally.passed = number.parse().ok()?,
            Some((number, "failed")) => tally.failed = number.parse().ok()?,
            Some((number, "ignored")) => tally.skipped = number.parse().ok()?,
            _ => {}
        }
    }
    Some(tally)
}

/// `# pass 3` (the tap reporter) or `ℹ pass 3` (the spec reporter).
fn node_count(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))?.split_once(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(runner: Runner, output: &str) -> Tally {
        let mut counter = Counter::new(runner);
        output.lines().for_each(|line| counter.read(line));
        counter.total()
    }

    #[test]
    fn sums_cargo_results_over_all_binaries() {
        let output = "\
running 3 tests
test a ... ok
test result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 4 filtered out; finished in 1.20s
";
        assert_eq!(count(Runner::Cargo, output), Tally { passed: 7, failed: 2, skipped: 1 });
    }

    #[test]
    fn reads_the_wasm_runner() {
        let output = "test result: ok. 1 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.02s";
        assert_eq!(count(Runner::Cargo, output), Tally { passed: 1, failed: 0, skipped: 0 });
    }

    #[test]
    fn sums_both_reporters_of_node() {
        let tap = "# tests 7\n# suites 1\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 1\n# duration_ms 50.1\n";
        let spec = "ℹ tests 4\nℹ suites 0\nℹ pass 4\nℹ fail 0\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\nℹ duration_ms 9\n";
        assert_eq!(
            count(Runner::Node, &format!("{tap}\n{spec}")),
            Tally { passed: 7, failed: 2, skipped: 2 }
        );
    }

    #[test]
    fn ignores_counts_that_a_test_printed() {
        let output = "# pass 40\n# fail 2\n# duration_ms 1\nok 1 - a\n# tests 1\n# suites 0\n# pass 1\n# fail 0\n# cancelled 0\n# skipped 0\n# todo 0\n# duration_ms 3\n";
        assert_eq!(count(Runner::Node, output), Tally::ONE_PASSED);
    }

    #[test]
    fn a_node_run_that_broke_off_counts_nothing() {
        assert!(count(Runner::Node, "# tests 1\n# pass 1\nSegmentation fault\n").is_empty());
    }

    #[test]
    fn prints_the_skipped_only_when_there_are_any() {
        assert_eq!(Tally { passed: 2, failed: 0, skipped: 0 }.to_string(), "2 passed, 0 failed");
        assert_eq!(Tally { passed: 2, failed: 1, skipped: 3 }.to_string(), "2 passed, 1 failed, 3 skipped");
    }
}
