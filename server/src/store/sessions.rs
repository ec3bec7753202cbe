//! Sessions and the refresh tokens that descend from each other within one.

use sqlx::{Sqlite, Transaction};

use super::{Account, Store};
use crate::clock::Timestamp;
use crate::passwords::PasswordHash;
use crate::tokens::IssuedToken;

/// Why a session was ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RevokedReason {
    Logout,
    LogoutEverywhere,
    PasswordChange,
    Reuse,
}

impl RevokedReason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::LogoutEverywhere => "logout-everywhere",
            Self::PasswordChange => "password-change",
            Self::Reuse => "reuse",
        }
    }
}

/// A login's session with its first refresh token.
pub(crate) struct NewSession<'a> {
    pub(crate) id: &'a str,
    pub(crate) account: &'a Account,
    pub(crate) refresh: &'a IssuedToken,
}

/// The refresh token that is to follow in a session.
pub(crate) struct Successor<'a> {
    pub(crate) session_id: &'a str,
    pub(crate) refresh: &'a IssuedToken,
}

/// How a presented refresh token fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// It is used up now; the successor is stored.
    Rotated,
    /// It was used before: whoever holds it, somebody else has it too. Its session has been ended.
    Reused,
    /// Its session was ended before.
    Revoked,
    /// It is not known here (any more).
    Unknown,
}

/// How the wish to end all sessions fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndAll {
    /// So many live sessions were ended, perhaps none.
    Ended(u64),
    /// The session that asks is over itself, and others are not.
    NotEntitled,
}

/// A new password, set from within a session.
pub(crate) struct PasswordChange<'a> {
    pub(crate) account: &'a Account,
    pub(crate) new_hash: &'a PasswordHash,
    pub(crate) successor: Successor<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordChangeOutcome {
    /// Done; so many other sessions were ended.
    Changed { ended: u64 },
    /// The password became another while the old one was being checked.
    PasswordOvertaken,
    /// The session ended while the password was being checked.
    SessionOver,
}

impl Store {
    /// Stores a new session; false where the account's password is no longer the one that was checked, since
    /// the login would outlive the password change that ends all others.
    pub(crate) async fn start_session(
        &self,
        new: NewSession<'_>,
        now: Timestamp,
    ) -> Result<bool, sqlx::Error> {
        let mut tx = self.begin().await?;
        let inserted = sqlx::query(
            "INSERT INTO sessions (id, user_id, created_at, last_used_at, expires_at) \
             SELECT ?, id, ?, ?, ? FROM users WHERE id = ? AND password_hash = ?",
        )
        .bind(new.id)
        .bind(now.unix_seconds())
        .bind(now.unix_seconds())
        .bind(new.refresh.expires_at.unix_seconds())
        .bind(&new.account.id)
        .bind(new.account.password_hash.as_str())
        .execute(&mut *tx)
        .await?
        .rows_affected();
        if inserted == 0 {
            return Ok(false);
        }
        insert_refresh_token(&mut tx, &Successor { session_id: new.id, refresh: new.refresh }, now).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Exchanges the refresh token `presented` for its successor, or ends the session if it was used before.
    /// However many present it at the same moment, one gets [`Rotation::Rotated`].
    pub(crate) async fn rotate(
        &self,
        presented: &str,
        next: Successor<'_>,
        now: Timestamp,
    ) -> Result<Rotation, sqlx::Error> {
        let mut tx = self.begin().await?;
        let row: Option<(Option<i64>, Option<i64>)> = sqlx::query_as(
            "SELECT used_at, revoked_at FROM refresh_tokens \
             JOIN sessions ON sessions.id = refresh_tokens.session_id \
             WHERE jti = ? AND session_id = ?",
        )
        .bind(presented)
        .bind(next.session_id)
        .fetch_optional(&mut *tx)
        .await?;
        let rotation = match row {
            None => Rotation::Unknown,
            Some((_, Some(_))) => Rotation::Revoked,
            Some((Some(_), None)) => {
                revoke(&mut tx, next.session_id, RevokedReason::Reuse, now).await?;
                Rotation::Reused
            }
            Some((None, None)) => {
                sqlx::query("UPDATE refresh_tokens SET used_at = ? WHERE jti = ?")
                    .bind(now.unix_seconds())
                    .bind(presented)
                    .execute(&mut *tx)
                    .await?;
                extend(&mut tx, &next, now).await?;
                Rotation::Rotated
            }
        };
        tx.commit().await?;
        Ok(rotation)
    }

    /// Ends one session; false where it had ended already.
    pub(crate) async fn end_session(
        &self,
        session_id: &str,
        reason: RevokedReason,
        now: Timestamp,
    ) -> Result<bool, sqlx::Error> {
        let mut tx = self.begin().await?;
        let ended = revoke(&mut tx, session_id, reason, now).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends all sessions of a user at the wish of one of them.
    pub(crate) async fn end_all_sessions(
        &self,
        user_id: &str,
        asking_session: &str,
        now: Timestamp,
    ) -> Result<EndAll, sqlx::Error> {
        let mut tx = self.begin().await?;
        let asker_is_live = is_live(&mut tx, user_id, asking_session, now).await?;
        let ended = revoke_all(&mut tx, user_id, None, RevokedReason::LogoutEverywhere, now).await?;
        if !asker_is_live && ended > 0 {
            return Ok(EndAll::NotEntitled);
        }
        tx.commit().await?;
        Ok(EndAll::Ended(ended))
    }

    /// Sets a new password, gives the session a new refresh token in place of its old one, and ends the
    /// user's other sessions: all of it or nothing.
    pub(crate) async fn change_password(
        &self,
        change: PasswordChange<'_>,
        now: Timestamp,
    ) -> Result<PasswordChangeOutcome, sqlx::Error> {
        let PasswordChange { account, new_hash, successor } = change;
        let mut tx = self.begin().await?;
        if !is_live(&mut tx, &account.id, successor.session_id, now).await? {
            return Ok(PasswordChangeOutcome::SessionOver);
        }
        let changed = sqlx::query("UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?")
            .bind(new_hash.as_str())
            .bind(&account.id)
            .bind(account.password_hash.as_str())
            .execute(&mut *tx)
            .await?
            .rows_affected();
        if changed == 0 {
            return Ok(PasswordChangeOutcome::PasswordOvertaken);
        }
        sqlx::query("UPDATE refresh_tokens SET used_at = ? WHERE session_id = ? AND used_at IS NULL")
            .bind(now.unix_seconds())
            .bind(successor.session_id)
            .execute(&mut *tx)
            .await?;
        extend(&mut tx, &successor, now).await?;
        let others = Some(successor.session_id);
        let ended = revoke_all(&mut tx, &account.id, others, RevokedReason::PasswordChange, now).await?;
        tx.commit().await?;
        Ok(PasswordChangeOutcome::Changed { ended })
    }
}

async fn insert_refresh_token(
    tx: &mut Transaction<'_, Sqlite>,
    next: &Successor<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO refresh_tokens (jti, session_id, issued_at, expires_at) VALUES (?, ?, ?, ?)")
        .bind(&next.refresh.jti)
        .bind(next.session_id)
        .bind(now.unix_seconds())
        .bind(next.refresh.expires_at.unix_seconds())
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Stores the next refresh token of a session and lets the session live as long.
async fn extend(
    tx: &mut Transaction<'_, Sqlite>,
    next: &Successor<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    insert_refresh_token(tx, next, now).await?;
    sqlx::query("UPDATE sessions SET last_used_at = ?, expires_at = max(expires_at, ?) WHERE id = ?")
        .bind(now.unix_seconds())
        .bind(next.refresh.expires_at.unix_seconds())
        .bind(next.session_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn revoke(
    tx: &mut Transaction<'_, Sqlite>,
    session_id: &str,
    reason: RevokedReason,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let outcome = sqlx::query(
        "UPDATE sessions SET revoked_at = ?, revoked_reason = ? WHERE id = ? AND revoked_at IS NULL",
    )
    .bind(now.unix_seconds())
    .bind(reason.as_str())
    .bind(session_id)
    .execute(&mut **tx)
    .await?;
    Ok(outcome.rows_affected() > 0)
}

/// Ends the live sessions of a user, `except` one where given, and says how many.
async fn revoke_all(
    tx: &mut Transaction<'_, Sqlite>,
    user_id: &str,
    except: Option<&str>,
    reason: RevokedReason,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let outcome = sqlx::query(
        "UPDATE sessions SET revoked_at = ?1, revoked_reason = ?2 \
         WHERE user_id = ?3 AND revoked_at IS NULL AND expires_at > ?1 AND id IS NOT ?4",
    )
    .bind(now.unix_seconds())
    .bind(reason.as_str())
    .bind(user_id)
    .bind(except)
    .execute(&mut **tx)
    .await?;
    Ok(outcome.rows_affected())
}

async fn is_live(
    tx: &mut Transaction<'_, Sqlite>,
    user_id: &str,
    session_id: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM sessions \
         WHERE id = ? AND user_id = ? AND revoked_at IS NULL AND expires_at > ?)",
    )
    .bind(session_id)
    .bind(user_id)
    .bind(now.unix_seconds())
    .fetch_one(&mut **tx)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::NewAccount;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

    fn hash(text: &str) -> PasswordHash {
        PasswordHash::from_stored(text.to_owned())
    }

    fn refresh_token(jti: &str) -> IssuedToken {
        let expires_at = Timestamp::from_unix_seconds(NOW.unix_seconds() + 60);
        IssuedToken { token: String::new(), jti: jti.to_owned(), expires_at }
    }

    /// A store with one account that has the session `one`.
    async fn store_and_account() -> (Store, Account) {
        let location = ":memory:".parse().expect("a location");
        let store = Store::open(&location).await.expect("a database");
        let new = NewAccount { email: "ada@example.com".into(), name: None, password_hash: hash("old") };
        let Ok(account) = store.create_account(new, NOW).await.expect("stored") else {
            panic!("the address is free");
        };
        assert!(start(&store, &account, "one").await);
        (store, account)
    }

    async fn start(store: &Store, account: &Account, id: &str) -> bool {
        let new = NewSession { id, account, refresh: &refresh_token(id) };
        store.start_session(new, NOW).await.expect("an outcome")
    }

    async fn change(store: &Store, account: &Account, jti: &str) -> PasswordChangeOutcome {
        let refresh = refresh_token(jti);
        let successor = Successor { session_id: "one", refresh: &refresh };
        let change = PasswordChange { account, new_hash: &hash("new"), successor };
        store.change_password(change, NOW).await.expect("an outcome")
    }

    #[tokio::test]
    async fn a_login_overtaken_by_a_password_change_starts_no_session() {
        let (store, account) = store_and_account().await;
        assert_eq!(change(&store, &account, "next").await, PasswordChangeOutcome::Changed { ended: 0 });
        // `account` still has the hash that the login compared with.
        assert!(!start(&store, &account, "two").await);
        let found = store.account_of_live_session(&account.id, "two", NOW).await.expect("an outcome");
        assert!(found.is_none());
    }

    #[tokio::test]
    async fn a_password_change_overtaken_by_another_changes_nothing() {
        let (store, account) = store_and_account().await;
        change(&store, &account, "next").await;
        assert_eq!(change(&store, &account, "after").await, PasswordChangeOutcome::PasswordOvertaken);
    }

    #[tokio::test]
    async fn a_password_change_overtaken_by_a_logout_changes_nothing() {
        let (store, account) = store_and_account().await;
        assert!(store.end_session("one", RevokedReason::Logout, NOW).await.expect("an outcome"));
        assert_eq!(change(&store, &account, "next").await, PasswordChangeOutcome::SessionOver);
        assert!(start(&store, &account, "two").await, "the old password still counts");
    }
}
