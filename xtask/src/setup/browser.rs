//! The browsers that the tests run in, each with its WebDriver: one for every engine.

use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use super::rust;
use crate::process::{capture, progress, run, spawn};
use crate::workspace::Workspace;

/// What renders pages and runs their scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    /// Apple's engine, as GNOME ships it. It is not Safari.
    #[value(name = "webkitgtk")]
    WebKitGtk,
}

impl Engine {
    pub(crate) const ALL: &[Self] = &[Self::Chromium, Self::Firefox, Self::WebKitGtk];

    /// As `--engine` takes it.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::WebKitGtk => "webkitgtk",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chromium => "Chromium",
            Self::Firefox => "Firefox",
            Self::WebKitGtk => "WebKitGTK",
        })
    }
}

const CHROMIUM: Program = Program {
    title: "Chromium",
    variable: "CHROMIUM",
    names: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    package: "chromium",
};
const CHROMEDRIVER: Program = Program {
    title: "ChromeDriver",
    variable: "CHROMEDRIVER",
    names: &["chromedriver", "chromium.chromedriver"],
    package: "chromium-driver",
};
const FIREFOX: Program = Program {
    title: "Firefox",
    variable: "FIREFOX",
    names: &["firefox-esr", "firefox"],
    package: "firefox-esr",
};
/// It knows its browser, WebKitGTK's own MiniBrowser, and where that lies.
const WEBKIT_WEBDRIVER: Program = Program {
    title: "WebKitWebDriver",
    variable: "WEBKIT_WEBDRIVER",
    names: &["WebKitWebDriver"],
    package: "webkit2gtk-driver",
};
const XVFB: Program = Program { title: "Xvfb", variable: "XVFB", names: &["Xvfb"], package: "xvfb" };

/// A browser and what drives it.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) engine: Engine,
    /// `None` where the driver knows its browser.
    pub(crate) program: Option<PathBuf>,
    pub(crate) driver: PathBuf,
    /// For a browser that cannot do without a screen.
    xvfb: Option<PathBuf>,
}

impl Browser {
    /// A screen, where the browser wants one.
    pub(crate) fn screen(&self) -> Result<Option<Screen>> {
        self.xvfb.as_deref().map(Screen::start).transpose()
    }
}

/// The programs that variables name, else those on `PATH`, else Debian's, installed now; geckodriver, which Debian
/// does not have, is built.
pub(crate) fn find(workspace: &Workspace, engine: Engine) -> Result<Browser> {
    let (program, driver, xvfb) = match engine {
        Engine::Chromium => {
            install_what_is_missing(&[&CHROMIUM, &CHROMEDRIVER])?;
            (Some(CHROMIUM.find()?), CHROMEDRIVER.find()?, None)
        }
        Engine::Firefox => {
            install_what_is_missing(&[&FIREFOX])?;
            (Some(FIREFOX.find()?), rust::geckodriver(workspace)?, None)
        }
        Engine::WebKitGtk => {
            install_what_is_missing(&[&WEBKIT_WEBDRIVER, &XVFB])?;
            (None, WEBKIT_WEBDRIVER.find()?, Some(XVFB.find()?))
        }
    };
    Ok(Browser { engine, program, driver, xvfb })
}

fn install_what_is_missing(programs: &[&Program]) -> Result<()> {
    let mut packages = Vec::new();
    let mut errors = Vec::new();
    for program in programs {
        match program.find() {
            Ok(_) => {}
            Err(missing) if missing.is_named_by_variable => return Err(missing.into()),
            Err(missing) => {
                packages.push(program.package);
                errors.push(missing.to_string());
            }
        }
    }
    if packages.is_empty() {
        return Ok(());
    }
    install_from_debian(&packages).with_context(|| errors.join("; "))
}

fn install_from_debian(packages: &[&str]) -> Result<()> {
    if which::which("apt-get").is_err() {
        bail!("there is no apt-get to install it with");
    }
    let is_root = capture(Command::new("id").arg("-u"))?.trim() == "0";
    if !is_root {
        capture(Command::new("sudo").args(["-n", "true"]))
            .context("installing it needs root, or sudo without a password")?;
    }
    let apt_get = || {
        let mut command = Command::new(if is_root { "env" } else { "sudo" });
        if !is_root {
            command.args(["-n", "env"]);
        }
        command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    };
    progress(&format!("installing Debian's {}", packages.join(" and ")));
    run(apt_get().arg("update"))?;
    run(apt_get().args(["install", "-y", "--no-install-recommends"]).args(packages))
}

/// A screen in memory. It lasts as long as the value.
pub(crate) struct Screen {
    xvfb: Child,
    /// What programs find it by, in `DISPLAY`.
    pub(crate) display: String,
}

impl Screen {
    fn start(xvfb: &Path) -> Result<Self> {
        let mut command = Command::new(xvfb);
        command
            // It takes a number that is free and says which.
            .args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut xvfb = spawn(&mut command)?;
        let mut number = String::new();
        BufReader::new(xvfb.stdout.take().context("its stdout is piped")?).read_line(&mut number)?;
        if number.is_empty() {
            bail!("Xvfb ended with {}", xvfb.wait()?);
        }
        Ok(Self { xvfb, display: format!(":{}", number.trim()) })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.xvfb.kill();
        let _ = self.xvfb.wait();
    }
}

struct Program {
    title: &'static str,
    variable: &'static str,
    names: &'static [&'static str],
    /// Debian's.
    package: &'static str,
}

impl Program {
    fn find(&self) -> Result<PathBuf, Missing> {
        self.find_given(env::var_os(self.variable).as_deref())
    }

    fn find_given(&self, named: Option<&OsStr>) -> Result<PathBuf, Missing> {
        let Self { title, variable, package, .. } = *self;
        let missing = |is_named_by_variable| Missing { title, variable, package, is_named_by_variable };
        match named {
            Some(path) => which::which(path).map_err(|_| missing(true)),
            None => self.names.iter().find_map(|name| which::which(name).ok()).ok_or(missing(false)),
        }
    }
}

#[derive(Debug)]
struct Missing {
    title: &'static str,
    variable: &'static str,
    package: &'static str,
    is_named_by_variable: bool,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { title, variable, package, is_named_by_variable } = self;
        if *is_named_by_variable {
            write!(f, "{variable} does not name a program that can be run")
        } else {
            write!(
                f,
                "{title} is missing: install it (Debian: apt-get install {package}), name its program in \
                 {variable}, or choose other engines with --engine"
            )
        }
    }
}

impl Error for Missing {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_named_by_its_variable_is_taken_or_refused_but_never_replaced() {
        let program = Program { title: "Shell", variable: "A_SHELL", names: &["sh"], package: "dash" };
        assert!(program.find_given(None).is_ok());

        let missing = program.find_given(Some("/no/such/shell".as_ref())).expect_err("it is not there");
        assert!(missing.is_named_by_variable);
        assert_eq!(missing.to_string(), "A_SHELL does not name a program that can be run");
    }

    #[test]
    fn a_missing_program_says_how_to_get_it() {
        let program = Program { names: &["no-such-browser"], ..FIREFOX };
        let missing = program.find_given(None).expect_err("it is not there");
        assert!(missing.to_string().contains("apt-get install firefox-esr"));
        assert!(missing.to_string().contains("name its program in FIREFOX"));
    }
}
