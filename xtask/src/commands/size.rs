//! `cargo xtask size`: the bytes of what a page downloads, as JSON.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::ops::AddAssign;
use std::path::Path;
use std::process::{ExitCode, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::build::{self, Profile};
use crate::blocks::{block, with_block};
use crate::process::spawn;
use crate::workspace::Workspace;

/// What `createSession` may cost at most, in bytes under brotli: 48 KB of 1024 bytes.
const CREATE_SESSION_BUDGET: u64 = 48 * 1024;

/// What an application writes; its bundler decides what else comes along.
const CREATE_SESSION: &str = "export { createSession } from 'session-warden'";

/// What no page downloads.
const NOT_IN_PAGES: &[&str] = &["package.json", "testing"];

/// Where the sizes stand, in the block `sizes`.
const README: &str = "README.md";

/// How far a number in the README may be off: half of its last digit, and as much again, so that a few bytes are not
/// always a change of the README.
const TOLERANCE: f64 = 0.1;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Fail when `createSession` is above its budget
    #[arg(long)]
    check: bool,
    /// Write the sizes into README.md
    #[arg(long)]
    write: bool,
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
    if args.write {
        report.write(workspace)?;
    }
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
    /// What a page loads besides for each sub-path, without the library that it is for.
    parts: BTreeMap<String, Size>,
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

    /// Fails where the README says something else.
    pub(crate) fn check_readme(&self, workspace: &Workspace) -> Result<()> {
        let readme = fs::read_to_string(workspace.root().join(README))?;
        self.check_table(block(&readme, "sizes")?)
    }

    fn check_table(&self, written: &str) -> Result<()> {
        let rows =
            written.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
        let written: Vec<_> = rows.skip(1).filter(|(what, _)| !what.starts_with('-')).collect();
        let measured = self.rows();
        let named = |rows: &[(String, f64)]| rows.iter().map(|(what, _)| what.clone()).collect::<Vec<_>>();
        ensure!(
            written.iter().map(|(what, _)| *what).eq(measured.iter().map(|(what, _)| what)),
            "the table in {README} is not of {:?}; `cargo xtask size --write` writes it",
            named(&measured)
        );
        for ((what, written), (_, size)) in written.iter().zip(&measured) {
            let number: f64 = written.parse().with_context(|| format!("{written} is no number"))?;
            if (number - size).abs() > TOLERANCE {
                bail!(
                    "{what}: {README} says {number} KB and it is {size:.2}; `cargo xtask size --write` writes it"
                );
            }
        }
        Ok(())
    }

    fn write(&self, workspace: &Workspace) -> Result<()> {
        let path = workspace.root().join(README);
        let readme = fs::read_to_string(&path)?;
        fs::write(path, with_block(&readme, "sizes", &self.table())?)?;
        Ok(())
    }

    fn table(&self) -> String {
        let mut table = "| import | KB |\n|---|---:|\n".to_owned();
        for (what, size) in self.rows() {
            table += &format!("| {what} | {size:.1} |\n");
        }
        table
    }

    fn rows(&self) -> Vec<(String, f64)> {
        let mut rows = vec![
            ("`createSession`, all that it needs included".to_owned(), self.create_session),
            ("besides, with `storage: 'encrypted'`".to_owned(), self.vault),
            ("besides, with an `exchange` other than `'body'`".to_owned(), self.wire),
        ];
        rows.extend(
            self.parts.iter().map(|(name, size)| (format!("besides, `session-warden/{name}`"), *size)),
        );
        rows.into_iter().map(|(what, size)| (what, size.kilobytes())).collect()
    }
}

/// Measures `pkg/dist`, which must be built.
pub(crate) fn measure(workspace: &Workspace) -> Result<Report> {
    let bundle = workspace.target("size");
    if bundle.exists() {
        fs::remove_dir_all(&bundle).with_context(|| format!("removing {}", bundle.display()))?;
    }
    let create = bundle.join("createSession");
    esbuild(workspace, CREATE_SESSION, &create, &[])?;

    let (mut create_session, mut vault, mut wire) = (Size::default(), Size::default(), Size::default());
    for entry in fs::read_dir(&create).with_context(|| format!("reading {}", create.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let part = match name.to_string_lossy().split_once('-') {
            Some(("vault", _)) => &mut vault,
            Some(("wire", _)) => &mut wire,
            _ => &mut create_session,
        };
        *part += Size::of_file(&entry.path())?;
    }
    let parts = measure_parts(workspace, &bundle)?;
    Ok(Report { create_session, vault, wire, wasm: Size::of_file(&workspace.wasm())?, parts })
}

/// Each sub-path as if a page had the package's own file and the library already.
fn measure_parts(workspace: &Workspace, bundle: &Path) -> Result<BTreeMap<String, Size>> {
    let manifest = fs::read(workspace.root().join("pkg/package.json"))?;
    let Manifest { exports, peer_dependencies } =
        serde_json::from_slice(&manifest).context("pkg/package.json")?;
    let mut apart: Vec<_> = peer_dependencies.keys().cloned().collect();
    apart.push("./pkg/dist/esm/index.js".to_owned());
    let mut parts = BTreeMap::new();
    let paths = exports.keys().filter_map(|path| path.strip_prefix("./"));
    for name in paths.filter(|name| !NOT_IN_PAGES.contains(name)) {
        let folder = bundle.join(name);
        esbuild(workspace, &format!("export * from 'session-warden/{name}'"), &folder, &apart)?;
        parts.insert(name.to_owned(), Size::of_file(&folder.join("stdin.js"))?);
    }
    Ok(parts)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    exports: BTreeMap<String, serde_json::Value>,
    peer_dependencies: BTreeMap<String, String>,
}

/// Bundles what an application writes as a page downloads it, without what is `apart`.
fn esbuild(workspace: &Workspace, source: &str, to: &Path, apart: &[String]) -> Result<()> {
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
        .args(apart.iter().map(|path| format!("--external:{path}")))
        .arg(format!("--outdir={}", to.display()))
        .stdin(Stdio::piped());
    let mut child = spawn(&mut esbuild)?;
    // Dropped at the end of the statement, which closes the pipe: esbuild reads to its end.
    child.stdin.take().context("esbuild has no stdin")?.write_all(source.as_bytes())?;
    ensure!(child.wait()?.success(), "esbuild could not bundle what pkg/dist has for {source}");
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

impl Size {
    /// Under brotli, in 1024 bytes.
    #[expect(clippy::cast_precision_loss, reason = "no page downloads so much")]
    fn kilobytes(self) -> f64 {
        self.brotli as f64 / 1024.0
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
        let parts = BTreeMap::from([("react".to_owned(), Size { brotli: 2048, ..Size::default() })]);
        Report { create_session, vault: Size::default(), wire: Size::default(), wasm: Size::default(), parts }
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

    #[test]
    fn the_table_is_what_is_written() {
        let report = report(1536);
        let table = report.table();
        assert!(table.contains("| `createSession`, all that it needs included | 1.5 |\n"), "{table}");
        assert!(table.ends_with("| besides, `session-warden/react` | 2.0 |\n"), "{table}");
        report.check_table(&table).expect("it is its own");
    }

    #[test]
    fn a_table_that_is_off_is_refused() {
        let written = report(1536).table();
        report(1600).check_table(&written).expect("a few bytes more are no change");
        let error = report(1700).check_table(&written).expect_err("1.66 is not 1.5").to_string();
        assert!(error.contains("README.md says 1.5 KB and it is 1.66"), "{error}");
        let error = report(1536).check_table(&written.replace("react", "vue")).expect_err("another part");
        assert!(error.to_string().contains("session-warden/react"), "{error}");
    }
}
