use super::Store;
use crate::clock::Timestamp;
use crate::profile::Lockout;

/// Whether a password may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// It may; should it be wrong, that has been counted. `locks`: it is wrong once too often.
    Allowed {
        locks: bool,
    },
    Locked {
        until: Timestamp,
    },
}

impl Store {
    /// Counts an attempt as failed before its password is looked at, so that guesses made at the same moment
    /// count each for itself. A login that succeeds forgets them all.
    pub(crate) async fn begin_attempt(
        &self,
        account: &str,
        lockout: &Lockout,
        now: Timestamp,
    ) -> Result<Attempt, sqlx::Error> {
        let mut tx = self.begin().await?;
        let (failures, locked_until): (i64, Option<i64>) = sqlx::query_as(
            "INSERT INTO login_attempts (account, failures, last_at) VALUES ($1, 1, $2) \
             ON CONFLICT (account) DO UPDATE SET \
             failures = CASE WHEN login_attempts.locked_until > $2 THEN login_attempts.failures \
                             WHEN login_attempts.last_at <= $3 THEN 1 \
                             ELSE login_attempts.failures + 1 END, \
             last_at = $2 \
             RETURNING failures, locked_until",
        )
        .bind(account)
        .bind(now.unix_seconds())
        .bind(now.before(lockout.forget_after).unix_seconds())
        .fetch_one(&mut *tx)
        .await?;
        let locked_until = locked_until.map(Timestamp::from_unix_seconds);
        if let Some(until) = locked_until.filter(|until| *until > now) {
            tx.commit().await?;
            return Ok(Attempt::Locked { until });
        }
        let locks = lockout.lock_after(failures).map(|period| now.after(period));
        if let Some(until) = locks {
            sqlx::query("UPDATE login_attempts SET locked_until = $1 WHERE account = $2")
                .bind(until.unix_seconds())
                .bind(account)
                .execute(&mut *tx)
                .await?;
        }
        tx.commit().await?;
        Ok(Attempt::Allowed { locks: locks.is_some() })
    }

    pub(crate) async fn forget_attempts(&self, account: &str) -> Result<(), sqlx::Error> {
        sqlx::query("DELETE FROM login_attempts WHERE account = $1")
            .bind(account)
            .execute(&self.writer)
            .await?;
        Ok(())
    }
}
