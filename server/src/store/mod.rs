//! What outlives a request. All SQL is here, and is the same for SQLite and PostgreSQL: what differs is the
//! schema's types, how a transaction begins, how a connection is set up, and that servers on one PostgreSQL count
//! requests together.
//!
//! Transactions on PostgreSQL see what others commit between their statements, so each first writes to the
//! row that it is about: a user's for what spans sessions, else a session's. That makes others wait, as
//! SQLite's one write lock does. A user's row is taken before their sessions', never after.

mod accounts;
mod attempts;
mod items;
mod location;
mod rates;
mod sessions;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{Any, AnyPool, Executor, SqlSafeStr, Transaction};
use thiserror::Error;

pub(crate) use accounts::{Account, EmailTaken, NewAccount};
pub(crate) use attempts::Attempt;
pub(crate) use items::NewItem;
pub use location::{DatabaseLocation, DatabaseLocationError};
pub(crate) use rates::SharedRates;
pub(crate) use sessions::{
    Client, EndAll, Grant, NewSession, PasswordChange, PasswordChangeOutcome, Presented, RevokedReason,
    Rotation, SessionStart,
};

use crate::clock::Timestamp;
use location::Kind;

/// Why the database could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The database cannot be opened, created or reached.
    #[error("cannot open the database {location}: {source}")]
    Open {
        /// Which database.
        location: DatabaseLocation,
        /// What the database says.
        source: sqlx::Error,
    },
    /// It is to be there already, and is not.
    #[error("there is no database {0}")]
    Missing(DatabaseLocation),
    /// The schema cannot be brought up to date.
    #[error("cannot migrate the database {location}: {source}")]
    Migrate {
        /// Which database.
        location: DatabaseLocation,
        /// What went wrong.
        source: MigrateError,
    },
}

/// Why there is no backup.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The database has tools of its own for this.
    #[error("a backup is made of SQLite; for PostgreSQL use `pg_dump`")]
    NotSqlite,
    /// The file cannot be made, or is there already.
    #[error("cannot write {}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// SQLite could not copy.
    #[error("cannot copy the database: {0}")]
    Copy(#[from] sqlx::Error),
}

const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;
const POSTGRES_BEGIN: &str = "BEGIN";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The database. SQLite allows one writer at a time, so writes queue for one connection here, in order, and
/// do not spin on its lock; reads go beside them.
#[derive(Clone)]
pub(crate) struct Store {
    writer: AnyPool,
    readers: AnyPool,
    begin: &'static str,
    shared_rates: Option<SharedRates>,
}

impl Store {
    pub(crate) async fn open(location: &DatabaseLocation) -> Result<Self, OpenError> {
        let open_failed = |source| OpenError::Open { location: location.clone(), source };
        sqlx::any::install_default_drivers();
        location.create_private().map_err(open_failed)?;
        let options = location.connect_options().map_err(open_failed)?;
        let kind = location.kind();
        let writer = match kind {
            Kind::Postgres => pool(options.clone(), POSTGRES_CONNECTIONS, kind).await,
            Kind::SqliteFile | Kind::SqliteMemory => pool(options.clone(), 1, kind).await,
        }
        .map_err(open_failed)?;
        migrator(kind)
            .run(&writer)
            .await
            .map_err(|source| OpenError::Migrate { location: location.clone(), source })?;
        let shared_rates = match kind {
            Kind::Postgres => Some(SharedRates::on(options.clone())),
            Kind::SqliteFile | Kind::SqliteMemory => None,
        };
        let readers = match kind {
            Kind::SqliteFile => pool(options, SQLITE_READERS, kind).await.map_err(open_failed)?,
            // A database in memory lives and dies with its connection: a second one would see another.
            Kind::SqliteMemory | Kind::Postgres => writer.clone(),
        };
        let begin = match kind {
            // Takes the write lock at once: what the transaction reads stays true until it commits, against
            // other processes too.
            Kind::SqliteFile | Kind::SqliteMemory => "BEGIN IMMEDIATE",
            Kind::Postgres => POSTGRES_BEGIN,
        };
        Ok(Self { writer, readers, begin, shared_rates })
    }

    /// Opens a database that is there. A mistyped name makes no new one.
    pub(crate) async fn open_existing(location: &DatabaseLocation) -> Result<Self, OpenError> {
        let open_failed = |source| OpenError::Open { location: location.clone(), source };
        if location.exists().map_err(open_failed)? {
            return Self::open(location).await;
        }
        location.check_directory().map_err(open_failed)?;
        Err(OpenError::Missing(location.clone()))
    }

    /// Where there may be several servers, what they count together.
    pub(crate) fn shared_rates(&self) -> Option<SharedRates> {
        self.shared_rates.clone()
    }

    pub(crate) async fn close(&self) {
        if let Some(rates) = &self.shared_rates {
            rates.close().await;
        }
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), sqlx::Error> {
        sqlx::query("SELECT 1 FROM users WHERE id = ''").fetch_optional(&self.readers).await?;
        Ok(())
    }

    /// Removes what nobody can present any more, and login attempts from before `forget`; says how many rows
    /// went.
    pub(crate) async fn remove_expired(&self, now: Timestamp, forget: Timestamp) -> Result<u64, sqlx::Error> {
        let mut tx = self.begin().await?;
        let mut removed = 0;
        for (delete, before) in [
            ("DELETE FROM refresh_tokens WHERE expires_at <= $1", now),
            ("DELETE FROM sessions WHERE expires_at <= $1", now),
            ("DELETE FROM revoked_access_tokens WHERE expires_at <= $1", now),
            ("DELETE FROM login_attempts WHERE last_at <= $1", forget),
        ] {
            let outcome = sqlx::query(delete).bind(before.unix_seconds()).execute(&mut *tx).await?;
            removed += outcome.rows_affected();
        }
        tx.commit().await?;
        Ok(removed)
    }

    /// Copies a SQLite database as it is at one moment, to a new file that its owner alone can read.
    pub(crate) async fn back_up(&self, file: &Path) -> Result<(), BackupError> {
        if self.begin == POSTGRES_BEGIN {
            return Err(BackupError::NotSqlite);
        }
        // SQLite writes into an empty file, and leaves its mode as it is.
        location::create_private(file)
            .map_err(|source| BackupError::File { file: file.to_owned(), source })?;
        let path = file.to_string_lossy().into_owned();
        sqlx::query("VACUUM INTO $1").bind(path).execute(&self.writer).await?;
        Ok(())
    }

    /// On a task of its own, which goes on when the request is given up, and then rolls back: sqlx forgets a
    /// BEGIN whose answer from PostgreSQL nobody waits for, and would keep the connection with the transaction.
    async fn begin(&self) -> Result<Transaction<'static, Any>, sqlx::Error> {
        let (pool, begin) = (self.writer.clone(), self.begin);
        let transaction = tokio::spawn(async move { pool.begin_with(begin).await });
        transaction.await.map_err(|failed| sqlx::Error::Io(failed.into()))?
    }
}

async fn pool(options: AnyConnectOptions, connections: u32, kind: Kind) -> Result<AnyPool, sqlx::Error> {
    AnyPoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .acquire_timeout(CONNECT_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |connection, _| {
            Box::pin(async move {
                if kind == Kind::Postgres {
                    return Ok(());
                }
                // A refresh token that was given out must outlast a power cut, or its holder is signed out.
                connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL").await?;
                Ok(())
            })
        })
        .connect_with(options)
        .await
}

fn migrator(kind: Kind) -> Migrator {
    let migration = |version, name: &'static str, sql: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(match kind {
        Kind::Postgres => vec![
            migration(1, "initial", include_str!("../../migrations/postgres/0001_initial.sql")),
            migration(2, "rate limits", include_str!("../../migrations/postgres/0002_rate_limits.sql")),
        ],
        Kind::SqliteFile | Kind::SqliteMemory => {
            vec![migration(1, "initial", include_str!("../../migrations/sqlite/0001_initial.sql"))]
        }
    })
}
