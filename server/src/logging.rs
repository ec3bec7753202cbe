//! The log: structured events on standard error, and audit events in a file of their own where one is named.

use std::fs::{File, OpenOptions};
use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{fmt, registry};

use crate::audit;

/// Opens an audit log, to be added to; made for its owner alone where it is missing.
///
/// # Errors
/// When it cannot be opened.
pub fn open_audit_log(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes the process' events of `level` and above to standard error; of other crates, warnings at most. Audit
/// events go to `audit_log` too, a JSON object a line, whatever the level.
///
/// # Errors
/// When the process has a log already.
pub fn init(level: LevelFilter, audit_log: Option<File>) -> Result<(), TryInitError> {
    let own = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target(env!("CARGO_CRATE_NAME"), level);
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).with_filter(own);
    let audit = audit_log.map(|file| {
        let audit_events = Targets::new().with_target(audit::TARGET, LevelFilter::INFO);
        let objects = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
        objects.with_writer(Mutex::new(file)).with_filter(audit_events)
    });
    registry().with(lines).with(audit).try_init()
}
