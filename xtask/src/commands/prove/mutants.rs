//! The machine broken in every way that cargo-mutants knows, one at a time. Either a test notices, or
//! `tests/mutants.toml` says why none needs to.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use super::grouped;
use crate::process::{progress, spawn};
use crate::setup;
use crate::workspace::Workspace;

const EXPLAINED: &str = "tests/mutants.toml";

/// What is mutated and what judges it: a result holds for exactly these. Not for versions of dependencies, of which
/// the machine has one that it does not decide by.
const SOURCES: [&str; 4] = ["src/machine", "tests/machine", "Cargo.toml", ".cargo/mutants.toml"];

/// A run that is interrupted loses the shard that it was at.
const SHARDS: usize = 16;

/// Enough to meet what a mutant breaks, and few enough for a thousand mutants.
const HISTORIES: &str = "300";

pub(super) fn run(workspace: &Workspace) -> Result<String> {
    let cargo_mutants = setup::rust::cargo_mutants(workspace)?;
    let runs = workspace.target("mutants");
    let results = runs.join(fingerprint(workspace.root())?);
    let shards: Vec<_> =
        (0..SHARDS).map(|number| Shard { number, folder: results.join(number.to_string()) }).collect();
    let next = AtomicUsize::new(0);
    let work = |build: PathBuf| {
        while let Some(shard) = shards.get(next.fetch_add(1, Ordering::Relaxed)) {
            if !shard.report().is_ok_and(|report| report.is_complete()) {
                shard.judge(workspace, &cargo_mutants, &build)?;
            }
        }
        anyhow::Ok(())
    };
    // Most of a mutant's time is one compiler's, which does little at a time.
    thread::scope(|scope| {
        let workers: Vec<_> = (0..thread::available_parallelism().map_or(1, NonZero::get).min(SHARDS))
            .map(|number| runs.join(format!("build-{number}")))
            .map(|build| scope.spawn(|| work(build)))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| bail!("a worker panicked")))
    })?;
    let mut judged = Vec::new();
    for shard in &shards {
        let report = shard.report()?;
        if !report.is_complete() {
            bail!("cargo-mutants did not come to the end of shard {}", shard.number);
        }
        judged.extend(report.judged());
    }
    if judged.is_empty() {
        bail!("cargo-mutants found nothing to mutate");
    }
    let explained = fs::read_to_string(workspace.root().join(EXPLAINED)).context(EXPLAINED)?;
    let explained: Explained = toml::from_str(&explained).context(EXPLAINED)?;
    explained.compare(&survivors(workspace.root(), &judged)?)?;
    Ok(covered(&judged))
}

struct Shard {
    number: usize,
    folder: PathBuf,
}

impl Shard {
    fn report(&self) -> Result<Report> {
        Report::read(&self.folder.join("mutants.out/outcomes.json"))
    }

    fn judge(&self, workspace: &Workspace, cargo_mutants: &Path, build: &Path) -> Result<()> {
        let Self { number, folder } = self;
        progress(&format!("mutants: shard {} of {SHARDS}", number + 1));
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        let mut mutants = workspace.program(cargo_mutants);
        mutants
            .args(["mutants", "--no-times", "--colors", "never"])
            .arg(format!("--shard={number}/{SHARDS}"))
            .arg("--output")
            .arg(folder)
            .env("CARGO_TARGET_DIR", build)
            .env("SESSION_WARDEN_HISTORIES", HISTORIES)
            // Other random tests have a default of 256.
            .env("PROPTEST_CASES", "64")
            // A mutant is not to be understood, and its seeds are not to judge the next one.
            .env("PROPTEST_MAX_SHRINK_ITERS", "0")
            .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "1");
        // Its exit code tells of survivors, which may be explained; the report says whether it came to its end.
        spawn(&mut mutants)?.wait()?;
        Ok(())
    }
}

/// Survivors as `tests/mutants.toml` names them: by the text of their line, which outlives its number.
fn survivors(root: &Path, judged: &[Judged]) -> Result<Vec<Survivor>> {
    let mut survivors = Vec::new();
    for Judged { mutant, verdict } in judged {
        if *verdict == Verdict::Missed {
            let source = fs::read_to_string(root.join(&mutant.file)).with_context(|| mutant.file.clone())?;
            survivors.push(mutant.as_survivor(&source));
        }
    }
    Ok(survivors)
}

fn covered(judged: &[Judged]) -> String {
    let count = |wanted| grouped(judged.iter().filter(|judged| judged.verdict == wanted).count() as u64);
    format!(
        "{} mutants of `src/machine`: {} fail a test, {} make the tests run for ever, {} do not compile, and {} \
         survive, each with its reason in `{EXPLAINED}`.",
        grouped(judged.len() as u64),
        count(Verdict::Caught),
        count(Verdict::Hung),
        count(Verdict::Unviable),
        count(Verdict::Missed),
    )
}

/// `tests/mutants.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Explained {
    #[serde(default)]
    survivor: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    line: String,
    change: String,
    reason: String,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Survivor {
    file: String,
    line: String,
    change: String,
}

impl Explained {
    fn compare(&self, survivors: &[Survivor]) -> Result<()> {
        let mut reasons: BTreeMap<Survivor, bool> = BTreeMap::new();
        for Entry { file, line, change, reason } in &self.survivor {
            let survivor = Survivor { file: file.clone(), line: line.clone(), change: change.clone() };
            if reason.trim().is_empty() {
                bail!("{EXPLAINED} gives no reason for {survivor}");
            }
            reasons.insert(survivor, false);
        }
        let mut unexplained = Vec::new();
        for survivor in survivors {
            match reasons.get_mut(survivor) {
                Some(survived) => *survived = true,
                None => unexplained.push(survivor.to_string()),
            }
        }
        if !unexplained.is_empty() {
            bail!("no test notices, and {EXPLAINED} does not say why:\n{}", unexplained.join("\n"));
        }
        let caught: Vec<_> = reasons
            .iter()
            .filter(|(_, survived)| !**survived)
            .map(|(mutant, _)| mutant.to_string())
            .collect();
        if !caught.is_empty() {
            bail!("{EXPLAINED} explains what does not survive (any more):\n{}", caught.join("\n"));
        }
        Ok(())
    }
}

impl fmt::Display for Survivor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, change } = self;
        write!(f, "{file}: {change}\n    {line}")
    }
}

/// cargo-mutants' `outcomes.json`.
#[derive(Deserialize)]
struct Report {
    outcomes: Vec<Outcome>,
    end_time: Option<String>,
}

#[derive(Deserialize)]
struct Outcome {
    scenario: Scenario,
    summary: Verdict,
}

#[derive(Deserialize)]
enum Scenario {
    /// The tests without a mutant.
    Baseline,
    Mutant(Mutant),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Verdict {
    /// The tests without a mutant passed, or failed.
    Success,
    Failure,
    #[serde(rename = "CaughtMutant")]
    Caught,
    #[serde(rename = "Timeout")]
    Hung,
    Unviable,
    #[serde(rename = "MissedMutant")]
    Missed,
}

#[derive(Deserialize)]
struct Mutant {
    /// `FILE:LINE:COLUMN: CHANGE`
    name: String,
    file: String,
    span: Span,
}

#[derive(Deserialize)]
struct Span {
    start: Position,
}

#[derive(Deserialize)]
struct Position {
    line: usize,
}

struct Judged {
    mutant: Mutant,
    verdict: Verdict,
}

impl Report {
    fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not what it was", path.display()))
    }

    /// It came to its end, and the tests passed without a mutant.
    fn is_complete(&self) -> bool {
        self.end_time.is_some() && self.outcomes.iter().all(|outcome| outcome.summary != Verdict::Failure)
    }

    fn judged(self) -> impl Iterator<Item = Judged> {
        self.outcomes.into_iter().filter_map(|Outcome { scenario, summary }| match scenario {
            Scenario::Baseline => None,
            Scenario::Mutant(mutant) => Some(Judged { mutant, verdict: summary }),
        })
    }
}

impl Mutant {
    fn as_survivor(&self, source: &str) -> Survivor {
        let line = source.lines().nth(self.span.start.line.saturating_sub(1)).unwrap_or_default();
        Survivor {
            file: self.file.clone(),
            line: line.trim().to_owned(),
            change: self.name.splitn(4, ':').nth(3).unwrap_or(&self.name).trim().to_owned(),
        }
    }
}

/// One name for all of the [`SOURCES`] as they are now.
fn fingerprint(root: &Path) -> Result<String> {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&root.join(source), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.strip_prefix(root).unwrap_or(&file).hash(&mut hasher);
        fs::read(&file).with_context(|| format!("reading {}", file.display()))?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(|| format!("reading {}", path.display()))? {
        collect(&entry?.path(), files)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{
      "outcomes": [
        { "scenario": "Baseline", "summary": "Success", "phase_results": [] },
        {
          "scenario": { "Mutant": {
            "name": "src/machine/row.rs:2:9: replace > with >= in Cooldown::stands",
            "file": "src/machine/row.rs",
            "span": { "start": { "line": 2, "column": 9 }, "end": { "line": 2, "column": 10 } },
            "genre": "BinaryOperator"
          } },
          "summary": "MissedMutant"
        }
      ],
      "total_mutants": 1,
      "end_time": "2026-01-01T00:00:00Z"
    }"#;

    fn survivor() -> Survivor {
        let report: Report = serde_json::from_str(REPORT).expect("a report");
        let judged = report.judged().next().expect("a mutant");
        judged.mutant.as_survivor("fn stands() {\n    self.until > now\n}\n")
    }

    fn explained(reason: &str) -> Explained {
        toml::from_str(&format!(
            "[[survivor]]\nfile = 'src/machine/row.rs'\nline = 'self.until > now'\n\
             change = 'replace > with >= in Cooldown::stands'\nreason = '{reason}'\n"
        ))
        .expect("a list")
    }

    #[test]
    fn a_survivor_is_known_by_its_line_whatever_its_number() {
        explained("the two are never equal").compare(&[survivor()]).expect("it is explained");
    }

    #[test]
    fn a_survivor_without_an_explanation_is_named() {
        let error =
            Explained { survivor: Vec::new() }.compare(&[survivor()]).expect_err("nothing explains it");
        let named =
            "src/machine/row.rs: replace > with >= in Cooldown::stands\n    self.until > now".to_owned();
        assert!(error.to_string().ends_with(&named), "{error}");
        let error = explained(" ").compare(&[survivor()]).expect_err("that is no reason");
        assert!(error.to_string().ends_with(&named), "{error}");
    }

    #[test]
    fn an_explanation_of_what_is_caught_is_named() {
        let error = explained("it was so once").compare(&[]).expect_err("it does not survive");
        assert!(error.to_string().contains("does not survive (any more):\nsrc/machine/row.rs: "), "{error}");
    }

    #[test]
    fn a_run_is_complete_at_its_end_and_only_if_the_tests_pass_without_a_mutant() {
        let complete = |report: &str| serde_json::from_str::<Report>(report).expect("a report").is_complete();
        assert!(complete(REPORT));
        assert!(!complete(&REPORT.replace("\"2026-01-01T00:00:00Z\"", "null")));
        assert!(!complete(&REPORT.replace("\"Success\"", "\"Failure\"")));
    }

    #[test]
    fn counts_by_verdict() {
        let report: Report = serde_json::from_str(REPORT).expect("a report");
        let text = covered(&report.judged().collect::<Vec<_>>());
        assert!(text.starts_with("1 mutants of `src/machine`: 0 fail a test, "), "{text}");
        assert!(text.contains(" 1 survive, "), "{text}");
    }
}
