//! Chromium and its WebDriver, for the tests that run in a real browser.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::process::{capture, progress, run};

const CHROMIUM: Program = Program {
    title: "Chromium",
    variable: "CHROMIUM",
    names: &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
};
const CHROMEDRIVER: Program = Program {
    title: "ChromeDriver",
    variable: "CHROMEDRIVER",
    names: &["chromedriver", "chromium.chromedriver"],
};

/// The browser that the tests drive.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
}

/// The browser that `CHROMIUM` and `CHROMEDRIVER` name, else the one on `PATH`, else Debian's, installed now.
pub(crate) fn chromium() -> Result<Browser> {
    match find() {
        Ok(browser) => Ok(browser),
        Err(missing) if missing.is_named_by_variable => Err(missing.into_error()),
        Err(missing) => {
            install_from_debian().with_context(|| missing.describe())?;
            find().map_err(|missing| missing.into_error().context("apt-get reported success, but"))
        }
    }
}

fn find() -> Result<Browser, Missing> {
    Ok(Browser { chromium: CHROMIUM.find()?, chromedriver: CHROMEDRIVER.find()? })
}

fn install_from_debian() -> Result<()> {
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
    progress("installing Debian's chromium and chromium-driver");
    run(apt_get().arg("update"))?;
    run(apt_get().args(["install", "-y", "--no-install-recommends", "chromium", "chromium-driver"]))
}

struct Program {
    title: &'static str,
    variable: &'static str,
    names: &'static [&'static str],
}

impl Program {
    fn find(&self) -> Result<PathBuf, Missing> {
        self.find_given(env::var_os(self.variable).as_deref())
    }

    fn find_given(&self, named: Option<&OsStr>) -> Result<PathBuf, Missing> {
        let missing = |is_named_by_variable| Missing {
            title: self.title,
            variable: self.variable,
            is_named_by_variable,
        };
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
    is_named_by_variable: bool,
}

impl Missing {
    fn describe(&self) -> String {
        let Self { title, variable, is_named_by_variable } = self;
        if *is_named_by_variable {
            format!("{variable} does not name a program that can be run")
        } else {
            format!(
                "{title} is missing: install it (Debian: apt-get install chromium chromium-driver), or \
                 name its program in {variable}"
            )
        }
    }

    fn into_error(self) -> anyhow::Error {
        anyhow::anyhow!(self.describe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_named_by_its_variable_is_taken_or_refused_but_never_replaced() {
        let program = Program { title: "Shell", variable: "A_SHELL", names: &["sh"] };
        assert!(program.find_given(None).is_ok());

        let missing = program.find_given(Some("/no/such/shell".as_ref())).expect_err("it is not there");
        assert!(missing.is_named_by_variable);
        assert_eq!(missing.describe(), "A_SHELL does not name a program that can be run");
    }

    #[test]
    fn a_missing_program_says_how_to_get_it() {
        let program = Program { title: "Chromium", variable: "CHROMIUM", names: &["no-such-browser"] };
        let missing = program.find_given(None).expect_err("it is not there");
        assert!(missing.describe().contains("apt-get install chromium chromium-driver"));
        assert!(missing.describe().contains("name its program in CHROMIUM"));
    }
}
