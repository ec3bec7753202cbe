//! The Rust side: the wasm target, rustup's components and the tools that `cargo install` builds.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use crate::process::{capture, progress, run};
use crate::workspace::Workspace;

pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The library's, at the root.
const LOCK: &str = "Cargo.lock";

const CARGO_DENY_VERSION: &str = "0.20.2";
const CARGO_MUTANTS_VERSION: &str = "27.1.0";
const CARGO_FUZZ_VERSION: &str = "0.13.2";
const GECKODRIVER_VERSION: &str = "0.37.1";

/// `wasm-bindgen` and its test runner, at the version of the `wasm-bindgen` crate: their common
/// format changes with every release.
pub(crate) struct WasmBindgen {
    pub(crate) cli: PathBuf,
    pub(crate) test_runner: PathBuf,
}

/// The standard library for [`WASM_TARGET`].
pub(crate) fn wasm_target(workspace: &Workspace) -> Result<()> {
    let mut libraries = workspace.program("rustc");
    libraries.args(["--print", "target-libdir", "--target", WASM_TARGET]);
    if Path::new(capture(&mut libraries)?.trim()).is_dir() {
        return Ok(());
    }
    if which::which("rustup").is_err() {
        bail!(
            "the toolchain lacks the target {WASM_TARGET}, and there is no rustup to add it: install the \
             target the way your toolchain was installed, or use rustup (https://rustup.rs)"
        );
    }
    progress(&format!("adding the target {WASM_TARGET}"));
    run(workspace.program("rustup").args(["target", "add", WASM_TARGET]))
}

/// rustfmt and clippy, which rustup's minimal profile leaves out.
pub(crate) fn lint_components(workspace: &Workspace) -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if capture(workspace.cargo().args([subcommand, "--version"])).is_ok() {
            continue;
        }
        progress(&format!("adding {component}"));
        run(workspace.program("rustup").args(["component", "add", component]))
            .with_context(|| format!("{component} is missing"))?;
    }
    Ok(())
}

/// The wasm-bindgen tools: those on `PATH` when they fit, else built once into the target directory.
pub(crate) fn wasm_bindgen(workspace: &Workspace) -> Result<WasmBindgen> {
    wasm_bindgen_of(workspace, LOCK)
}

/// Those at the version of another workspace's lock. It must be the same: two would be built in turn.
pub(crate) fn wasm_bindgen_of(workspace: &Workspace, lock: &str) -> Result<WasmBindgen> {
    let [ours, theirs] = [LOCK, lock].map(|lock| wasm_bindgen_version(workspace, lock));
    let (version, theirs) = (ours?, theirs?);
    if version != theirs {
        bail!("{LOCK} has wasm-bindgen {version}, and {lock} has {theirs}: `cargo update` one of them");
    }
    let [cli, test_runner] =
        cargo_tool(workspace, "wasm-bindgen-cli", &version, ["wasm-bindgen", "wasm-bindgen-test-runner"])?;
    Ok(WasmBindgen { cli, test_runner })
}

fn wasm_bindgen_version(workspace: &Workspace, lock: &str) -> Result<String> {
    let text = fs::read_to_string(workspace.root().join(lock)).with_context(|| format!("reading {lock}"))?;
    locked_version(&text, "wasm-bindgen").with_context(|| format!("looking into {lock}"))
}

/// `cargo deny`, for the licences and sources of the dependencies.
pub(crate) fn cargo_deny(workspace: &Workspace) -> Result<PathBuf> {
    let [program] = cargo_tool(workspace, "cargo-deny", CARGO_DENY_VERSION, ["cargo-deny"])?;
    Ok(program)
}

/// `cargo mutants`, which breaks the code to see whether a test notices.
pub(crate) fn cargo_mutants(workspace: &Workspace) -> Result<PathBuf> {
    let [program] = cargo_tool(workspace, "cargo-mutants", CARGO_MUTANTS_VERSION, ["cargo-mutants"])?;
    Ok(program)
}

/// `cargo fuzz`, which runs libFuzzer.
pub(crate) fn cargo_fuzz(workspace: &Workspace) -> Result<PathBuf> {
    let [program] = cargo_tool(workspace, "cargo-fuzz", CARGO_FUZZ_VERSION, ["cargo-fuzz"])?;
    Ok(program)
}

/// Firefox's WebDriver: the one that `GECKODRIVER` names, or one of our own.
pub(crate) fn geckodriver(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = env::var_os("GECKODRIVER") {
        return which::which(named).context("GECKODRIVER does not name a program that can be run");
    }
    let [program] = cargo_tool(workspace, "geckodriver", GECKODRIVER_VERSION, ["geckodriver"])?;
    Ok(program)
}

fn cargo_tool<const N: usize>(
    workspace: &Workspace,
    package: &str,
    version: &str,
    programs: [&str; N],
) -> Result<[PathBuf; N]> {
    let is_right = |program: &PathBuf| {
        capture(workspace.program(program).arg("--version"))
            .is_ok_and(|answer| answer.split_whitespace().nth(1) == Some(version))
    };
    let tools = workspace.tools();
    let in_tools = programs.map(|name| tools.join("bin").join(name));
    if in_tools.iter().all(is_right) {
        return Ok(in_tools);
    }
    let on_path = programs.map(|name| which::which(name).unwrap_or_default());
    if on_path.iter().all(is_right) {
        return Ok(on_path);
    }

    progress(&format!("building {package} {version} (once; takes a minute or two)"));
    let build = tools.join("build");
    let mut install = workspace.cargo();
    install
        // A debug build takes half as long to make as one with optimisations, and the tools' work
        // here is too small for it to matter.
        .args(["install", package, "--version", version, "--debug", "--force"])
        .arg("--root")
        .arg(&tools)
        .arg("--target-dir")
        .arg(&build)
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    run(&mut install).with_context(|| {
        format!(
            "{package} {version} could not be installed. It comes from crates.io; to install it \
                 yourself: cargo install {package} --version {version}"
        )
    })?;
    fs::remove_dir_all(&build).with_context(|| format!("removing {}", build.display()))?;
    Ok(in_tools)
}

/// The version of a package in a `Cargo.lock` that must hold it exactly once.
fn locked_version(lock: &str, name: &str) -> Result<String> {
    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
    }

    let lock: Lock = toml::from_str(lock).context("Cargo.lock is not what it was")?;
    let mut versions =
        lock.package.into_iter().filter(|package| package.name == name).map(|package| package.version);
    match (versions.next(), versions.next()) {
        (Some(version), None) => Ok(version),
        (None, _) => bail!("Cargo.lock has no package `{name}`"),
        (Some(one), Some(other)) => bail!("Cargo.lock has `{name}` twice: {one} and {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen-futures"
version = "0.4.50"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
dependencies = ["cfg-if"]

[[package]]
name = "syn"
version = "1.0.1"

[[package]]
name = "syn"
version = "2.0.1"
"#;

    #[test]
    fn reads_the_version_of_exactly_this_package() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").expect("it is there"), "0.2.130");
    }

    #[test]
    fn names_a_package_that_is_missing_or_there_twice() {
        let missing = locked_version(LOCK, "gloo").expect_err("it is not there").to_string();
        assert_eq!(missing, "Cargo.lock has no package `gloo`");
        let twice = locked_version(LOCK, "syn").expect_err("it is there twice").to_string();
        assert_eq!(twice, "Cargo.lock has `syn` twice: 1.0.1 and 2.0.1");
    }
}
