use serde::Serialize;

use super::Store;
use crate::clock::Timestamp;

/// One entry of a user's list at a protected resource.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Item {
    pub(crate) id: i64,
    pub(crate) title: String,
    /// Seconds since the Unix epoch.
    pub(crate) created_at: i64,
}

pub(crate) struct NewItem<'a> {
    pub(crate) resource: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) title: String,
}

impl Store {
    /// A user's items at `resource`, oldest first.
    pub(crate) async fn items(&self, resource: &str, user_id: &str) -> Result<Vec<Item>, sqlx::Error> {
        let rows: Vec<(i64, String, i64)> = sqlx::query_as(
            "SELECT id, title, created_at FROM resource_items \
             WHERE resource = $1 AND user_id = $2 ORDER BY id",
        )
        .bind(resource)
        .bind(user_id)
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.into_iter().map(|(id, title, created_at)| Item { id, title, created_at }).collect())
    }

    pub(crate) async fn add_item(&self, new: NewItem<'_>, now: Timestamp) -> Result<Item, sqlx::Error> {
        let created_at = now.unix_seconds();
        let id = sqlx::query_scalar(
            "INSERT INTO resource_items (resource, user_id, title, created_at) VALUES ($1, $2, $3, $4) RETURNING id",
        )
        .bind(new.resource)
        .bind(new.user_id)
        .bind(&new.title)
        .bind(created_at)
        .fetch_one(&self.writer)
        .await?;
        Ok(Item { id, title: new.title, created_at })
    }
}
