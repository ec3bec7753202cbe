//! The Python side: environments of their own for what comes from PyPI.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::process::{capture, progress, run};
use crate::workspace::Workspace;

const SCHEMATHESIS: &str = "schemathesis==4.32.5\n";

/// Schemathesis, which tests an HTTP API with requests made from its own description.
pub(crate) fn schemathesis(workspace: &Workspace) -> Result<PathBuf> {
    Ok(environment(workspace, "schemathesis", SCHEMATHESIS)?.join("schemathesis"))
}

/// The interpreter that has what the suite `backends` asks for.
pub(crate) fn backends(workspace: &Workspace) -> Result<PathBuf> {
    let list = workspace.root().join("tests/backends/requirements.txt");
    let requirements = fs::read_to_string(&list).with_context(|| format!("reading {}", list.display()))?;
    Ok(environment(workspace, "backends", &requirements)?.join("python"))
}

/// The programs of a virtual environment with what `requirements` names, installed once.
fn environment(workspace: &Workspace, name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = workspace.tools().join("python").join(name);
    let programs = folder.join("bin");
    // What was asked for when an installation last ended well: one that broke off leaves none.
    let installed = folder.join("requirements.txt");
    // An interpreter that was replaced takes its environments with it.
    let runs = || capture(workspace.program(programs.join("python")).arg("--version")).is_ok();
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == requirements) && runs() {
        return Ok(programs);
    }
    progress(&format!("installing the Python packages of {name}"));
    make(workspace, &folder)?;
    let wanted = folder.join("wanted.txt");
    fs::write(&wanted, requirements).with_context(|| format!("writing {}", wanted.display()))?;
    let mut pip = workspace.program(programs.join("pip"));
    run(pip.args(["install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&wanted))?;
    fs::rename(&wanted, &installed).with_context(|| format!("writing {}", installed.display()))?;
    Ok(programs)
}

fn make(workspace: &Workspace, folder: &Path) -> Result<()> {
    run(workspace.program("python3").args(["-m", "venv", "--clear"]).arg(folder))
        .context("Python 3 with its venv module is needed (Debian: apt-get install python3-venv)")
}
