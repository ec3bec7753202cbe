//! What outlives a request. All SQL is here.

mod accounts;
mod items;
mod location;
mod sessions;

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{SqlSafeStr, Sqlite, SqlitePool, Transaction};
use thiserror::Error;

pub(crate) use accounts::{Account, EmailTaken, NewAccount};
pub(crate) use items::NewItem;
pub use location::{DatabaseLocation, DatabaseLocationError};
pub(crate) use sessions::{
    EndAll, NewSession, PasswordChange, PasswordChangeOutcome, RevokedReason, Rotation, Successor,
};

use crate::clock::Timestamp;

/// Why the database could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The file cannot be opened or created.
    #[error("cannot open the database {location}: {source}")]
    Open {
        /// Which database.
        location: DatabaseLocation,
        /// What SQLite says.
        source: sqlx::Error,
    },
    /// The schema cannot be brought up to date.
    #[error("cannot migrate the database {location}: {source}")]
    Migrate {
        /// Which database.
        location: DatabaseLocation,
        /// What went wrong.
        source: MigrateError,
    },
}

const READERS: u32 = 4;

/// The database. SQLite allows one writer at a time, so writes queue for one connection here, in order, and
/// do not spin on its lock; reads go beside them.
#[derive(Clone)]
pub(crate) struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Store {
    pub(crate) async fn open(location: &DatabaseLocation) -> Result<Self, OpenError> {
        let open_failed = |source| OpenError::Open { location: location.clone(), source };
        let options = location
            .connect_options()
            .map_err(open_failed)?
            .create_if_missing(true)
            .foreign_keys(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A refresh token that was given out must outlast a power cut, or its holder is signed out.
            .synchronous(SqliteSynchronous::Full);
        let writer = pool(options.clone(), 1).await.map_err(open_failed)?;
        migrator()
            .run(&writer)
            .await
            .map_err(|source| OpenError::Migrate { location: location.clone(), source })?;
        let readers = if location.is_in_memory() {
            // Such a database lives and dies with its connection: a second one would see another.
            writer.clone()
        } else {
            pool(options, READERS).await.map_err(open_failed)?
        };
        Ok(Self { writer, readers })
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Removes sessions and tokens whose time is over, and says how many rows went.
    pub(crate) async fn remove_expired(&self, now: Timestamp) -> Result<u64, sqlx::Error> {
        let mut tx = self.begin().await?;
        let mut removed = 0;
        for delete in
            ["DELETE FROM refresh_tokens WHERE expires_at <= ?", "DELETE FROM sessions WHERE expires_at <= ?"]
        {
            let outcome = sqlx::query(delete).bind(now.unix_seconds()).execute(&mut *tx).await?;
            removed += outcome.rows_affected();
        }
        tx.commit().await?;
        Ok(removed)
    }

    /// Begins a transaction that holds the write lock from its first statement: what it reads stays true
    /// until it commits, against other processes too.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
        self.writer.begin_with("BEGIN IMMEDIATE").await
    }
}

async fn pool(options: SqliteConnectOptions, connections: u32) -> Result<SqlitePool, sqlx::Error> {
    SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await
}

fn migrator() -> Migrator {
    let migration = |version, description: &'static str, sql: &'static str| {
        Migration::new(version, description.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(vec![
        migration(
            1,
            "accounts and sessions",
            include_str!("../../migrations/0001_accounts_and_sessions.sql"),
        ),
        migration(2, "resource items", include_str!("../../migrations/0002_resource_items.sql")),
    ])
}
