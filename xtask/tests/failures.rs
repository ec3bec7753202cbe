//! `tests/failures.md` names tests; here is what keeps it true.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const DOCUMENT: &str = "tests/failures.md";

const FOLDERS: [&str; 4] = ["tests/machine", "tests/shell", "tests/e2e", "pkg/test"];

#[test]
fn every_test_that_is_named_exists() {
    for Named { file, test, .. } in named() {
        assert!(tests_in(&file).contains(&test), "{DOCUMENT}: there is no test `{test}` in {file}");
    }
}

#[test]
fn every_test_that_is_named_after_a_failure_is_listed_with_it() {
    let listed = named();
    for folder in FOLDERS {
        for entry in fs::read_dir(root().join(folder)).expect("the folder is there") {
            let name = entry.expect("it can be read").file_name();
            let file = format!("{folder}/{}", name.to_str().expect("a name of ours"));
            if !is_of_tests(&file) {
                continue;
            }
            for test in tests_in(&file) {
                let Some(number) = number_of(&test) else { continue };
                let entry = Named { number, file: file.clone(), test };
                assert!(listed.contains(&entry), "{DOCUMENT} does not list {entry:?}");
            }
        }
    }
}

/// A test, with the failure that it is listed with.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Named {
    number: u32,
    file: String,
    test: String,
}

fn named() -> BTreeSet<Named> {
    let text = read(DOCUMENT);
    let mut named = BTreeSet::new();
    for row in text.lines() {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let &[_, number, _, tests, _] = cells.as_slice() else { continue };
        let Ok(number) = number.parse() else { continue };
        let mut file = None;
        // What is in backticks: a file, then its tests.
        for code in tests.split('`').skip(1).step_by(2) {
            if is_of_tests(code) {
                file = Some(code);
            } else {
                let file = file.expect("a file comes before its tests").to_owned();
                named.insert(Named { number, file, test: code.to_owned() });
            }
        }
    }
    assert!(!named.is_empty(), "{DOCUMENT} has no table");
    named
}

fn is_of_tests(file: &str) -> bool {
    [".rs", ".test.mjs", ".test.js"].iter().any(|end| file.ends_with(end))
}

/// `failure_16_…` in Rust, `failure 16: …` in JavaScript.
fn number_of(test: &str) -> Option<u32> {
    let rest = test.strip_prefix("failure")?.trim_start_matches(['_', ' ']);
    rest.split(['_', ':']).next()?.parse().ok()
}

fn tests_in(file: &str) -> BTreeSet<String> {
    let text = read(file);
    if file.ends_with(".rs") { rust_functions(&text) } else { node_tests(&text) }
}

fn rust_functions(text: &str) -> BTreeSet<String> {
    text.split("fn ").skip(1).filter_map(|rest| Some(rest.split_once('(')?.0.to_owned())).collect()
}

/// The names that are given to `test`, with `…` for what is filled in.
fn node_tests(text: &str) -> BTreeSet<String> {
    let names = text.split("test(").skip(1).filter_map(|call| {
        let call = call.trim_start();
        let quote = call.chars().next().filter(|first| "'\"`".contains(*first))?;
        let name = call[1..].split(quote).next()?;
        let mut parts = name.split("${");
        let mut shown = parts.next()?.to_owned();
        for part in parts {
            shown.push('…');
            shown.push_str(part.split_once('}')?.1);
        }
        Some(shown)
    });
    names.collect()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).expect(file)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}
