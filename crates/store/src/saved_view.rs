//! Saved views (方案) of one account.

use codes::id::{AccountId, SavedViewId};
use codes::time::Timestamp;
use uuid::Uuid;

use crate::StoreError;
use crate::tx::{Reader, Tx};

statements! {
    VIEW_SAVE = Sql::both(
        "INSERT INTO saved_view (id, account_id, name, query, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (account_id, name) DO UPDATE SET query = excluded.query"
    ),
    VIEWS_OF_ACCOUNT = Sql::both(
        "SELECT id, name, query, created_at FROM saved_view WHERE account_id = $1 ORDER BY created_at, id"
    ),
    VIEW_DELETE = Sql::both("DELETE FROM saved_view WHERE id = $1 AND account_id = $2"),
}

/// A filter under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedViewRecord {
    pub id: SavedViewId,
    pub name: String,
    /// As a JSON list of pairs, what the URL would hold.
    pub query: String,
    pub created_at: Timestamp,
}

impl Tx {
    /// Keeps a view; the same name again replaces what it shows.
    pub async fn save_view(&mut self, account: AccountId, view: &SavedViewRecord) -> Result<(), StoreError> {
        let (id, name, query) = (view.id.uuid(), view.name.as_str(), view.query.as_str());
        execute!(
            self,
            VIEW_SAVE,
            id,
            account.uuid(),
            name,
            query,
            view.created_at.0
        )?;
        Ok(())
    }

    /// Forgets an account's view; answers false when there was none.
    pub async fn delete_view(&mut self, account: AccountId, id: SavedViewId) -> Result<bool, StoreError> {
        Ok(execute!(self, VIEW_DELETE, id.uuid(), account.uuid())? == 1)
    }
}

impl Reader {
    /// An account's views, oldest first.
    pub async fn saved_views(&mut self, account: AccountId) -> Result<Vec<SavedViewRecord>, StoreError> {
        let rows: Vec<(Uuid, String, String, i64)> = fetch_all!(self, VIEWS_OF_ACCOUNT, account.uuid())?;
        let view = |(id, name, query, created_at)| SavedViewRecord {
            id: SavedViewId::from_uuid(id),
            name,
            query,
            created_at: Timestamp(created_at),
        };
        Ok(rows.into_iter().map(view).collect())
    }
}
