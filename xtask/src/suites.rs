//! The test suites: one entry in [`SUITES`] each.

mod api;
mod packaging;

use std::cell::OnceCell;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::json;

use crate::behaviours::Behaviours;
use crate::commands::build::{self, Profile};
use crate::commands::example::{self, Example};
use crate::commands::size;
use crate::process::{progress, stream, timed};
use crate::requirements::Requirements;
use crate::setup;
use crate::setup::browser::{self, Browser, Engine};
use crate::setup::rust::{self, WASM_TARGET};
use crate::setup::{node, python};
use crate::tally::{Counter, Runner, Tally};
use crate::workspace::{CHECKED, Workspace};

/// A set of tests that is run, counted and asked for under one name.
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    /// Whether `cargo xtask test` without names runs it.
    pub(crate) by_default: bool,
    run: fn(&Prepared<'_>) -> Result<Tally>,
}

/// For each property of the machine's random histories.
const HISTORIES: &str = "50000";

/// In the order in which they run: what fails early and quickly comes first.
pub(crate) const SUITES: &[Suite] = &[
    Suite {
        name: "xtask",
        about: "these commands' own logic",
        by_default: true,
        run: |prepared| {
            let mut cargo = prepared.workspace.cargo();
            count(cargo.args(["test", "--no-fail-fast", "--package", "xtask"]), Runner::Cargo)
        },
    },
    Suite {
        name: "machine",
        about: "the library, natively: behaviour, histories, exploration, documentation examples",
        by_default: true,
        run: machine,
    },
    Suite {
        name: "server",
        about: "the reference server",
        by_default: true,
        run: |prepared| {
            setup::c_compiler()?;
            let mut cargo = prepared.workspace.cargo();
            count(cargo.args(["test", "--no-fail-fast", "--package", "session-warden-server"]), Runner::Cargo)
        },
    },
    Suite {
        name: "api",
        about: "the reference server's HTTP surface, with requests made from its own description",
        by_default: false,
        run: api::run,
    },
    Suite {
        name: "pkg",
        about: "the npm package as it is published",
        by_default: true,
        run: |prepared| {
            prepared.package()?;
            let mut npm = prepared.workspace.npm();
            npm.args(["test", "--workspace", "pkg"]);
            npm.envs(prepared.browser(Engine::Chromium)?.program.map(|program| ("CHROMIUM", program)));
            count(&mut npm, Runner::Node)
        },
    },
    Suite {
        name: "recipes",
        about: "the blocks of docs/recipes.md, with the libraries that they are for",
        by_default: true,
        run: |prepared| with_own_packages(prepared, "tests/recipes"),
    },
    Suite {
        name: "frameworks",
        about: "the applications of docs/frameworks.md and docs/react-router.md, built and used in Chromium",
        by_default: true,
        run: |prepared| with_own_packages(prepared, "tests/frameworks"),
    },
    Suite {
        name: "testing",
        about: "the blocks of docs/testing.md, each in the test runner that it is for",
        by_default: true,
        run: |prepared| with_own_packages(prepared, "tests/testing"),
    },
    Suite {
        name: "size",
        about: "what a page downloads, against its budget and what README.md says",
        by_default: true,
        run: size,
    },
    Suite {
        name: "loads",
        about: "of `packaging` the part that takes a minute: the newest Vite, esbuild, Node.js, a plain script, policies, types",
        by_default: true,
        run: packaging::quickly,
    },
    Suite {
        name: "packaging",
        about: "the package's tarball in every tool that applications are built and tested with, in development and in production",
        by_default: false,
        run: packaging::run,
    },
    Suite {
        name: "shell",
        about: "the shell in real browsers: in one page (tests/shell*), and in several tabs (e2e)",
        by_default: true,
        run: |prepared| Ok(in_each_engine(prepared, "shell", &[in_a_page(prepared)?, in_tabs(prepared)?])),
    },
    Suite {
        name: "page",
        about: "of `shell` the part in one page",
        by_default: false,
        run: |prepared| Ok(in_each_engine(prepared, "page", &[in_a_page(prepared)?])),
    },
    Suite {
        name: "e2e",
        about: "of `shell` the part in several tabs: package, server and demo page together",
        by_default: false,
        run: |prepared| Ok(in_each_engine(prepared, "e2e", &[in_tabs(prepared)?])),
    },
    Suite {
        name: "rounds",
        about: "twenty tabs that are due at the same moment, 200 times over (SESSION_WARDEN_ROUNDS)",
        by_default: false,
        run: |prepared| Ok(in_each_engine(prepared, "rounds", &[in_rounds(prepared)?])),
    },
    Suite {
        name: "backends",
        about: "the package with backends of others, as docs/backends.md has them, in Chromium",
        by_default: true,
        run: backends,
    },
    Suite {
        name: "rust",
        about: "the library in an application in Rust, without the package, and its documentation, in Chromium",
        by_default: true,
        run: in_rust,
    },
    Suite {
        name: "contracts",
        about: "the five systems that the server plays, each with the lines of docs/systems.md, in one browser",
        by_default: true,
        run: contracts,
    },
    Suite {
        name: "docs",
        about: "what the documentation shows and says: its code, commands, links and numbers",
        by_default: true,
        run: docs,
    },
];

/// Runs one suite. One that could not run at all counts as one failed test: it must not look green.
pub(crate) fn run(suite: &Suite, prepared: &Prepared<'_>) -> Tally {
    progress(&format!("suite {}: {}", suite.name, suite.about));
    (suite.run)(prepared).unwrap_or_else(|error| {
        eprintln!("error: the suite {} could not run: {error:#}", suite.name);
        Tally::ONE_FAILED
    })
}

/// What several suites need, made when the first one asks; a failure is remembered like a success.
pub(crate) struct Prepared<'w> {
    workspace: &'w Workspace,
    package: OnceCell<Result<(), String>>,
    server: OnceCell<Result<(), String>>,
    engines: &'w [Engine],
    chromium: OnceCell<Result<Browser, String>>,
    firefox: OnceCell<Result<Browser, String>>,
    webkitgtk: OnceCell<Result<Browser, String>>,
}

impl<'w> Prepared<'w> {
    /// What runs in browsers runs in those of `engines`.
    pub(crate) fn new(workspace: &'w Workspace, engines: &'w [Engine]) -> Self {
        Self {
            workspace,
            package: OnceCell::new(),
            server: OnceCell::new(),
            engines,
            chromium: OnceCell::new(),
            firefox: OnceCell::new(),
            webkitgtk: OnceCell::new(),
        }
    }

    /// `pkg/dist`, as it is published.
    fn package(&self) -> Result<()> {
        once(&self.package, || build::package(self.workspace, Profile::Release))
    }

    fn server(&self) -> Result<()> {
        once(&self.server, || build::server(self.workspace))
    }

    fn browser(&self, engine: Engine) -> Result<Browser> {
        let cell = match engine {
            Engine::Chromium => &self.chromium,
            Engine::Firefox => &self.firefox,
            Engine::WebKitGtk => &self.webkitgtk,
        };
        once(cell, || browser::find(self.workspace, engine))
    }
}

fn once<T: Clone>(cell: &OnceCell<Result<T, String>>, make: impl FnOnce() -> Result<T>) -> Result<T> {
    cell.get_or_init(|| make().map_err(|error| format!("{error:#}"))).clone().map_err(|error| anyhow!(error))
}

/// Optimised, since there is much to do, and with the checks of an unoptimised build.
fn machine(prepared: &Prepared<'_>) -> Result<Tally> {
    let run = |targets: &[&str]| {
        let mut cargo = prepared.workspace.cargo();
        cargo
            .args(["test", "--no-fail-fast", "--package", "session-warden", "--profile", CHECKED])
            .args(targets);
        // Whoever asks for more, or for fewer, is heard.
        if env::var_os("SESSION_WARDEN_HISTORIES").is_none() {
            cargo.env("SESSION_WARDEN_HISTORIES", HISTORIES);
        }
        count(&mut cargo, Runner::Cargo)
    };
    let mut tally = run(&[])?;
    tally += run(&["--test", "model"])?;
    Ok(tally)
}

/// The tests of a folder that asks for npm packages of its own, in Chromium.
fn with_own_packages(prepared: &Prepared<'_>, folder: &str) -> Result<Tally> {
    prepared.package()?;
    let workspace = prepared.workspace;
    node::packages_of(workspace, folder)?;
    let mut node = workspace.node();
    node.args(["--test", "--test-reporter=spec"]).args(test_files(&workspace.root().join(folder))?);
    node.envs(prepared.browser(Engine::Chromium)?.program.map(|program| ("CHROMIUM", program)));
    count(&mut node, Runner::Node)
}

/// Tests that run in a browser.
struct InBrowser<'p> {
    runner: Runner,
    command: Box<CommandFor<'p>>,
}

type CommandFor<'p> = dyn Fn(&Browser) -> Result<Command> + 'p;

/// The Rust shell in one page.
fn in_a_page<'p>(prepared: &'p Prepared<'_>) -> Result<InBrowser<'p>> {
    let workspace = prepared.workspace;
    rust::wasm_target(workspace)?;
    let tools = rust::wasm_bindgen(workspace)?;

    let command = move |browser: &Browser| {
        let mut cargo = workspace.cargo();
        cargo
            .args(["test", "--no-fail-fast", "--package", "session-warden"])
            .args(["--target", WASM_TARGET, "--test", "shell*"])
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", &tools.test_runner)
            // The defaults, 5 s and 20 s, are short for a busy machine's first start of a browser.
            .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60")
            .env("WASM_BINDGEN_TEST_TIMEOUT", "300");
        // The runner takes the first of these that it finds, and speaks to it as it does to this one.
        for variable in ["GECKODRIVER", "SAFARIDRIVER", "CHROMEDRIVER"] {
            cargo.env_remove(variable);
        }
        cargo.env(driver_variable(browser.engine), &browser.driver);
        let capabilities = workspace.target("webdriver.json");
        fs::write(&capabilities, webdriver_capabilities(browser)?)
            .with_context(|| format!("writing {}", capabilities.display()))?;
        cargo.env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", &capabilities);
        Ok(cargo)
    };
    Ok(InBrowser { runner: Runner::Cargo, command: Box::new(command) })
}

const fn driver_variable(engine: Engine) -> &'static str {
    match engine {
        Engine::Chromium => "CHROMEDRIVER",
        Engine::Firefox => "GECKODRIVER",
        // Of Safari's driver the runner wants nothing that this one has not.
        Engine::WebKitGtk => "SAFARIDRIVER",
    }
}

fn webdriver_capabilities(browser: &Browser) -> Result<String> {
    let binary = browser.program.as_ref().map(|program| program.to_str().context("its path is not UTF-8"));
    let binary = binary.transpose()?;
    let capabilities = match browser.engine {
        // Containers run as root, where Chromium refuses its sandbox; the rest keeps it off the network.
        Engine::Chromium => json!({
            "goog:chromeOptions": {
                "binary": binary,
                "args": [
                    "headless", "no-sandbox", "disable-dev-shm-usage", "disable-gpu",
                    "disable-background-networking", "disable-component-update", "no-first-run",
                ],
            },
        }),
        Engine::Firefox => json!({ "moz:firefoxOptions": { "binary": binary } }),
        Engine::WebKitGtk => json!({}),
    };
    Ok(capabilities.to_string())
}

fn size(prepared: &Prepared<'_>) -> Result<Tally> {
    prepared.package()?;
    let report = size::measure(prepared.workspace)?;
    println!("{}\n{}", report.to_json()?, report.verdict());
    let mut tally = if report.is_within_budget() { Tally::ONE_PASSED } else { Tally::ONE_FAILED };
    tally += report.check_readme(prepared.workspace).map_or_else(
        |error| {
            eprintln!("error: {error:#}");
            Tally::ONE_FAILED
        },
        |()| Tally::ONE_PASSED,
    );
    Ok(tally)
}

const END_TO_END: &str = "tests/e2e";

/// Everything together, in several tabs.
fn in_tabs<'p>(prepared: &'p Prepared<'_>) -> Result<InBrowser<'p>> {
    end_to_end(prepared, test_files(&prepared.workspace.root().join(END_TO_END))?, 5)
}

/// The one test that shows more the longer it runs.
fn in_rounds<'p>(prepared: &'p Prepared<'_>) -> Result<InBrowser<'p>> {
    end_to_end(prepared, vec![prepared.workspace.root().join(END_TO_END).join("rounds.test.mjs")], 200)
}

/// How long a file of tests may take: a driver that hangs is a failure.
const PATIENCE: Duration = Duration::from_secs(180);

/// Of twenty tabs, on a busy machine.
const LONGEST_ROUND: Duration = Duration::from_secs(10);

/// So many `rounds`, unless somebody asks for more, or for fewer.
fn end_to_end<'p>(prepared: &'p Prepared<'_>, files: Vec<PathBuf>, rounds: u32) -> Result<InBrowser<'p>> {
    let rounds = match env::var("SESSION_WARDEN_ROUNDS") {
        Ok(asked) => asked.parse().context("SESSION_WARDEN_ROUNDS is no number")?,
        Err(_) => rounds,
    };
    let timeout = PATIENCE + LONGEST_ROUND * rounds;
    prepared.package()?;
    build::package(prepared.workspace, Profile::Next)?;
    prepared.server()?;

    let workspace = prepared.workspace;
    let command = move |browser: &Browser| {
        let mut node = browser_tests(workspace, &files, browser, timeout);
        node.env("SESSION_WARDEN_ROUNDS", rounds.to_string());
        Ok(node)
    };
    Ok(InBrowser { runner: Runner::Node, command: Box::new(command) })
}

/// In the first of the engines that are asked for: what they have in common, the other suites show.
fn contracts(prepared: &Prepared<'_>) -> Result<Tally> {
    let workspace = prepared.workspace;
    let mut requirements = Requirements::read(workspace.root())?;
    prepared.package()?;
    prepared.server()?;

    let &engine = prepared.engines.first().context("there is no engine to run in")?;
    let browser = prepared.browser(engine)?;
    let files = test_files(&workspace.root().join("tests/contracts"))?;
    let command = browser_tests(workspace, &files, &browser, PATIENCE);
    let mut tally = count_in(&browser, command, Runner::Node, |line| requirements.see(line))?;
    println!("{requirements}");
    if tally.failed == 0 && requirements.is_any_missed() {
        tally += Tally::ONE_FAILED;
    }
    Ok(tally)
}

/// In one engine: what engines differ in is not what backends differ in.
fn backends(prepared: &Prepared<'_>) -> Result<Tally> {
    prepared.package()?;
    let workspace = prepared.workspace;
    node::packages_of(workspace, "tests/backends")?;
    let python = python::backends(workspace)?;
    let files = test_files(&workspace.root().join("tests/backends"))?;
    let mut node = browser_tests(workspace, &files, &prepared.browser(Engine::Chromium)?, PATIENCE);
    count(node.env("SESSION_WARDEN_PYTHON", python), Runner::Node)
}

fn docs(prepared: &Prepared<'_>) -> Result<Tally> {
    prepared.package()?;
    prepared.server()?;
    let workspace = prepared.workspace;
    node::packages_of(workspace, "tests/docs")?;
    let files = test_files(&workspace.root().join("tests/docs"))?;
    let browser = prepared.browser(Engine::Chromium)?;
    // Compilers of several versions have much to read.
    let mut node = browser_tests(workspace, &files, &browser, PATIENCE * 3);
    // Which commands there are, it knows best itself.
    node.env("SESSION_WARDEN_XTASK", env::current_exe()?);
    count(node.envs(browser.program.map(|program| ("CHROMIUM", program))), Runner::Node)
}

/// What an application in Rust meets: examples in the documentation are compiled for the browser, and the one in `examples`
/// runs in one.
fn in_rust(prepared: &Prepared<'_>) -> Result<Tally> {
    let workspace = prepared.workspace;
    rust::wasm_target(workspace)?;
    let documented = |manifest: &str, package: &str| {
        let mut cargo = workspace.cargo();
        cargo.args(["test", "--locked", "--doc", "--manifest-path", manifest, "--package", package]);
        cargo.args(["--target", WASM_TARGET, "--target-dir"]).arg(workspace.target(""));
        // Those that can run without a browser are not counted here: the suite `machine` runs them.
        count(cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "true"), Runner::Cargo)
    };
    let mut tally = documented("Cargo.toml", "session-warden")?;
    tally += documented(example::MANIFEST, "guide")?;

    let site = example::build(workspace, Example::Leptos)?;
    prepared.package()?;
    prepared.server()?;
    let files = test_files(&workspace.root().join("tests/rust"))?;
    let mut node = browser_tests(workspace, &files, &prepared.browser(Engine::Chromium)?, PATIENCE);
    tally += count(node.env("SESSION_WARDEN_LEPTOS", site), Runner::Node)?;
    Ok(tally)
}

/// Node's test runner for tests that drive a browser. Node takes `timeout` for a file's, not for a test's.
fn browser_tests(workspace: &Workspace, files: &[PathBuf], browser: &Browser, timeout: Duration) -> Command {
    let mut node = workspace.node();
    node
        // One file at a time: the tests measure time, and a browser with ten tabs fills two cores.
        .args(["--test", "--test-reporter=spec", "--test-concurrency=1"])
        .arg(format!("--test-timeout={}", timeout.as_millis()))
        .args(files)
        .env("SESSION_WARDEN_SERVER", workspace.server_binary())
        .env("SESSION_WARDEN_PKG", workspace.package_dist())
        .env("SESSION_WARDEN_NEXT_PKG", workspace.next_package_dist())
        .env("SESSION_WARDEN_WWW", workspace.root().join("www"))
        .env("SESSION_WARDEN_ENGINE", browser.engine.id())
        .env("SESSION_WARDEN_DRIVER", &browser.driver)
        .envs(browser.program.as_ref().map(|program| ("SESSION_WARDEN_BROWSER", program)));
    node
}

/// Counts what `command` runs in `browser`, on the screen that this needs.
fn count_in(
    browser: &Browser,
    mut command: Command,
    runner: Runner,
    on_line: impl FnMut(&str),
) -> Result<Tally> {
    let screen = browser.screen()?;
    if let Some(screen) = &screen {
        command.env("DISPLAY", &screen.display);
    }
    count_and_show(&mut command, runner, &mut io::stdout(), on_line)
}

/// Counts what the `parts` of a suite run in one engine after the other, and tells which behaviours were seen in which.
/// One whose browser is not to be had is one failure.
fn in_each_engine(prepared: &Prepared<'_>, suite: &str, parts: &[InBrowser<'_>]) -> Tally {
    let mut behaviours = Behaviours::default();
    let mut run = |engine, part: &InBrowser<'_>| {
        let browser = prepared.browser(engine)?;
        let command = (part.command)(&browser)?;
        count_in(&browser, command, part.runner, |line| behaviours.read(engine, part.runner, line))
    };
    let mut total = Tally::default();
    for &engine in prepared.engines {
        progress(&format!("suite {suite} in {engine}"));
        let mut in_engine = Tally::default();
        let ((), took) = timed(|| {
            for part in parts {
                in_engine += run(engine, part).unwrap_or_else(|error| {
                    eprintln!("error: the suite {suite} could not run in {engine}: {error:#}");
                    Tally::ONE_FAILED
                });
            }
        });
        println!("{suite} in {engine}: {in_engine} ({} s)", took.as_secs());
        total += in_engine;
    }
    println!("{behaviours}");
    total
}

/// The `*.test.mjs` of a folder, sorted. Node 20 does not expand patterns by itself.
fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path);
        }
    }
    if files.is_empty() {
        bail!("there is no *.test.mjs in {}", folder.display());
    }
    files.sort();
    Ok(files)
}

/// Runs a test runner and counts what its closing lines say.
fn count(command: &mut Command, runner: Runner) -> Result<Tally> {
    count_and_show(command, runner, &mut io::stdout(), |_| {})
}

fn count_and_show(
    command: &mut Command,
    runner: Runner,
    out: &mut impl Write,
    mut on_line: impl FnMut(&str),
) -> Result<Tally> {
    let mut counter = Counter::new(runner);
    let status = stream(command, out, |line| {
        counter.read(line);
        on_line(line);
    })?;
    let mut tally = counter.total();
    if !status.success() && tally.failed == 0 {
        // A crash or a compile error after some results: those stand, and the rest is one failure.
        eprintln!("error: the runner ended with {status} and named no failed test");
        tally += Tally::ONE_FAILED;
    } else if tally.is_empty() {
        bail!("it ran no tests");
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(script: &str) -> Result<Tally> {
        // Shown to nobody: the suite `xtask` would count these lines as its own.
        count_and_show(Command::new("sh").args(["-c", script]), Runner::Cargo, &mut io::sink(), |_| {})
    }

    #[test]
    fn a_runner_that_crashes_after_green_results_is_a_failure() {
        let tally = counted("echo 'test result: ok. 2 passed; 0 failed; 0 ignored'; exit 101");
        assert_eq!(tally.expect("it ran"), Tally { passed: 2, failed: 1, skipped: 0 });
    }

    #[test]
    fn failures_that_the_runner_counted_are_not_counted_twice() {
        let tally = counted("echo 'test result: FAILED. 2 passed; 3 failed; 0 ignored'; exit 101");
        assert_eq!(tally.expect("it ran"), Tally { passed: 2, failed: 3, skipped: 0 });
    }

    #[test]
    fn a_runner_without_tests_is_an_error() {
        let error = counted("echo 'test result: ok. 0 passed; 0 failed; 0 ignored'").expect_err("no tests");
        assert_eq!(error.to_string(), "it ran no tests");
    }

    #[test]
    fn a_runner_that_is_not_there_is_named() {
        let error = count(&mut Command::new("no-such-runner"), Runner::Node).expect_err("it is not there");
        assert_eq!(error.to_string(), "no-such-runner is not installed, or not on PATH");
    }

    #[test]
    fn a_suite_that_could_not_run_counts_as_one_failed() {
        let workspace = Workspace::find().expect("the tests run in the checkout");
        let suite = Suite { name: "broken", about: "", by_default: false, run: |_| bail!("no browser") };
        assert_eq!(run(&suite, &Prepared::new(&workspace, Engine::ALL)), Tally::ONE_FAILED);
    }

    #[test]
    fn what_failed_once_is_not_tried_again() {
        let cell = OnceCell::new();
        let first = once::<()>(&cell, || bail!("the build is broken"));
        let second = once(&cell, || Ok(()));
        for result in [first, second] {
            assert_eq!(result.expect_err("it failed").to_string(), "the build is broken");
        }
    }

    #[test]
    fn suite_names_are_unique() {
        let mut names: Vec<_> = SUITES.iter().map(|suite| suite.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SUITES.len());
    }
}
