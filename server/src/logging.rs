//! The log: structured events on standard error.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{fmt, registry};

/// Writes the process' events of `level` and above to standard error; of other crates, warnings at most.
///
/// # Errors
/// When the process has a log already.
pub fn init(level: LevelFilter) -> Result<(), TryInitError> {
    let own = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target(env!("CARGO_CRATE_NAME"), level);
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    registry().with(lines).with(own).try_init()
}
