use std::fmt;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::str::FromStr;

use sqlx::ConnectOptions;
use sqlx::any::AnyConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use thiserror::Error;

/// Where the database is: a file, a `sqlite:` or `postgres:` URL, or `:memory:`.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseLocation(String);

/// Why a text is no place for a database.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DatabaseLocationError {
    /// Nothing was given.
    #[error("the database needs a path, a `sqlite:` or `postgres:` URL, or `:memory:`")]
    Empty,
    /// A URL of some other database.
    #[error("`{0}:` is not supported; give a path, a `sqlite:` or `postgres:` URL, or `:memory:`")]
    Scheme(String),
}

/// The kinds of database that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    SqliteFile,
    SqliteMemory,
    Postgres,
}

impl DatabaseLocation {
    pub(super) fn kind(&self) -> Kind {
        if self.0.starts_with("postgres") && self.0.contains("://") {
            Kind::Postgres
        } else if self.0.contains(":memory:") || self.0.contains("mode=memory") {
            Kind::SqliteMemory
        } else {
            Kind::SqliteFile
        }
    }

    pub(super) fn connect_options(&self) -> Result<AnyConnectOptions, sqlx::Error> {
        match self.kind() {
            Kind::Postgres => self.0.parse(),
            Kind::SqliteMemory if self.0 == ":memory:" => "sqlite::memory:".parse(),
            Kind::SqliteMemory => self.0.parse(),
            Kind::SqliteFile => {
                AnyConnectOptions::from_url(&self.sqlite_file()?.create_if_missing(true).to_url_lossy())
            }
        }
    }

    /// Whether there is a database to be opened. Of a server elsewhere, only opening it tells.
    pub(super) fn exists(&self) -> Result<bool, sqlx::Error> {
        match self.kind() {
            Kind::Postgres => Ok(true),
            // It is of the process that has it.
            Kind::SqliteMemory => Ok(false),
            Kind::SqliteFile => Ok(self.sqlite_file()?.get_filename().exists()),
        }
    }

    /// Refuses a place where a database is neither there nor could be made.
    pub(super) fn check_directory(&self) -> Result<(), sqlx::Error> {
        if self.kind() == Kind::SqliteFile {
            let file = self.sqlite_file()?;
            let directory = file.get_filename().parent().filter(|path| !path.as_os_str().is_empty());
            directory.unwrap_or(Path::new(".")).read_dir()?;
        }
        Ok(())
    }

    /// Makes the database's file, where it is missing, readable and writable by its owner alone: password
    /// hashes are nobody else's business. SQLite gives the files beside it the same mode.
    pub(super) fn create_private(&self) -> Result<(), sqlx::Error> {
        if self.kind() != Kind::SqliteFile {
            return Ok(());
        }
        match create_private(self.sqlite_file()?.get_filename()) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn sqlite_file(&self) -> Result<SqliteConnectOptions, sqlx::Error> {
        match self.0.as_str() {
            url if url.starts_with("sqlite:") => SqliteConnectOptions::from_str(url),
            path => Ok(SqliteConnectOptions::new().filename(Path::new(path))),
        }
    }
}

impl Default for DatabaseLocation {
    /// A file in the working directory.
    fn default() -> Self {
        Self("session-warden.sqlite".to_owned())
    }
}

impl FromStr for DatabaseLocation {
    type Err = DatabaseLocationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(DatabaseLocationError::Empty);
        }
        match text.split_once("://") {
            Some((scheme, _)) if !matches!(scheme, "sqlite" | "postgres" | "postgresql") => {
                Err(DatabaseLocationError::Scheme(scheme.to_owned()))
            }
            _ => Ok(Self(text.to_owned())),
        }
    }
}

/// Without what a URL may hold of a password.
impl fmt::Display for DatabaseLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((scheme, rest)) = self.0.split_once("://").filter(|_| self.kind() == Kind::Postgres) else {
            return f.write_str(&self.0);
        };
        let address = rest.split('?').next().unwrap_or_default();
        let host = address.rsplit_once('@').map_or(address, |(_, host)| host);
        write!(f, "{scheme}://{host}")
    }
}

impl fmt::Debug for DatabaseLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseLocation({self})")
    }
}

/// Makes a new file that its owner alone can read and write.
pub(super) fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}
