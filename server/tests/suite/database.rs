//! Where the servers of these tests keep what they remember: SQLite.

use std::path::Path;

/// All that is kept, as it lies there.
pub(crate) async fn contents(directory: &Path) -> Vec<u8> {
    ["test.sqlite", "test.sqlite-wal"]
        .into_iter()
        .filter_map(|name| std::fs::read(directory.join(name)).ok())
        .flatten()
        .collect()
}

/// The database that lies in `directory`, or is to be made there.
pub(crate) async fn database_in(directory: &Path) -> String {
    directory.join("test.sqlite").display().to_string()
}

/// Nothing here goes by a clock of its own.
pub(crate) async fn let_pass(_directory: &Path, _seconds: i64) {}
