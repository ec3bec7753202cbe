//! Node.js and the npm packages of the checkout.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::process::{capture, progress, run};
use crate::workspace::Workspace;

/// The oldest Node.js that every development tool runs on (Vite sets it).
const OLDEST: Version = Version { major: 20, minor: 19 };
const WHAT_IS_NEEDED: &str = "needed: Node.js 20.19 or newer, with npm (https://nodejs.org)";

/// Node.js and npm, and `node_modules` as `package-lock.json` has it.
pub(crate) fn packages(workspace: &Workspace) -> Result<()> {
    require_node(workspace)?;
    packages_in(workspace, workspace.root())
}

/// The same, and what a folder asks for beyond the tools of the whole checkout.
pub(crate) fn packages_of(workspace: &Workspace, folder: &str) -> Result<()> {
    packages(workspace)?;
    packages_in(workspace, &workspace.root().join(folder))
}

fn packages_in(workspace: &Workspace, folder: &Path) -> Result<()> {
    let locked = folder.join("package-lock.json");
    let lock = fs::read(&locked).with_context(|| format!("reading {}", locked.display()))?;
    // A copy of the lock as it was when `npm ci` last ended well: a run that broke off leaves none,
    // and a lock that a `git pull` brought differs from it.
    let installed = folder.join("node_modules/.installed-package-lock.json");
    if fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    progress(&format!("installing the npm packages of {}", locked.display()));
    run(workspace.npm().args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))?;
    fs::write(&installed, lock).with_context(|| format!("writing {}", installed.display()))
}

fn require_node(workspace: &Workspace) -> Result<()> {
    let answer = capture(workspace.node().arg("--version")).context(WHAT_IS_NEEDED)?;
    let found = Version::parse(&answer)
        .with_context(|| format!("`node --version` answered {answer:?}, not a version"))?;
    if found < OLDEST {
        bail!("Node.js {} is too old; {WHAT_IS_NEEDED}", answer.trim());
    }
    capture(workspace.npm().arg("--version")).context(WHAT_IS_NEEDED)?;
    Ok(())
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    major: u32,
    minor: u32,
}

impl Version {
    /// Reads `v20.19.0`, and what nightlies append to it.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().strip_prefix('v')?.split('.');
        Some(Self { major: parts.next()?.parse().ok()?, minor: parts.next()?.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_node_versions_by_number() {
        let old_enough = |text| Version::parse(text).is_some_and(|version| version >= OLDEST);
        assert!(old_enough("v20.19.0\n"));
        assert!(old_enough("v20.20.2"));
        assert!(old_enough("v22.1.0-nightly20240501"));
        assert!(!old_enough("v20.9.0"), "9 is less than 19, though not as text");
        assert!(!old_enough("v18.20.4"));
    }

    #[test]
    fn rejects_what_is_not_a_version() {
        assert_eq!(Version::parse("node"), None);
        assert_eq!(Version::parse("v20"), None);
        assert_eq!(Version::parse(""), None);
    }
}
