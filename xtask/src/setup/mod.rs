//! What a fresh machine lacks, installed on demand: each function checks first, so a second call is quick.

pub(crate) mod browser;
pub(crate) mod node;
pub(crate) mod rust;

use std::env;
use std::ffi::OsString;

use anyhow::{Result, bail};

/// A C compiler, which the embedded SQLite is built with.
pub(crate) fn c_compiler() -> Result<()> {
    let program = env::var_os("CC").unwrap_or_else(|| OsString::from("cc"));
    if which::which(&program).is_err() {
        bail!(
            "no C compiler: `{}` is not on PATH. Install one (Debian: apt-get install build-essential) \
             or name one in CC",
            program.display()
        );
    }
    Ok(())
}
