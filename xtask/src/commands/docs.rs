//! `cargo xtask docs`: the reference in `docs/api`, from the types of the package.

use std::process::ExitCode;

use anyhow::Result;

use super::build::{self, Profile};
use crate::process::{progress, run as run_program};
use crate::setup::node;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Take pkg/dist as it is
    #[arg(long)]
    no_build: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    if !args.no_build {
        build::package(workspace, Profile::Dev)?;
    }
    node::packages_of(workspace, "tests/docs")?;
    progress("writing docs/api");
    run_program(workspace.node().arg("tests/docs/write-reference.mjs"))?;
    Ok(ExitCode::SUCCESS)
}
