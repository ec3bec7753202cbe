//! `cargo xtask size`: the bytes of what a page downloads, as JSON.

use std::fs;
use std::io::Write as _;
use std::ops::AddAssign;
use std::path::Path;
use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use super::build::{self, Profile};
use crate::process::spawn;
use crate::workspace::Workspace;

/// What `createSession` may cost at most, in bytes under brotli: 48 KB of 1024 bytes.
const CREATE_SESSION_BUDGET: u64 = 48 * 1024;

/// What an application writes; its bundler decides what else comes along.
const CREATE_SESSION: &str = "export { createSession } from 'session-warden'";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail when `createSession` is above its budget
    #[arg(long)]
    check: bool,
    /// Measure pkg/dist as it is
    #[arg(long)]
    no_build: bool,
}

pub(crate) fn run(workspace: &Workspace, args: &Args) -> Result<ExitCode> {
    if !args.no_build {
        build::package(workspace, Profile::Release)?;
    }
    let report = measure(workspace)?;
    println!("{}", report.to_json()?);
    if args.check && !report.is_within_budget() {
        eprintln!("{}", report.verdict());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// The sizes of what a page downloads. The order of the fields is the order in the JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// Every file of a minified, code-split bundle of `createSession` that a page loads without being told to: the
    /// wasm and what is imported for it.
    create_session: Size,
    /// What a page loads besides for the kinds of storage that seal tokens.
    vault: Size,
    /// What a page loads besides for the exchanges that are not tokens as JSON.
    wire: Size,
    /// The wasm module alone, as a file of its own.
    wasm: Size,
}

impl Report {
    pub(crate) fn to_json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).context("the report does not fit into JSON")
    }

    pub(crate) fn is_within_budget(&self) -> bool {
        self.create_session.brotli <= CREATE_SESSION_BUDGET
    }

    pub(crate) fn verdict(&self) -> String {
        let is = if self.is_within_budget() { "within" } else { "above" };
        format!(
            "createSession is {} bytes under brotli, {is} its budget of {CREATE_SESSION_BUDGET}",
            self.create_session.brotli
        )
    }
}

/// Measures `pkg/dist`, which must be built.
pub(crate) fn measure(workspace: &Workspace) -> Result<Report> {
    let bundle = workspace.target("size");
    if bundle.exists() {
        fs::remove_dir_all(&bundle).with_context(|| format!("removing {}", bundle.display()))?;
    }
    bundle_create_session(workspace, &bundle)?;

    let (mut create_session, mut vault, mut wire) = (Size::default(), Size::default(), Size::default());
    for entry in fs::read_dir(&bundle).with_context(|| format!("reading {}", bundle.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let part = match name.to_string_lossy().split_once('-') {
            Some(("vault", _)) => &mut vault,
            Some(("wire", _)) => &mut wire,
            _ => &mut create_session,
        };
        *part += Size::of_file(&entry.path())?;
    }
    Ok(Report { create_session, vault, wire, wasm: Size::of_file(&workspace.wasm())? })
}

fn bundle_create_session(workspace: &Workspace, to: &Path) -> Result<()> {
    let mut esbuild = workspace.npm_bin("esbuild");
    esbuild
        .args([
            "--bundle",
            "--splitting",
            "--minify",
            "--format=esm",
            "--target=es2022",
            "--log-level=warning",
        ])
        .arg(format!("--outdir={}", to.display()))
        .stdin(Stdio::piped());
    let mut child = spawn(&mut esbuild)?;
    // Dropped at the end of the statement, which closes the pipe: esbuild reads to its end.
    child.stdin.take().context("esbuild has no stdin")?.write_all(CREATE_SESSION.as_bytes())?;
    anyhow::ensure!(child.wait()?.success(), "esbuild could not bundle createSession from pkg/dist");
    Ok(())
}

/// The bytes of one or more files; compressed, each file on its own, as servers do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Size {
    raw: u64,
    gzip: u64,
    brotli: u64,
}

impl Size {
    fn of_file(path: &Path) -> Result<Self> {
        Self::of(&fs::read(path).with_context(|| format!("reading {}", path.display()))?)
    }

    /// gzip at its level 9, brotli at its quality 11 with the largest window browsers accept.
    fn of(bytes: &[u8]) -> Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(bytes)?;
        let gzip = gzip.finish()?;

        let mut brotli = Vec::new();
        let parameters = BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
        brotli::BrotliCompress(&mut &*bytes, &mut brotli, &parameters)?;

        Ok(Self {
            raw: u64::try_from(bytes.len())?,
            gzip: u64::try_from(gzip.len())?,
            brotli: u64::try_from(brotli.len())?,
        })
    }
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        self.raw += other.raw;
        self.gzip += other.gzip;
        self.brotli += other.brotli;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(brotli: u64) -> Report {
        let create_session = Size { raw: 3, gzip: 2, brotli };
        Report { create_session, vault: Size::default(), wire: Size::default(), wasm: Size::default() }
    }

    #[test]
    fn compresses() {
        let text = "session ".repeat(1000);
        let size = Size::of(text.as_bytes()).expect("memory does not fail");
        assert_eq!(size.raw, 8000);
        assert!((1..100).contains(&size.gzip), "{size:?}");
        assert!((1..100).contains(&size.brotli), "{size:?}");
    }

    #[test]
    fn sums_each_column() {
        let mut total = Size { raw: 1, gzip: 2, brotli: 3 };
        total += Size { raw: 10, gzip: 20, brotli: 30 };
        assert_eq!(total, Size { raw: 11, gzip: 22, brotli: 33 });
    }

    #[test]
    fn the_budget_is_the_last_size_that_passes() {
        assert!(report(CREATE_SESSION_BUDGET).is_within_budget());
        assert!(!report(CREATE_SESSION_BUDGET + 1).is_within_budget());
        assert_eq!(
            report(49_153).verdict(),
            "createSession is 49153 bytes under brotli, above its budget of 49152"
        );
    }

    #[test]
    fn create_session_comes_first_in_the_json() {
        let json = report(1).to_json().expect("it is plain data");
        assert!(json.starts_with("{\n  \"createSession\": {\n    \"raw\": 3,"), "{json}");
    }
}
