//! `cargo xtask bench`: what is measured on a quiet machine, and no test.

use std::process::{Command, ExitCode};

use anyhow::Result;
use clap::Subcommand;

use crate::process::{progress, spawn};
use crate::setup;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// How many refreshes and logins a second the reference server answers, and how long each takes
    Server(ServerArgs),
}

#[derive(clap::Args)]
struct ServerArgs {
    /// How many clients ask at once, each in a session of its own [default: 8]
    #[arg(long)]
    clients: Option<u16>,
    /// How long each row is measured, in seconds [default: 10]
    #[arg(long)]
    seconds: Option<u16>,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    match &args.subject {
        Subject::Server(args) => server(workspace, args),
    }
}

/// The load generator is a bench of the server's package, which cargo builds as it builds what is released.
fn server(workspace: &Workspace, args: &ServerArgs) -> Result<ExitCode> {
    setup::c_compiler()?;
    progress("building the reference server as it is released");
    let succeeded = spawn(&mut command(workspace, args))?.wait()?.success();
    Ok(if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn command(workspace: &Workspace, args: &ServerArgs) -> Command {
    let mut cargo = workspace.cargo();
    cargo.args(["bench", "--package", "session-warden-server", "--bench", "load", "--"]);
    for (flag, value) in [("--clients", args.clients), ("--seconds", args.seconds)] {
        if let Some(value) = value {
            cargo.arg(flag).arg(value.to_string());
        }
    }
    cargo
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: ServerArgs,
    }

    #[test]
    fn what_is_said_is_passed_on_and_the_rest_is_the_load_generators() {
        let workspace = Workspace::find().expect("the tests run in the checkout");
        let passed_on = |flags: &[&str]| {
            let Cli { args } = Cli::parse_from([&["server"], flags].concat());
            let command = command(&workspace, &args);
            let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
            words.skip_while(|word| word != "--").skip(1).collect::<Vec<_>>()
        };
        assert!(passed_on(&[]).is_empty());
        assert_eq!(passed_on(&["--seconds", "3", "--clients", "8"]), ["--clients", "8", "--seconds", "3"]);
    }
}
