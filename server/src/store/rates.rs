use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyPool, Executor};

use super::Store;
use crate::profile::Rate;

const CONNECTIONS: u32 = 4;
/// Far longer than a count takes, and far shorter than a request may.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(1);
const SET_STATEMENT_TIMEOUT: &str = "SET statement_timeout = '1s'";

/// What the servers on one PostgreSQL count together. On connections of its own, so that whoever blocks its table
/// keeps no request from the others.
#[derive(Debug, Clone)]
pub(crate) struct SharedRates(AnyPool);

impl SharedRates {
    pub(super) fn on(database: AnyConnectOptions) -> Self {
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A connection that has broken costs a count; to ask each whether it has, would cost every request.
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move { connection.execute(SET_STATEMENT_TIMEOUT).await.map(drop) })
            })
            .connect_lazy_with(database);
        Self(pool)
    }

    pub(super) async fn close(&self) {
        self.0.close().await;
    }

    /// Counts one more of `key` where that is within `rate`; else says how long until it is.
    ///
    /// By the generic cell rate algorithm, as governor has it. An arrival that lies further ahead than the algorithm
    /// ever puts it is from before the clock was set back, and counts for nothing.
    pub(crate) async fn count(&self, key: &str, rate: Rate) -> Result<Option<Duration>, sqlx::Error> {
        let one = rate.replenish_one();
        let (interval, tolerance) = (nanoseconds(one), nanoseconds(one * rate.count().get()));
        let counted = sqlx::query(
            "INSERT INTO rate_limits AS held (key, theoretical_arrival) \
             SELECT $1, clock.now + $2 FROM \
             (SELECT (extract(epoch FROM clock_timestamp()) * 1000000000)::bigint AS now) AS clock \
             ON CONFLICT (key) DO UPDATE SET theoretical_arrival = \
             CASE WHEN held.theoretical_arrival > excluded.theoretical_arrival - $2 + 2 * $3 \
                  THEN excluded.theoretical_arrival \
                  ELSE GREATEST(held.theoretical_arrival + $2, excluded.theoretical_arrival) END \
             WHERE held.theoretical_arrival <= excluded.theoretical_arrival - 2 * $2 + $3 \
             OR held.theoretical_arrival > excluded.theoretical_arrival - $2 + 2 * $3",
        )
        .bind(key)
        .bind(interval)
        .bind(tolerance)
        .execute(&self.0)
        .await?;
        if counted.rows_affected() > 0 {
            return Ok(None);
        }
        let wait: Option<(i64,)> = sqlx::query_as(
            "SELECT theoretical_arrival + $2 - $3 - (extract(epoch FROM clock_timestamp()) * 1000000000)::bigint \
             FROM rate_limits WHERE key = $1",
        )
        .bind(key)
        .bind(interval)
        .bind(tolerance)
        .fetch_optional(&self.0)
        .await?;
        Ok(wait.map(|(wait,)| Duration::from_nanos(wait.max(1).unsigned_abs())))
    }
}

impl Store {
    /// Forgets whom nothing has been heard of. Not in a transaction with anything else: requests would wait for it.
    pub(crate) async fn forget_idle_rates(&self) -> Result<(), sqlx::Error> {
        if self.shared_rates.is_some() {
            sqlx::query(
                "DELETE FROM rate_limits WHERE \
                 theoretical_arrival <= (extract(epoch FROM clock_timestamp()) * 1000000000)::bigint",
            )
            .execute(&self.writer)
            .await?;
        }
        Ok(())
    }
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}
