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
}

pub(crate) struct NewAccount {
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    pub(crate) password_hash: PasswordHash,
}

/// There is an account with this address already.
pub(crate) struct EmailTaken;

type AccountRow = (String, String, Option<String>, String);

impl From<AccountRow> for Account {
    fn from((id, email, name, hash): AccountRow) -> Self {
        Self { id, email, name, password_hash: PasswordHash::from_stored(hash) }
    }
}

impl Store {
    pub(crate) async fn create_account(
        &self,
        new: NewAccount,
        now: Timestamp,
    ) -> Result<Result<Account, EmailTaken>, sqlx::Error> {
        let NewAccount { email, name, password_hash } = new;
        let account = Account { id: uuid::Uuid::new_v4().to_string(), email, name, password_hash };
        let outcome = sqlx::query(
            "INSERT INTO users (id, email, name, password_hash, created_at) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (email) DO NOTHING",
        )
        .bind(&account.id)
        .bind(&account.email)
        .bind(&account.name)
        .bind(account.password_hash.as_str())
        .bind(now.unix_seconds())
        .execute(&self.writer)
        .await?;
        Ok(if outcome.rows_affected() == 1 { Ok(account) } else { Err(EmailTaken) })
    }

    pub(crate) async fn account_by_email(&self, email: &str) -> Result<Option<Account>, sqlx::Error> {
        let row: Option<AccountRow> =
            sqlx::query_as("SELECT id, email, name, password_hash FROM users WHERE email = ?")
                .bind(email)
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.map(Account::from))
    }

    /// The account `user_id`, provided that its session `session_id` is live.
    pub(crate) async fn account_of_live_session(
        &self,
        user_id: &str,
        session_id: &str,
        now: Timestamp,
    ) -> Result<Option<Account>, sqlx::Error> {
        let row: Option<AccountRow> = sqlx::query_as(
            "SELECT users.id, email, name, password_hash FROM users \
             JOIN sessions ON sessions.user_id = users.id \
             WHERE users.id = ? AND sessions.id = ? AND revoked_at IS NULL AND expires_at > ?",
        )
        .bind(user_id)
        .bind(session_id)
        .bind(now.unix_seconds())
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(Account::from))
    }
}
