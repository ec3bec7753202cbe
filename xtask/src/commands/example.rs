//! `cargo xtask example`: an application in Rust that uses the library, built and served by the reference server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, Result, bail};

use super::build;
use crate::process::{progress, run as run_program};
use crate::serving::{boxed, copy_folder, require_free, serve};
use crate::setup::rust::{self, WASM_TARGET};
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The example, by its folder in `examples`
    #[arg(value_enum)]
    example: Example,
    /// Where on localhost to serve it
    #[arg(long, default_value_t = 8788)]
    port: u16,
    /// Lifetime of the server's access tokens, such as 60s [default: 30 minutes]
    #[arg(long, value_name = "DURATION")]
    access_ttl: Option<humantime::Duration>,
    /// Build without serving
    #[arg(long, conflicts_with = "no_build")]
    no_serve: bool,
    /// Serve what was built last time
    #[arg(long)]
    no_build: bool,
}

/// An application in `examples`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Example {
    Leptos,
}

impl Example {
    /// Its folder in `examples`.
    const fn name(self) -> &'static str {
        match self {
            Self::Leptos => "leptos",
        }
    }

    fn site(self, workspace: &Workspace) -> PathBuf {
        workspace.target("examples").join(self.name())
    }
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    if !args.no_serve {
        require_free(args.port)?;
    }
    let site = args.example.site(workspace);
    if !args.no_build {
        build(workspace, args.example)?;
        build::server(workspace)?;
    }
    for path in [&site, &workspace.server_binary()] {
        if !path.exists() {
            bail!("{} is missing: run once without --no-build", path.display());
        }
    }
    if args.no_serve {
        progress(&format!("the application is in {}", site.display()));
        return Ok(ExitCode::SUCCESS);
    }
    serve(&mut server_command(workspace, args, &site), &invitation(args))
}

/// The workspace of the examples, which has a lock of its own.
pub(crate) const MANIFEST: &str = "examples/Cargo.toml";

/// Builds an example: the folder that a server of files would serve.
pub(crate) fn build(workspace: &Workspace, example: Example) -> Result<PathBuf> {
    rust::wasm_target(workspace)?;
    let name = example.name();
    let package = format!("{name}-example");
    progress(&format!("building the example {name}"));
    let mut cargo = workspace.cargo();
    cargo
        .args(["build", "--locked", "--manifest-path", MANIFEST, "--package", &package])
        .args(["--target", WASM_TARGET])
        .arg("--target-dir")
        .arg(workspace.target(""));
    run_program(&mut cargo)?;

    let tools = rust::wasm_bindgen_of(workspace, "examples/Cargo.lock")?;
    let site = example.site(workspace);
    if site.exists() {
        fs::remove_dir_all(&site).with_context(|| format!("removing {}", site.display()))?;
    }
    copy_folder(&workspace.root().join("examples").join(name).join("page"), &site)?;
    let mut wasm_bindgen = workspace.program(&tools.cli);
    wasm_bindgen
        .args(["--target", "web", "--no-typescript", "--out-name", &package, "--out-dir"])
        .arg(site.join("app"))
        .arg(workspace.target(WASM_TARGET).join("debug").join(&package).with_extension("wasm"));
    run_program(&mut wasm_bindgen)?;
    Ok(site)
}

fn server_command(workspace: &Workspace, args: &Args, site: &Path) -> Command {
    let mut command = Command::new(workspace.server_binary());
    command
        .args(["--profile", "event-booking", "--listen", &format!("127.0.0.1:{}", args.port)])
        .arg("--database")
        .arg(site.with_extension("sqlite"))
        .args(["--mount", &format!("/={}", site.display())]);
    if let Some(ttl) = args.access_ttl {
        command.arg("--access-ttl").arg(ttl.to_string());
    }
    command
}

fn invitation(args: &Args) -> String {
    boxed(&[
        format!("Open http://localhost:{}/ in two tabs", args.port),
        "and register an account.".to_owned(),
        String::new(),
        "Ctrl-C stops the server.".to_owned(),
    ])
}
