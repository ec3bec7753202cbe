//! The package as applications install it, in the tools that they are built and tested with.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::{Prepared, browser_tests, count_in, test_files};
use crate::behaviours::{Behaviours, Seen, node_test};
use crate::process::capture;
use crate::setup::browser::Engine;
use crate::setup::node;
use crate::tally::{Runner, Tally};
use crate::workspace::Workspace;

const FOLDER: &str = "tests/packaging";

/// What installs little and takes seconds.
const QUICK: [&str; 6] = ["csp", "documents", "esbuild", "node", "types", "vite"];

/// For a file's tests. The first time their tools are installed too.
const PATIENCE: Duration = Duration::from_secs(900);

/// Every tool.
pub(super) fn run(prepared: &Prepared<'_>) -> Result<Tally> {
    run_files(prepared, &test_files(&prepared.workspace.root().join(FOLDER))?)
}

/// The part of it that runs by default.
pub(super) fn quickly(prepared: &Prepared<'_>) -> Result<Tally> {
    let folder = prepared.workspace.root().join(FOLDER);
    run_files(prepared, &QUICK.map(|name| folder.join(format!("{name}.test.mjs"))))
}

fn run_files(prepared: &Prepared<'_>, files: &[PathBuf]) -> Result<Tally> {
    prepared.package()?;
    prepared.server()?;
    let workspace = prepared.workspace;
    node::packages_of(workspace, FOLDER)?;

    let browser = prepared.browser(Engine::Chromium)?;
    let applications = workspace.target("packaging");
    let mut node = browser_tests(workspace, files, &browser, PATIENCE);
    node.env("SESSION_WARDEN_TARBALL", pack(workspace, &applications)?)
        .env("SESSION_WARDEN_APPLICATIONS", &applications)
        .envs(browser.program.as_ref().map(|program| ("CHROMIUM", program)));

    let mut table = Table::default();
    let tally = count_in(&browser, node, Runner::Node, |line| table.read(line))?;
    println!("{}\n{}", table.tools, table.others);
    Ok(tally)
}

/// What `npm publish` would send.
fn pack(workspace: &Workspace, to: &Path) -> Result<PathBuf> {
    fs::create_dir_all(to).with_context(|| format!("creating {}", to.display()))?;
    let mut npm = workspace.npm();
    npm.args(["pack", "--silent", "--workspace", "pkg", "--pack-destination"]).arg(to);
    let printed = capture(&mut npm)?;
    Ok(to.join(printed.lines().last().context("npm pack named no file")?))
}

/// What was seen of tools that know development and production, and what else was.
#[derive(Default)]
struct Table {
    tools: Behaviours<&'static str>,
    others: Behaviours<&'static str>,
}

impl Table {
    /// Reads a line of the output of Node.js' test runner.
    fn read(&mut self, line: &str) {
        if let Some((test, seen)) = node_test(line) {
            self.see(test, seen);
        }
    }

    /// `development: Vite 8` was seen of Vite 8 in development.
    fn see(&mut self, test: &str, seen: Seen) {
        for mode in ["development", "production"] {
            if let Some(tool) = test.strip_prefix(mode).and_then(|rest| rest.strip_prefix(": ")) {
                return self.tools.see(mode, tool, seen);
            }
        }
        self.others.see("seen", test, seen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_and_production_are_columns() {
        let mut table = Table::default();
        for line in [
            "✔ development: Vite 8 (12.5ms)",
            "✖ production: Vite 8 (3ms)",
            "✔ production: a script (9ms)",
            "✔ types are right (9ms)",
        ] {
            table.read(line);
        }
        let tools = "\
development  production  behaviour
holds        FAILS       Vite 8
-            holds       a script
";
        assert_eq!(table.tools.to_string(), tools);
        assert_eq!(table.others.to_string(), "seen   behaviour\nholds  types are right\n");
    }

    #[test]
    fn what_runs_by_default_is_there() {
        let workspace = Workspace::find().expect("the tests run in the checkout");
        let files = test_files(&workspace.root().join(FOLDER)).expect("there are tests");
        for name in QUICK {
            assert!(files.iter().any(|file| file.ends_with(format!("{name}.test.mjs"))), "{name}");
        }
    }
}
