//! `cargo xtask check`: the gates that are not tests. All of them run; the failed ones are named at the end.

use std::io::{self, IsTerminal as _};
use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::process::{capture, progress, run as run_program, timed};
use crate::setup;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Also ask the RustSec advisory database, which has to be fetched
    #[arg(long)]
    advisories: bool,
}

struct Gate {
    name: &'static str,
    run: fn(&Workspace, &Args) -> Result<()>,
}

const GATES: &[Gate] = &[
    Gate {
        name: "Cargo.lock is up to date",
        run: |workspace, _| {
            let mut tree = workspace.cargo();
            run_program(tree.args(["tree", "--locked", "--quiet", "--depth", "0"]))
        },
    },
    Gate {
        name: "rustfmt",
        run: |workspace, _| {
            setup::rust::lint_components(workspace)?;
            run_program(workspace.cargo().args(["fmt", "--all", "--check"]))
        },
    },
    Gate {
        name: "clippy, native",
        run: |workspace, _| {
            setup::rust::lint_components(workspace)?;
            let mut clippy = workspace.cargo();
            run_program(deny_warnings(clippy.args(["clippy", "--workspace", "--all-targets"])))
        },
    },
    Gate {
        name: "clippy, wasm32",
        run: |workspace, _| {
            setup::rust::lint_components(workspace)?;
            setup::rust::wasm_target(workspace)?;
            let mut clippy = workspace.cargo();
            clippy.args(["clippy", "--package", "session-warden", "--lib", "--test", "shell*"]);
            clippy.args(["--features", "npm,record"]);
            run_program(deny_warnings(clippy.args(["--target", setup::rust::WASM_TARGET])))
        },
    },
    Gate {
        name: "rustdoc",
        run: |workspace, _| {
            let mut doc = workspace.cargo();
            run_program(doc.args(["doc", "--no-deps", "--workspace"]).env("RUSTDOCFLAGS", "-Dwarnings"))
        },
    },
    Gate {
        name: "rustdoc, wasm32",
        run: |workspace, _| {
            setup::rust::wasm_target(workspace)?;
            let mut doc = workspace.cargo();
            // As docs.rs builds it, and what is for the package besides.
            doc.args(["doc", "--no-deps", "--package", "session-warden", "--features", "record,npm"]);
            run_program(doc.args(["--target", setup::rust::WASM_TARGET]).env("RUSTDOCFLAGS", "-Dwarnings"))
        },
    },
    Gate {
        name: "the crate's files",
        run: |workspace, _| {
            let mut package = workspace.cargo();
            package.args(["package", "--package", "session-warden", "--list", "--allow-dirty", "--locked"]);
            let list = capture(&mut package)?;
            // A folder of somebody else's is not to be published by accident, nor the shell's JavaScript left out.
            let strays: Vec<_> =
                list.lines().filter(|file| file.contains('/') && !file.starts_with("src/")).collect();
            if !strays.is_empty() {
                bail!("the crate would be published with {}", strays.join(", "));
            }
            for script in ["src/shell/browser.js", "src/shell/answer.js"] {
                if !list.lines().any(|file| file == script) {
                    bail!("the crate would be published without {script}");
                }
            }
            Ok(())
        },
    },
    Gate {
        name: "TypeScript",
        run: |workspace, _| {
            setup::node::packages(workspace)?;
            run_program(workspace.npm().args(["run", "check", "--workspace", "pkg"]))
        },
    },
    Gate {
        name: "Biome",
        run: |workspace, _| {
            setup::node::packages(workspace)?;
            let colors = if io::stderr().is_terminal() { "--colors=force" } else { "--colors=off" };
            run_program(workspace.npm_bin("biome").args(["ci", colors]))
        },
    },
    Gate {
        name: "cargo deny",
        run: |workspace, args| {
            let mut deny = workspace.program(setup::rust::cargo_deny(workspace)?);
            // Without --workspace, cargo-deny looks at the root package alone.
            deny.args(["--workspace", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]);
            if args.advisories {
                deny.arg("advisories");
            }
            run_program(&mut deny)
        },
    },
];

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    let mut failed = Vec::new();
    for gate in GATES {
        progress(gate.name);
        let (result, took) = timed(|| (gate.run)(workspace, args));
        let verdict = if result.is_ok() { "ok" } else { "FAILED" };
        if let Err(error) = result {
            eprintln!("error: {error:#}");
            failed.push(gate.name);
        }
        println!("{}: {verdict} ({:.1} s)", gate.name, took.as_secs_f64());
    }
    if failed.is_empty() {
        println!("all {} gates passed", GATES.len());
        return Ok(ExitCode::SUCCESS);
    }
    println!("{} of {} gates failed: {}", failed.len(), GATES.len(), failed.join("; "));
    Ok(ExitCode::FAILURE)
}

fn deny_warnings(clippy: &mut Command) -> &mut Command {
    clippy.args(["--", "--deny", "warnings"])
}
