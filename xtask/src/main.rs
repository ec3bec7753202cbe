//! The project's own commands: `cargo xtask demo | example | test | prove | bench | build | docs | check | size | replay`.
//!
//! Each command does its own set-up first ([`setup`]), so that a fresh clone needs nothing but
//! `rustup`'s stable toolchain, Node.js, git and a C compiler. Results go to stdout; progress and
//! the output of the tools that build things go to stderr.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks through its streams"
)]

mod behaviours;
mod blocks;
mod commands;
mod process;
mod requirements;
mod serving;
mod setup;
mod suites;
mod system;
mod tally;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{bench, build, check, demo, docs, example, prove, replay, size, test};
use crate::workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Session Warden's own commands.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything, start the reference server and serve the demo
    Demo(demo::Args),
    /// Build an application in Rust that uses the library, and serve it
    Example(example::Args),
    /// Run the test suites
    Test(test::Args),
    /// Run what takes too long for every run of the tests, and write down what it covered
    Prove(prove::Args),
    /// Measure what the project promises in numbers
    Bench(bench::Args),
    /// Build the npm package into pkg/dist
    Build(build::Args),
    /// Write the reference in docs/api from the package's types
    Docs(docs::Args),
    /// Run every gate that is not a test: formatting, lints, docs, types, licences
    Check(check::Args),
    /// Print the bytes of what a page downloads, as JSON
    Size(size::Args),
    /// Show what a recorded session lived through, step by step
    Replay(replay::Args),
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    match cli.command {
        Command::Demo(args) => demo::run(&workspace, &args),
        Command::Example(args) => example::run(&workspace, &args),
        Command::Test(args) => test::run(&workspace, &args),
        Command::Prove(args) => prove::run(&workspace, &args),
        Command::Bench(args) => bench::run(&workspace, &args),
        Command::Build(args) => build::run(&workspace, &args),
        Command::Docs(args) => docs::run(&workspace, &args),
        Command::Check(args) => check::run(&workspace, &args),
        Command::Size(args) => size::run(&workspace, &args),
        Command::Replay(args) => replay::run(&args),
    }
}
