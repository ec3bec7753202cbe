//! Sessions and the refresh tokens that descend from each other within one.

use std::net::IpAddr;

use sqlx::{Any, Transaction};

use super::{Account, Store};
use crate::clock::Timestamp;
use crate::passwords::PasswordHash;
use crate::period::Period;
use crate::profile::{SessionLimit, WhenFull};

/// Why a session was ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RevokedReason {
    Logout,
    LogoutEverywhere,
    PasswordChange,
    Reuse,
    /// By its user, from another session.
    Ended,
    /// Another login took its place.
    TooMany,
    /// By the operator, with everybody else's.
    Operator,
}

impl RevokedReason {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::LogoutEverywhere => "logout-everywhere",
            Self::PasswordChange => "password-change",
            Self::Reuse => "reuse",
            Self::Ended => "ended",
            Self::TooMany => "too-many",
            Self::Operator => "operator",
        }
    }
}

/// What is remembered of the tokens that are handed out together. In a profile with one sliding token both
/// ids are that token's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) session_id: String,
    pub(crate) refresh_jti: String,
    pub(crate) access_jti: String,
    pub(crate) issued_at: Timestamp,
    pub(crate) access_expires_at: Timestamp,
    /// When the token that renews the session dies.
    pub(crate) expires_at: Timestamp,
}

impl Grant {
    /// Nothing of it outlives a session that began at `created_at` and may become so old.
    pub(crate) fn within(mut self, max_age: Option<Period>, created_at: Timestamp) -> Self {
        if let Some(max_age) = max_age {
            let end = created_at.after(max_age);
            self.access_expires_at = self.access_expires_at.min(end);
            self.expires_at = self.expires_at.min(end);
        }
        self
    }
}

/// Who calls: what it calls itself, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) device: Option<String>,
    pub(crate) address: Option<IpAddr>,
}

impl Client {
    fn from_stored(device: Option<String>, address: Option<String>) -> Self {
        Self { device, address: address.and_then(|address| address.parse().ok()) }
    }
}

/// What a session's next tokens depend on.
struct LockedSession {
    /// With whom it was last seen.
    client: Client,
    created_at: Timestamp,
}

type LockedSessionRow = (Option<String>, Option<String>, i64);

impl From<LockedSessionRow> for LockedSession {
    fn from((device, address, created_at): LockedSessionRow) -> Self {
        let client = Client::from_stored(device, address);
        Self { client, created_at: Timestamp::from_unix_seconds(created_at) }
    }
}

/// A login's session with its first tokens.
pub(crate) struct NewSession<'a> {
    pub(crate) account: &'a Account,
    pub(crate) grant: &'a Grant,
    pub(crate) client: &'a Client,
    pub(crate) limit: Option<SessionLimit>,
}

/// How a login fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SessionStart {
    /// So many older sessions had to go for it.
    Started { ended: u64 },
    /// The password is no longer the one that was checked.
    PasswordOvertaken,
    /// The user has as many sessions as they may.
    Full,
}

/// A refresh token that was presented.
pub(crate) struct Presented<'a> {
    pub(crate) jti: &'a str,
    pub(crate) client: &'a Client,
    /// How long after its use it brings the same answer once more.
    pub(crate) grace: Option<Period>,
    /// How old its session may become.
    pub(crate) max_age: Option<Period>,
}

/// How a presented refresh token fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// It is used up now; the successor is stored. `before`: whom the session was last seen with.
    Rotated { before: Client, grant: Grant },
    /// It was used a moment ago, and what it was exchanged for has not been used yet.
    Repeated(Grant),
    /// It was used before: whoever holds it, somebody else has it too. Its session has been ended.
    Reused,
    /// Its session has ended, or it is not known here (any more).
    Over,
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
    pub(crate) grant: Grant,
    /// How old the session may become.
    pub(crate) max_age: Option<Period>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PasswordChangeOutcome {
    /// Done; so many other sessions were ended.
    Changed { ended: u64, grant: Grant },
    /// The password became another while the old one was being checked.
    PasswordOvertaken,
    /// The session ended while the password was being checked.
    SessionOver,
}

/// A live session as its user sees it.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) client: Client,
    pub(crate) created_at: i64,
    pub(crate) last_used_at: i64,
    pub(crate) expires_at: i64,
}

/// A user whose sessions were ended with everybody's.
pub(crate) struct Affected {
    pub(crate) user_id: String,
    pub(crate) email: String,
}

type SessionRow = (String, Option<String>, Option<String>, i64, i64, i64);

impl Store {
    /// Stores a new session, unless the account's password is no longer the one that was checked: the login
    /// would outlive the password change that ends all others.
    pub(crate) async fn start_session(
        &self,
        new: NewSession<'_>,
        now: Timestamp,
    ) -> Result<SessionStart, sqlx::Error> {
        let NewSession { account, grant, client, limit } = new;
        let mut tx = self.begin().await?;
        if !lock_user(&mut tx, &account.id, Some(&account.password_hash)).await? {
            return Ok(SessionStart::PasswordOvertaken);
        }
        let mut ended = 0;
        if let Some(limit) = limit {
            let live: Vec<(String,)> = sqlx::query_as(
                "SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 \
                 ORDER BY created_at, last_used_at, id",
            )
            .bind(&account.id)
            .bind(now.unix_seconds())
            .fetch_all(&mut *tx)
            .await?;
            let surplus = (live.len() + 1).saturating_sub(limit.per_user.get());
            if surplus > 0 && limit.when_full == WhenFull::Refuse {
                return Ok(SessionStart::Full);
            }
            for (id,) in live.into_iter().take(surplus) {
                revoke(&mut tx, &id, RevokedReason::TooMany, now).await?;
                ended += 1;
            }
        }
        sqlx::query(
            "INSERT INTO sessions (id, user_id, device, address, created_at, last_used_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $5, $6)",
        )
        .bind(&grant.session_id)
        .bind(&account.id)
        .bind(&client.device)
        .bind(client.address.map(|address| address.to_string()))
        .bind(now.unix_seconds())
        .bind(grant.expires_at.unix_seconds())
        .execute(&mut *tx)
        .await?;
        insert_refresh_token(&mut tx, grant).await?;
        tx.commit().await?;
        Ok(SessionStart::Started { ended })
    }

    /// Exchanges the refresh token `presented` for `next`, or ends the session if it was used before. However
    /// many present it at the same moment, one gets [`Rotation::Rotated`].
    pub(crate) async fn rotate(
        &self,
        presented: Presented<'_>,
        next: Grant,
        now: Timestamp,
    ) -> Result<Rotation, sqlx::Error> {
        let mut tx = self.begin().await?;
        let Some(session) = lock_session(&mut tx, &next.session_id).await? else {
            return Ok(Rotation::Over);
        };
        let next = next.within(presented.max_age, session.created_at);
        if next.expires_at <= now {
            return Ok(Rotation::Over);
        }
        let row: Option<(Option<i64>, Option<String>)> = sqlx::query_as(
            "SELECT used_at, successor FROM refresh_tokens WHERE jti = $1 AND session_id = $2",
        )
        .bind(presented.jti)
        .bind(&next.session_id)
        .fetch_optional(&mut *tx)
        .await?;
        let rotation = match row {
            None => Rotation::Over,
            Some((None, _)) => {
                use_up(&mut tx, presented.jti, &next, now).await?;
                extend(&mut tx, &next, presented.client, now).await?;
                Rotation::Rotated { before: session.client, grant: next }
            }
            Some((Some(used_at), successor)) => {
                let in_grace = presented
                    .grace
                    .is_some_and(|grace| now < Timestamp::from_unix_seconds(used_at).after(grace));
                match unused_successor(&mut tx, &next.session_id, successor.filter(|_| in_grace)).await? {
                    Some(grant) => Rotation::Repeated(grant),
                    None => {
                        revoke(&mut tx, &next.session_id, RevokedReason::Reuse, now).await?;
                        Rotation::Reused
                    }
                }
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

    /// Ends a live session of this user; false where they have none of this id.
    pub(crate) async fn end_session_of(
        &self,
        user_id: &str,
        session_id: &str,
        now: Timestamp,
    ) -> Result<bool, sqlx::Error> {
        let mut tx = self.begin().await?;
        if lock_live_session(&mut tx, user_id, session_id, now).await?.is_none() {
            return Ok(false);
        }
        let ended = revoke(&mut tx, session_id, RevokedReason::Ended, now).await?;
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
        lock_user(&mut tx, user_id, None).await?;
        let asker_is_live = lock_live_session(&mut tx, user_id, asking_session, now).await?.is_some();
        let ended = revoke_all(&mut tx, user_id, None, RevokedReason::LogoutEverywhere, now).await?;
        if !asker_is_live && ended > 0 {
            return Ok(EndAll::NotEntitled);
        }
        tx.commit().await?;
        Ok(EndAll::Ended(ended))
    }

    /// Ends every live session there is, and says whose they were.
    pub(crate) async fn end_everybodys_sessions(&self, now: Timestamp) -> Result<Vec<Affected>, sqlx::Error> {
        let users: Vec<(String, String)> = sqlx::query_as(
            "SELECT DISTINCT users.email, users.id FROM users JOIN sessions ON sessions.user_id = users.id \
             WHERE revoked_at IS NULL AND expires_at > $1 ORDER BY users.email",
        )
        .bind(now.unix_seconds())
        .fetch_all(&self.readers)
        .await?;
        let mut affected = Vec::new();
        for (email, user_id) in users {
            let mut tx = self.begin().await?;
            lock_user(&mut tx, &user_id, None).await?;
            revoke_all(&mut tx, &user_id, None, RevokedReason::Operator, now).await?;
            tx.commit().await?;
            affected.push(Affected { user_id, email });
        }
        Ok(affected)
    }

    /// The user's live sessions, the latest used first.
    pub(crate) async fn live_sessions(
        &self,
        user_id: &str,
        now: Timestamp,
    ) -> Result<Vec<Session>, sqlx::Error> {
        let rows: Vec<SessionRow> = sqlx::query_as(
            "SELECT id, device, address, created_at, last_used_at, expires_at FROM sessions \
             WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 \
             ORDER BY last_used_at DESC, created_at DESC, id",
        )
        .bind(user_id)
        .bind(now.unix_seconds())
        .fetch_all(&self.readers)
        .await?;
        let sessions = rows.into_iter().map(|(id, device, address, created_at, last_used_at, expires_at)| {
            Session { id, client: Client::from_stored(device, address), created_at, last_used_at, expires_at }
        });
        Ok(sessions.collect())
    }

    pub(crate) async fn count_live_sessions(&self, now: Timestamp) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("SELECT count(*) FROM sessions WHERE revoked_at IS NULL AND expires_at > $1")
            .bind(now.unix_seconds())
            .fetch_one(&self.readers)
            .await
    }

    /// Whether an access token was taken back before its time.
    pub(crate) async fn is_revoked(&self, access_jti: &str) -> Result<bool, sqlx::Error> {
        let row: Option<(String,)> = sqlx::query_as("SELECT jti FROM revoked_access_tokens WHERE jti = $1")
            .bind(access_jti)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }

    /// Whether a token can still be exchanged, or could until a moment ago: it was not used before `since`.
    pub(crate) async fn is_unused_since(&self, jti: &str, since: Timestamp) -> Result<bool, sqlx::Error> {
        let row: Option<(String,)> = sqlx::query_as(
            "SELECT jti FROM refresh_tokens WHERE jti = $1 AND (used_at IS NULL OR used_at > $2)",
        )
        .bind(jti)
        .bind(since.unix_seconds())
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.is_some())
    }

    /// Sets a new password, gives the session new tokens in place of its old ones, and ends the user's other
    /// sessions: all of it or nothing.
    pub(crate) async fn change_password(
        &self,
        change: PasswordChange<'_>,
        now: Timestamp,
    ) -> Result<PasswordChangeOutcome, sqlx::Error> {
        let PasswordChange { account, new_hash, grant, max_age } = change;
        let mut tx = self.begin().await?;
        if !lock_user(&mut tx, &account.id, Some(&account.password_hash)).await? {
            return Ok(PasswordChangeOutcome::PasswordOvertaken);
        }
        let Some(session) = lock_live_session(&mut tx, &account.id, &grant.session_id, now).await? else {
            return Ok(PasswordChangeOutcome::SessionOver);
        };
        let grant = grant.within(max_age, session.created_at);
        if grant.expires_at <= now {
            return Ok(PasswordChangeOutcome::SessionOver);
        }
        sqlx::query("UPDATE users SET password_hash = $1 WHERE id = $2")
            .bind(new_hash.as_str())
            .bind(&account.id)
            .execute(&mut *tx)
            .await?;
        // Without a successor, so that no grace hands the new tokens to who knows an old one.
        sqlx::query("UPDATE refresh_tokens SET used_at = $1 WHERE session_id = $2 AND used_at IS NULL")
            .bind(now.unix_seconds())
            .bind(&grant.session_id)
            .execute(&mut *tx)
            .await?;
        take_back_access_tokens(&mut tx, &grant.session_id, now).await?;
        extend(&mut tx, &grant, &session.client, now).await?;
        let others = Some(grant.session_id.as_str());
        let ended = revoke_all(&mut tx, &account.id, others, RevokedReason::PasswordChange, now).await?;
        tx.commit().await?;
        Ok(PasswordChangeOutcome::Changed { ended, grant })
    }
}

/// Keeps others off a user's row, for the transaction's time; false where there is none, or its password is
/// not `password` any more.
async fn lock_user(
    tx: &mut Transaction<'_, Any>,
    user_id: &str,
    password: Option<&PasswordHash>,
) -> Result<bool, sqlx::Error> {
    let row: Option<(String,)> =
        sqlx::query_as("UPDATE users SET name = name WHERE id = $1 RETURNING password_hash")
            .bind(user_id)
            .fetch_optional(&mut **tx)
            .await?;
    Ok(row.is_some_and(|(hash,)| password.is_none_or(|password| password.as_str() == hash)))
}

/// Keeps others off a session that has not been ended, for the transaction's time.
async fn lock_session(
    tx: &mut Transaction<'_, Any>,
    session_id: &str,
) -> Result<Option<LockedSession>, sqlx::Error> {
    let row: Option<LockedSessionRow> = sqlx::query_as(
        "UPDATE sessions SET device = device WHERE id = $1 AND revoked_at IS NULL RETURNING device, address, created_at",
    )
    .bind(session_id)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(LockedSession::from))
}

async fn use_up(
    tx: &mut Transaction<'_, Any>,
    presented: &str,
    next: &Grant,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE refresh_tokens SET used_at = $1, successor = $2 WHERE jti = $3")
        .bind(now.unix_seconds())
        .bind(&next.refresh_jti)
        .bind(presented)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn insert_refresh_token(tx: &mut Transaction<'_, Any>, grant: &Grant) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO refresh_tokens (jti, session_id, access_jti, access_expires_at, issued_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&grant.refresh_jti)
    .bind(&grant.session_id)
    .bind(&grant.access_jti)
    .bind(grant.access_expires_at.unix_seconds())
    .bind(grant.issued_at.unix_seconds())
    .bind(grant.expires_at.unix_seconds())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn unused_successor(
    tx: &mut Transaction<'_, Any>,
    session_id: &str,
    jti: Option<String>,
) -> Result<Option<Grant>, sqlx::Error> {
    let Some(refresh_jti) = jti else { return Ok(None) };
    let row: Option<(String, i64, i64, i64)> = sqlx::query_as(
        "SELECT access_jti, issued_at, access_expires_at, expires_at FROM refresh_tokens \
         WHERE jti = $1 AND session_id = $2 AND used_at IS NULL",
    )
    .bind(&refresh_jti)
    .bind(session_id)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(|(access_jti, issued_at, access_expires_at, expires_at)| Grant {
        session_id: session_id.to_owned(),
        refresh_jti,
        access_jti,
        issued_at: Timestamp::from_unix_seconds(issued_at),
        access_expires_at: Timestamp::from_unix_seconds(access_expires_at),
        expires_at: Timestamp::from_unix_seconds(expires_at),
    }))
}

/// Stores the next refresh token of a session, lets the session live as long, and remembers with whom it goes
/// on. The next one is compared with this one, and not with the login: a new device is unusual once.
async fn extend(
    tx: &mut Transaction<'_, Any>,
    next: &Grant,
    client: &Client,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    insert_refresh_token(tx, next).await?;
    sqlx::query(
        "UPDATE sessions SET last_used_at = $1, device = $2, address = $3, \
         expires_at = CASE WHEN expires_at > $4 THEN expires_at ELSE $4 END WHERE id = $5",
    )
    .bind(now.unix_seconds())
    .bind(&client.device)
    .bind(client.address.map(|address| address.to_string()))
    .bind(next.expires_at.unix_seconds())
    .bind(&next.session_id)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

async fn revoke(
    tx: &mut Transaction<'_, Any>,
    session_id: &str,
    reason: RevokedReason,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let outcome = sqlx::query(
        "UPDATE sessions SET revoked_at = $1, revoked_reason = $2 WHERE id = $3 AND revoked_at IS NULL",
    )
    .bind(now.unix_seconds())
    .bind(reason.as_str())
    .bind(session_id)
    .execute(&mut **tx)
    .await?;
    if outcome.rows_affected() == 0 {
        return Ok(false);
    }
    take_back_access_tokens(tx, session_id, now).await?;
    Ok(true)
}

async fn take_back_access_tokens(
    tx: &mut Transaction<'_, Any>,
    session_id: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO revoked_access_tokens (jti, expires_at) \
         SELECT access_jti, access_expires_at FROM refresh_tokens \
         WHERE session_id = $1 AND access_expires_at > $2 ON CONFLICT (jti) DO NOTHING",
    )
    .bind(session_id)
    .bind(now.unix_seconds())
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Ends the live sessions of a user, `except` one where given, and says how many.
async fn revoke_all(
    tx: &mut Transaction<'_, Any>,
    user_id: &str,
    except: Option<&str>,
    reason: RevokedReason,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let sessions: Vec<(String,)> = sqlx::query_as(
        "SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY id",
    )
    .bind(user_id)
    .bind(now.unix_seconds())
    .fetch_all(&mut **tx)
    .await?;
    let mut ended = 0;
    for (id,) in sessions.iter().filter(|(id,)| Some(id.as_str()) != except) {
        ended += u64::from(revoke(tx, id, reason, now).await?);
    }
    Ok(ended)
}

/// Keeps others off a live session of this user, for the transaction's time.
async fn lock_live_session(
    tx: &mut Transaction<'_, Any>,
    user_id: &str,
    session_id: &str,
    now: Timestamp,
) -> Result<Option<LockedSession>, sqlx::Error> {
    let row: Option<LockedSessionRow> = sqlx::query_as(
        "UPDATE sessions SET device = device \
         WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL AND expires_at > $3 RETURNING device, address, created_at",
    )
    .bind(session_id)
    .bind(user_id)
    .bind(now.unix_seconds())
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.map(LockedSession::from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::NewAccount;

    const NOW: Timestamp = Timestamp::from_unix_seconds(1_800_000_000);

    fn hash(text: &str) -> PasswordHash {
        PasswordHash::from_stored(text.to_owned())
    }

    fn grant(session_id: &str, jti: &str) -> Grant {
        let expires_at = Timestamp::from_unix_seconds(NOW.unix_seconds() + 60);
        Grant {
            session_id: session_id.to_owned(),
            refresh_jti: jti.to_owned(),
            access_jti: format!("access of {jti}"),
            issued_at: NOW,
            access_expires_at: expires_at,
            expires_at,
        }
    }

    /// A store with one account that has the session `one`.
    async fn store_and_account() -> (Store, Account) {
        let location = ":memory:".parse().expect("a location");
        let store = Store::open(&location).await.expect("a database");
        let new = NewAccount {
            email: "ada@example.com".into(),
            name: None,
            password_hash: hash("old"),
            roles: vec![],
        };
        let Ok(account) = store.create_account(new, NOW).await.expect("stored") else {
            panic!("the address is free");
        };
        assert!(start(&store, &account, "one").await);
        (store, account)
    }

    async fn start(store: &Store, account: &Account, id: &str) -> bool {
        let new = NewSession { account, grant: &grant(id, id), client: &Client::default(), limit: None };
        store.start_session(new, NOW).await.expect("an outcome") == SessionStart::Started { ended: 0 }
    }

    async fn change(store: &Store, account: &Account, jti: &str) -> PasswordChangeOutcome {
        let (new_hash, grant) = (&hash("new"), grant("one", jti));
        let change = PasswordChange { account, new_hash, grant, max_age: None };
        store.change_password(change, NOW).await.expect("an outcome")
    }

    #[tokio::test]
    async fn a_login_overtaken_by_a_password_change_starts_no_session() {
        let (store, account) = store_and_account().await;
        let changed = PasswordChangeOutcome::Changed { ended: 0, grant: grant("one", "next") };
        assert_eq!(change(&store, &account, "next").await, changed);
        // `account` still has the hash that the login compared with.
        assert!(!start(&store, &account, "two").await);
        let found = store
            .account_of_live_session(&account.id, "two", "access of two", NOW)
            .await
            .expect("an outcome");
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
