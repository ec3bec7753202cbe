//! The Python side: Schemathesis, which tests an HTTP API with requests made from its own description.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::process::{capture, progress, run};
use crate::workspace::Workspace;

const SCHEMATHESIS_VERSION: &str = "4.32.5";

/// `schemathesis`, installed once into an environment of its own.
pub(crate) fn schemathesis(workspace: &Workspace) -> Result<PathBuf> {
    let environment = workspace.tools().join("python");
    let program = environment.join("bin/schemathesis");
    let is_right = program.is_file()
        && capture(workspace.program(&program).arg("--version"))
            .is_ok_and(|version| version.trim().ends_with(SCHEMATHESIS_VERSION));
    if !is_right {
        progress("installing Schemathesis");
        run(workspace.program("python3").args(["-m", "venv"]).arg(&environment))
            .context("Python 3 with its venv module is needed (Debian: apt-get install python3-venv)")?;
        let package = format!("schemathesis=={SCHEMATHESIS_VERSION}");
        run(workspace.program(environment.join("bin/pip")).args(["install", "--quiet", &package]))?;
    }
    Ok(program)
}
