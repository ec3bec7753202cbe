use std::fmt;
use std::path::Path;
use std::str::FromStr;

use sqlx::sqlite::SqliteConnectOptions;
use thiserror::Error;

/// Where the database is: a file, a `sqlite:` URL, or `:memory:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseLocation(String);

/// Why a text is no place for a database.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DatabaseLocationError {
    /// Nothing was given.
    #[error("the database needs a path, a `sqlite:` URL or `:memory:`")]
    Empty,
    /// A URL of some other database.
    #[error("`{0}:` is not supported; give a path, a `sqlite:` URL or `:memory:`")]
    Scheme(String),
}

impl DatabaseLocation {
    /// Whether the data ends with the process.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        self.0.contains(":memory:") || self.0.contains("mode=memory")
    }

    pub(super) fn connect_options(&self) -> Result<SqliteConnectOptions, sqlx::Error> {
        match self.0.as_str() {
            ":memory:" => SqliteConnectOptions::from_str("sqlite::memory:"),
            url if url.starts_with("sqlite:") => SqliteConnectOptions::from_str(url),
            path => Ok(SqliteConnectOptions::new().filename(Path::new(path))),
        }
    }
}

impl FromStr for DatabaseLocation {
    type Err = DatabaseLocationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(DatabaseLocationError::Empty);
        }
        match text.split_once("://") {
            Some((scheme, _)) if scheme != "sqlite" => Err(DatabaseLocationError::Scheme(scheme.to_owned())),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for DatabaseLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
