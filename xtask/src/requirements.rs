//! What five systems ask of the project (`tests/contracts/requirements.toml`), and which tests show it.

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::behaviours::{Seen, node_test};

const LIST: &str = "tests/contracts/requirements.toml";
/// The tests here carry in their names what they show: `EB4 EB8 event-booking: …`.
const TESTS: &str = "tests/contracts";

/// The requirements in the order of the list, with what was seen of each.
#[derive(Debug)]
pub(crate) struct Requirements {
    list: Vec<Requirement>,
    seen: Vec<(String, Seen)>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    requirement: Vec<Requirement>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirement {
    id: String,
    of: Side,
    words: String,
    /// Tests of other suites that show it: `path: name`.
    #[serde(default)]
    elsewhere: Vec<String>,
    /// What of it no test shows yet, and why.
    open: Option<String>,
}

/// Whom a requirement is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Side {
    Client,
    Server,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Shown,
    Partly,
    Open,
    Missed,
}

impl Requirements {
    /// Reads the list. One that has no test and no reason, or names a test that does not exist, is an error.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let text = fs::read_to_string(root.join(LIST)).context(LIST)?;
        let List { requirement: list } = toml::from_str(&text).context(LIST)?;
        let requirements = Self { list, seen: Vec::new() };
        let faults = requirements
            .faults(&tests_in(&root.join(TESTS))?, &|path| fs::read_to_string(root.join(path)).ok());
        if !faults.is_empty() {
            bail!("{LIST} and the tests do not agree:\n{}", faults.join("\n"));
        }
        Ok(requirements)
    }

    /// Reads a line of the output of Node.js' test runner.
    pub(crate) fn see(&mut self, line: &str) {
        if let Some((test, seen)) = node_test(line) {
            self.seen.push((test.to_owned(), seen));
        }
    }

    /// Whether a requirement had a test that did not hold, or did not run.
    pub(crate) fn is_any_missed(&self) -> bool {
        self.count(Standing::Missed) > 0
    }

    fn faults(&self, tests: &[String], source: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        let mut faults = Vec::new();
        for (index, Requirement { id, elsewhere, open, .. }) in self.list.iter().enumerate() {
            if self.list.iter().take(index).any(|earlier| earlier.id == *id) {
                faults.push(format!("{id} is listed twice"));
            }
            let is_here = tests.iter().any(|test| shows(test, id));
            if !is_here && elsewhere.is_empty() && open.is_none() {
                faults.push(format!("{id} has no test"));
            }
            for test in elsewhere.iter().filter(|test| !exists(test, source)) {
                faults.push(format!("{id}: there is no test `{test}`"));
            }
        }
        for test in tests {
            let mut ids = ids_of(test).peekable();
            if ids.peek().is_none() {
                faults.push(format!("`{test}` shows nothing"));
            }
            for id in ids.filter(|id| !self.list.iter().any(|requirement| requirement.id == *id)) {
                faults.push(format!("`{test}` shows {id}, which is not listed"));
            }
        }
        faults
    }

    fn seen_of<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a (String, Seen)> {
        self.seen.iter().filter(move |(test, _)| shows(test, id))
    }

    fn standing(&self, requirement: &Requirement) -> Standing {
        let holds = self.seen_of(&requirement.id).any(|(_, seen)| *seen == Seen::Holds);
        let fails = self.seen_of(&requirement.id).any(|(_, seen)| *seen != Seen::Holds);
        match (holds || !requirement.elsewhere.is_empty(), requirement.open.is_some()) {
            _ if fails => Standing::Missed,
            (true, false) => Standing::Shown,
            (true, true) => Standing::Partly,
            (false, true) => Standing::Open,
            (false, false) => Standing::Missed,
        }
    }

    fn count(&self, standing: Standing) -> usize {
        self.list.iter().filter(|requirement| self.standing(requirement) == standing).count()
    }
}

impl fmt::Display for Requirements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for requirement in &self.list {
            let Requirement { id, of, words, elsewhere, open } = requirement;
            writeln!(f, "{id:5} {of:7} {:7} {words}", self.standing(requirement))?;
            for (test, seen) in self.seen_of(id) {
                let fails = if *seen == Seen::Holds { "" } else { "FAILS: " };
                writeln!(f, "{:22}{fails}{}", "", without_ids(test))?;
            }
            for test in elsewhere {
                writeln!(f, "{:22}{test}", "")?;
            }
            if let Some(reason) = open {
                writeln!(f, "{:22}open: {reason}", "")?;
            }
        }
        let [shown, partly, open, missed] =
            [Standing::Shown, Standing::Partly, Standing::Open, Standing::Missed].map(|one| self.count(one));
        write!(
            f,
            "{} requirements: {shown} shown, {partly} shown in part, {open} open, {missed} missed",
            self.list.len()
        )
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Client => "client",
            Self::Server => "server",
            Self::Both => "both",
        })
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Shown => "shown",
            Self::Partly => "in part",
            Self::Open => "open",
            Self::Missed => "MISSED",
        })
    }
}

/// The names of the tests of Node.js in `folder`.
fn tests_in(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            names.extend(text.lines().filter_map(test_of).map(str::to_owned));
        }
    }
    Ok(names)
}

fn test_of(line: &str) -> Option<&str> {
    line.strip_prefix("test('")?.split_once('\'').map(|(name, _)| name)
}

/// `path: name` of a function in Rust, or of a test in JavaScript.
fn exists(test: &str, source: &dyn Fn(&str) -> Option<String>) -> bool {
    let Some((path, name)) = test.split_once(": ") else { return false };
    let Some(text) = source(path) else { return false };
    if path.ends_with(".rs") {
        text.contains(&format!("fn {name}("))
    } else {
        ['\'', '"', '`'].iter().any(|quote| text.contains(&format!("{quote}{name}{quote}")))
    }
}

fn shows(test: &str, id: &str) -> bool {
    ids_of(test).any(|one| one == id)
}

/// What stands before the name of the system.
fn ids_of(test: &str) -> impl Iterator<Item = &str> {
    test.split(' ').take_while(|word| is_id(word))
}

fn without_ids(test: &str) -> &str {
    let ids: usize = ids_of(test).map(|id| id.len() + 1).sum();
    test.get(ids..).unwrap_or(test)
}

fn is_id(word: &str) -> bool {
    let number = word.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    number.len() < word.len() && !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    fn requirements(list: &str) -> Requirements {
        let List { requirement: list } = toml::from_str(list).expect("the list is sound");
        Requirements { list, seen: Vec::new() }
    }

    const FOUR: &str = r#"
        requirement = [
            { id = "AB1", of = "client", words = "One." },
            { id = "AB2", of = "server", words = "Two.", elsewhere = ["a/b.rs: two"] },
            { id = "AB3", of = "both", words = "Three.", open = "not built" },
            { id = "AB4", of = "client", words = "Four.", elsewhere = ["c.js: four works"], open = "half" },
        ]"#;

    fn source(path: &str) -> Option<String> {
        match path {
            "a/b.rs" => Some("async fn two() {".to_owned()),
            "c.js" => Some("test('four works', () => {})".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn each_has_a_test_here_or_elsewhere_or_a_reason() {
        let tests = ["AB1 AB2 one: works".to_owned()];
        assert_eq!(requirements(FOUR).faults(&tests, &source), Vec::<String>::new());
        assert_eq!(requirements(FOUR).faults(&[], &source), ["AB1 has no test"]);
    }

    #[test]
    fn a_test_that_does_not_exist_is_named() {
        let list = |test: &str| {
            format!(
                "requirement = [{{ id = \"AB1\", of = \"server\", words = \"\", elsewhere = [\"{test}\"] }}]"
            )
        };
        for absent in ["a/b.rs: three", "a/b.rs: tw", "c.js: four", "d.rs: two", "two"] {
            let faults = requirements(&list(absent)).faults(&[], &source);
            assert_eq!(faults, [format!("AB1: there is no test `{absent}`")]);
        }
    }

    #[test]
    fn a_test_that_shows_nothing_or_what_is_not_listed_is_named() {
        let tests = ["AB1 one: works", "one: works", "AB1 AB9 one: works too"].map(str::to_owned);
        assert_eq!(
            requirements(FOUR).faults(&tests, &source),
            ["`one: works` shows nothing", "`AB1 AB9 one: works too` shows AB9, which is not listed"]
        );
    }

    #[test]
    fn one_that_is_listed_twice_is_named() {
        let twice = FOUR.replace("AB3", "AB2");
        assert_eq!(requirements(&twice).faults(&["AB1 a: b".to_owned()], &source), ["AB2 is listed twice"]);
    }

    #[test]
    fn says_of_each_what_was_seen() {
        let mut requirements = requirements(FOUR);
        requirements.see("✔ AB1 AB3 one: works (12.5ms)");
        requirements.see("✖ AB4 one: fails (3ms)");
        requirements.see("ℹ pass 1");
        let expected = "\
AB1   client  shown   One.
                      one: works
AB2   server  shown   Two.
                      a/b.rs: two
AB3   both    in part Three.
                      one: works
                      open: not built
AB4   client  MISSED  Four.
                      FAILS: one: fails
                      c.js: four works
                      open: half
4 requirements: 2 shown, 1 shown in part, 0 open, 1 missed";
        assert_eq!(requirements.to_string(), expected);
        assert!(requirements.is_any_missed());
    }

    #[test]
    fn one_whose_only_test_did_not_run_is_missed() {
        let mut requirements = requirements(FOUR);
        assert_eq!(requirements.count(Standing::Missed), 1);
        requirements.see("﹣ AB1 one: works (0.1ms) # its driver cannot");
        assert_eq!(requirements.count(Standing::Missed), 1);
        requirements.see("✔ AB1 one: works too (0.1ms)");
        assert_eq!(requirements.count(Standing::Missed), 1);
        assert_eq!(requirements.count(Standing::Open), 1);
    }

    #[test]
    fn the_list_and_the_tests_agree() {
        let workspace = Workspace::find().expect("the tests run in the checkout");
        Requirements::read(workspace.root()).expect("they agree");
    }
}
