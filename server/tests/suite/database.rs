//! Where the servers of these tests keep what they remember: SQLite.

use std::path::Path;

/// The database that lies in `directory`, or is to be made there.
pub(crate) async fn database_in(directory: &Path) -> String {
    directory.join("test.sqlite").display().to_string()
}
