//! What a fresh machine lacks, installed on demand: each function checks first, so a second call is quick.

pub(crate) mod browser;
pub(crate) mod node;
pub(crate) mod python;
pub(crate) mod rust;

use std::env;
use std::ffi::OsString;

use anyhow::{Result, bail};

/// A C compiler, which the embedded SQLite is built with.
pub(crate) fn c_compiler() -> Result<()> {
    compiler("C", "CC", "cc")
}

/// A C++ compiler, which libFuzzer is built with.
pub(crate) fn cxx_compiler() -> Result<()> {
    compiler("C++", "CXX", "c++")
}

fn compiler(language: &str, variable: &str, usual: &str) -> Result<()> {
    let program = env::var_os(variable).unwrap_or_else(|| OsString::from(usual));
    if which::which(&program).is_err() {
        bail!(
            "no {language} compiler: `{}` is not on PATH. Install one (Debian: apt-get install \
             build-essential) or name one in {variable}",
            program.display()
        );
    }
    Ok(())
}
