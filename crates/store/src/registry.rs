//! Every statement of the product in one place, so that all of them can be prepared on either engine.

use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _};

use crate::sql::Sql;
use crate::tx::Pools;
use crate::{Store, StoreError, scope};

/// The statements of every file that has any, by file.
pub(crate) const REGISTRY: &[(&str, &[(&str, Sql)])] = &[
    ("accounts", crate::accounts::STATEMENTS),
    ("approval", crate::approval::STATEMENTS),
    ("api_answer", crate::api_answer::STATEMENTS),
    ("api_token", crate::api_token::STATEMENTS),
    ("consent", crate::consent::STATEMENTS),
    ("cover", crate::cover::STATEMENTS),
    ("dashboard", crate::dashboard::STATEMENTS),
    ("identity", crate::identity::STATEMENTS),
    ("delegation", crate::delegation::STATEMENTS),
    ("data_key", crate::data_key::STATEMENTS),
    ("element_right", crate::element_right::STATEMENTS),
    ("employer", crate::employer::STATEMENTS),
    ("exchange", crate::exchange::STATEMENTS),
    ("intake", crate::intake::STATEMENTS),
    ("job", crate::job::STATEMENTS),
    ("journal", crate::journal::STATEMENTS),
    ("journal", crate::journal::chain::STATEMENTS),
    ("link", crate::link::STATEMENTS),
    ("list_item", crate::list_item::STATEMENTS),
    ("list_item", crate::list_item::MERGE_STATEMENTS),
    ("list_item", crate::list_item::TALLY_STATEMENTS),
    ("member_duty", crate::member_duty::STATEMENTS),
    ("member_event", crate::member_event::STATEMENTS),
    ("member_pass", crate::member_pass::STATEMENTS),
    ("member_request", crate::member_request::STATEMENTS),
    ("membership", crate::membership::STATEMENTS),
    ("membership", crate::membership::PAST_STATEMENTS),
    ("membership", crate::membership::SEEK_STATEMENTS),
    ("membership", crate::membership::BY_HAND_STATEMENTS),
    ("organising", crate::organising::STATEMENTS),
    ("quality", crate::quality::STATEMENTS),
    ("run", crate::run::STATEMENTS),
    ("saved_view", crate::saved_view::STATEMENTS),
    ("second_factor", crate::second_factor::STATEMENTS),
    ("search", crate::search::STATEMENTS),
    ("session", crate::session::STATEMENTS),
    ("transfer_suggestion", crate::transfer_suggestion::STATEMENTS),
    ("union_org", crate::union_org::STATEMENTS),
    ("union_org", crate::union_org::alias::STATEMENTS),
    ("union_org", crate::union_org::change::STATEMENTS),
    ("union_org", crate::union_org::legal::STATEMENTS),
    ("union_org", crate::union_org::line::STATEMENTS),
    ("union_org", crate::union_org::term::STATEMENTS),
    ("union_org", crate::union_org::TREE_STATEMENTS),
    ("union_org", crate::union_org::vacancy::STATEMENTS),
    ("verdict", crate::verdict::STATEMENTS),
    ("zone", crate::zone::STATEMENTS),
    ("zone", crate::zone::past::STATEMENTS),
];

impl Store {
    /// Prepares every statement without running it, and answers which ones this engine refuses, with its words.
    pub async fn refused_statements(&self) -> Result<Vec<(String, StoreError)>, StoreError> {
        let mut refused = Vec::new();
        for (file, statements) in REGISTRY {
            for (name, sql) in *statements {
                let prepared = match &self.pools {
                    Pools::Sqlite { writer, .. } => writer
                        .acquire()
                        .await?
                        .prepare(AssertSqlSafe(scope::preparable(sql.sqlite)).into_sql_str())
                        .await
                        .map(|_| ()),
                    Pools::Postgres(pool) => pool
                        .acquire()
                        .await?
                        .prepare(AssertSqlSafe(scope::preparable(sql.postgres)).into_sql_str())
                        .await
                        .map(|_| ()),
                };
                if let Err(error) = prepared {
                    refused.push((format!("{file}::{name}"), StoreError::from(error)));
                }
            }
        }
        Ok(refused)
    }

    /// The files whose statements are registered, each once.
    pub fn statement_files() -> Vec<&'static str> {
        let mut files: Vec<&str> = REGISTRY.iter().map(|(file, _)| *file).collect();
        files.dedup();
        files
    }
}
