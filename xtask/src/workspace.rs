//! Where things are: the checkout, cargo's target directory and what is built into it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::process;

/// The cargo profile of tests that have much to do: optimised, with the checks of a debug build.
pub(crate) const CHECKED: &str = "checked";

/// The checkout and its build directories. Every path is absolute.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo, which knows of `CARGO_TARGET_DIR` and of configuration files alike.
    pub(crate) fn find() -> Result<Self> {
        let crate_dir =
            env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let mut metadata = Command::new(cargo_program());
        metadata
            .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
            .arg("--manifest-path")
            .arg(Path::new(&crate_dir).join("Cargo.toml"));
        let Metadata { workspace_root, target_directory } =
            serde_json::from_str(&process::capture(&mut metadata)?)
                .context("cargo metadata's answer is not what it was")?;
        Ok(Self { root: workspace_root, target: target_directory })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path below cargo's target directory.
    pub(crate) fn target(&self, below: impl AsRef<Path>) -> PathBuf {
        self.target.join(below)
    }

    /// Where `cargo install --root` puts the tools that are built for this project.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target("tools")
    }

    /// The built npm package, as it is published.
    pub(crate) fn package_dist(&self) -> PathBuf {
        self.root.join("pkg/dist")
    }

    /// The package as its next version may be, for tests of two versions side by side.
    pub(crate) fn next_package_dist(&self) -> PathBuf {
        self.target("next-package")
    }

    /// The wasm module after `wasm-bindgen`, before the package inlines it.
    pub(crate) fn wasm(&self) -> PathBuf {
        self.target("wasm-bindgen/session_warden.wasm")
    }

    /// The reference server's binary.
    pub(crate) fn server_binary(&self) -> PathBuf {
        self.target(format!("debug/session-warden-server{}", env::consts::EXE_SUFFIX))
    }

    pub(crate) fn cargo(&self) -> Command {
        self.program(cargo_program())
    }

    pub(crate) fn npm(&self) -> Command {
        self.program("npm")
    }

    pub(crate) fn node(&self) -> Command {
        self.program("node")
    }

    /// A program that an npm package of the root `package.json` brought along.
    pub(crate) fn npm_bin(&self, name: &str) -> Command {
        self.program(self.root.join("node_modules/.bin").join(name))
    }

    /// A command that runs at the root of the checkout.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }
}

#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

fn cargo_program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
