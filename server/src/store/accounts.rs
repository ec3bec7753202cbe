use super::Store;
use crate::clock::Timestamp;
use crate::passwords::PasswordHash;

/// A user, with what proves that it is them.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    pub(crate) password_hash: PasswordHash,
    pub(crate) roles: Vec<String>,
}

pub(crate) struct NewAccount {
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    pub(crate) password_hash: PasswordHash,
    pub(crate) roles: Vec<String>,
}

/// There is an account with this address already.
pub(crate) struct EmailTaken;

type AccountRow = (String, String, Option<String>, String, String);

impl From<AccountRow> for Account {
    fn from((id, email, name, hash, roles): AccountRow) -> Self {
        let roles = roles.split_whitespace().map(str::to_owned).collect();
        Self { id, email, name, password_hash: PasswordHash::from_stored(hash), roles }
    }
}

impl Store {
    pub(crate) async fn create_account(
        &self,
        new: NewAccount,
        now: Timestamp,
    ) -> Result<Result<Account, EmailTaken>, sqlx::Error> {
        let NewAccount { email, name, password_hash, roles } = new;
        let account = Account { id: uuid::Uuid::new_v4().to_string(), email, name, password_hash, roles };
        let outcome = sqlx::query(
            "INSERT INTO users (id, email, name, password_hash, roles, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (email) DO NOTHING",
        )
        .bind(&account.id)
        .bind(&account.email)
        .bind(&account.name)
        .bind(account.password_hash.as_str())
        .bind(account.roles.join(" "))
        .bind(now.unix_seconds())
        .execute(&self.writer)
        .await?;
        Ok(if outcome.rows_affected() == 1 { Ok(account) } else { Err(EmailTaken) })
    }

    /// Keeps another hash of the same password; false where that is no longer the account's.
    pub(crate) async fn renew_hash(
        &self,
        account: &Account,
        renewed: &PasswordHash,
    ) -> Result<bool, sqlx::Error> {
        let outcome = sqlx::query("UPDATE users SET password_hash = $1 WHERE id = $2 AND password_hash = $3")
            .bind(renewed.as_str())
            .bind(&account.id)
            .bind(account.password_hash.as_str())
            .execute(&self.writer)
            .await?;
        Ok(outcome.rows_affected() == 1)
    }

    /// Gives an account these roles and no other, and tells its id; none where there is no such account.
    pub(crate) async fn set_roles(
        &self,
        email: &str,
        roles: &[String],
    ) -> Result<Option<String>, sqlx::Error> {
        sqlx::query_scalar("UPDATE users SET roles = $1 WHERE email = $2 RETURNING id")
            .bind(roles.join(" "))
            .bind(email)
            .fetch_optional(&self.writer)
            .await
    }

    pub(crate) async fn account_by_email(&self, email: &str) -> Result<Option<Account>, sqlx::Error> {
        let row: Option<AccountRow> =
            sqlx::query_as("SELECT id, email, name, password_hash, roles FROM users WHERE email = $1")
                .bind(email)
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.map(Account::from))
    }

    pub(crate) async fn account_by_id(&self, id: &str) -> Result<Option<Account>, sqlx::Error> {
        let row: Option<AccountRow> =
            sqlx::query_as("SELECT id, email, name, password_hash, roles FROM users WHERE id = $1")
                .bind(id)
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.map(Account::from))
    }

    /// The account `user_id`, provided that its session `session_id` is live, and has not replaced the access
    /// token `access_jti` before its time.
    pub(crate) async fn account_of_live_session(
        &self,
        user_id: &str,
        session_id: &str,
        access_jti: &str,
        now: Timestamp,
    ) -> Result<Option<Account>, sqlx::Error> {
        let row: Option<AccountRow> = sqlx::query_as(
            "SELECT users.id, email, name, password_hash, roles FROM users \
             JOIN sessions ON sessions.user_id = users.id \
             WHERE users.id = $1 AND sessions.id = $2 AND revoked_at IS NULL AND expires_at > $3 \
             AND NOT EXISTS (SELECT 1 FROM revoked_access_tokens WHERE jti = $4)",
        )
        .bind(user_id)
        .bind(session_id)
        .bind(now.unix_seconds())
        .bind(access_jti)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(Account::from))
    }
}
