//! `cargo xtask build`: the npm package, from Rust to `pkg/dist`; and the reference server's binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use wasmparser::{Parser, Payload};

use crate::process::{capture, progress, run as run_program};
use crate::setup;
use crate::workspace::Workspace;

/// What every browser of the last years runs. Not `--all-features`: that also lets wasm-opt write
/// what is still a proposal, and Chromium refuses the whole module.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];
/// Measured smallest under brotli; a last pass of `-Oz` without `--converge` is larger.
const WASM_OPTIMISATIONS: [&str; 14] = [
    "-Oz",
    // Blocks and branches built anew resemble each other more than the compiler's own; and once more.
    "--flatten",
    "--rereloop",
    "-Oz",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--converge",
    // The first kilobyte of memory is the far end of Rust's stack: no pointer wraps around into it.
    "--low-memory-unused",
    // Functions of one crate resemble each other, and a compressor likes them side by side.
    "--reorder-functions-by-name",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build without optimisations: quicker, much larger, readable in the browser's debugger
    #[arg(long)]
    dev: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    package(workspace, if args.dev { Profile::Dev } else { Profile::Release })?;
    progress(&format!("the package is in {}", workspace.package_dist().display()));
    Ok(ExitCode::SUCCESS)
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
    /// As the next version may be: it keeps with the session what this one does not know. Not optimised.
    Next,
}

/// Builds the npm package into `pkg/dist`, or [`Profile::Next`] into the target directory, after setting up what that needs.
pub(crate) fn package(workspace: &Workspace, profile: Profile) -> Result<()> {
    setup::rust::wasm_target(workspace)?;
    setup::node::packages(workspace)?;

    progress("compiling the library to wasm");
    // Read from Cargo.lock only after cargo had its chance to bring the lock up to date.
    let compiled = compile_to_wasm(workspace, profile)?;
    let tools = setup::rust::wasm_bindgen(workspace)?;

    progress("generating the JavaScript glue");
    let (out, dist) = match profile {
        Profile::Dev | Profile::Release => (workspace.target("wasm-bindgen"), workspace.package_dist()),
        Profile::Next => (workspace.target("wasm-bindgen-next"), workspace.next_package_dist()),
    };
    let mut wasm_bindgen = workspace.program(&tools.cli);
    wasm_bindgen.args(["--target", "web", "--omit-default-module-path", "--out-name", "session_warden"]);
    run_program(wasm_bindgen.arg("--out-dir").arg(&out).arg(&compiled))?;

    let generated = out.join("session_warden_bg.wasm");
    let wasm = out.join("session_warden.wasm");
    match profile {
        Profile::Dev | Profile::Next => {
            fs::copy(&generated, &wasm).with_context(|| format!("writing {}", wasm.display()))?;
        }
        Profile::Release => {
            progress("optimising the wasm");
            let silent = out.join("session_warden_silent.wasm");
            let mut silence_panics = workspace.node();
            silence_panics.arg("pkg/build/silence-panics.mjs").arg(&generated).arg(&silent);
            run_program(&mut silence_panics)?;
            let mut wasm_opt = workspace.npm_bin("wasm-opt");
            wasm_opt.args(WASM_FEATURES).args(WASM_OPTIMISATIONS);
            run_program(wasm_opt.arg(&silent).arg("-o").arg(&wasm))?;
        }
    }
    require_no_env_imports(&wasm)?;

    progress("building the npm package");
    run_program(
        workspace
            .npm()
            .args(["run", "build", "--workspace", "pkg"])
            .env("SESSION_WARDEN_WASM", &wasm)
            .env("SESSION_WARDEN_GLUE", out.join("session_warden.js"))
            .env("SESSION_WARDEN_DIST", dist),
    )
}

/// Builds the reference server.
pub(crate) fn server(workspace: &Workspace) -> Result<()> {
    setup::c_compiler()?;
    progress("building the reference server");
    run_program(workspace.cargo().args(["build", "--package", "session-warden-server"]))
}

fn compile_to_wasm(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    let (profile_name, folder) = match profile {
        Profile::Dev | Profile::Next => ("dev", "debug"),
        Profile::Release => ("release-wasm", "release-wasm"),
    };
    let features = if profile == Profile::Next { "npm,next" } else { "npm" };
    let target = setup::rust::WASM_TARGET;
    let mut cargo = workspace.cargo();
    cargo
        // For its dependents in Rust the library is an rlib, which cargo would link with a cdylib each time.
        .args(["rustc", "--package", "session-warden", "--lib", "--crate-type", "cdylib"])
        .args(["--no-default-features", "--features", features])
        .args(["--target", target, "--profile", profile_name])
        .env("CARGO_ENCODED_RUSTFLAGS", remapped_paths(workspace)?);
    run_program(&mut cargo)?;
    Ok(workspace.target(target).join(folder).join("session_warden.wasm"))
}

/// Panics name their source files. What is published should not name the builder's directories, and the same
/// sources should make the same bytes anywhere.
fn remapped_paths(workspace: &Workspace) -> Result<String> {
    let sysroot = capture(workspace.program("rustc").args(["--print", "sysroot"]))?;
    let cargo_home = home::cargo_home().context("finding cargo's home")?;
    let remap = |from: &Path, to: &str| format!("--remap-path-prefix={}={to}", from.display());
    let flags =
        [remap(workspace.root(), "."), remap(&cargo_home, "cargo"), remap(Path::new(sysroot.trim()), "rust")];
    Ok(flags.join("\x1f"))
}

/// An import from `env` is a C function that nobody defined: a dependency that does not know
/// wasm32-unknown-unknown. The module would fail to load, in the browser only.
fn require_no_env_imports(wasm: &Path) -> Result<()> {
    let bytes = fs::read(wasm).with_context(|| format!("reading {}", wasm.display()))?;
    let names = env_imports(&bytes).with_context(|| format!("{} is not a wasm module", wasm.display()))?;
    if !names.is_empty() {
        bail!("the wasm imports from \"env\", which no browser has: {}", names.join(", "));
    }
    Ok(())
}

fn env_imports(wasm: &[u8]) -> wasmparser::Result<Vec<String>> {
    let mut names = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        if let Payload::ImportSection(imports) = payload? {
            for import in imports.into_imports() {
                let import = import?;
                if import.module == "env" {
                    names.push(import.name.to_owned());
                }
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A module with one function type and the given imports of it.
    fn module(imports: &[(&str, &str)]) -> Vec<u8> {
        let mut section = vec![u8::try_from(imports.len()).expect("few imports")];
        for (module, name) in imports {
            for text in [module, name] {
                section.push(u8::try_from(text.len()).expect("short names"));
                section.extend(text.bytes());
            }
            section.extend([0, 0]);
        }
        let mut wasm = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02".to_vec();
        wasm.push(u8::try_from(section.len()).expect("a short section"));
        wasm.extend(section);
        wasm
    }

    #[test]
    fn finds_the_imports_from_env() {
        let wasm = module(&[("wbg", "fetch"), ("env", "getentropy"), ("env", "clock")]);
        assert_eq!(env_imports(&wasm).expect("a valid module"), ["getentropy", "clock"]);
        assert!(env_imports(&module(&[("wbg", "env")])).expect("a valid module").is_empty());
    }

    #[test]
    fn says_so_when_the_file_is_no_module() {
        assert!(env_imports(b"<!doctype html>").is_err());
    }
}
