//! 片区变动: what a field worker is told of the own zones, until it is marked as read.

use codes::time::Timestamp;

use crate::error::AppError;
use crate::op::{App, OpContext};

/// What the reader has not marked as read of the own zones: what happened, when, in which zone.
pub async fn news(op: &OpContext, app: &App) -> Result<Vec<(String, Timestamp, String)>, AppError> {
    let Some(id) = op.actor.id else {
        return Ok(Vec::new());
    };
    let rows = app.store.read().await?.zone_news(id).await?.into_iter();
    Ok(rows
        .map(|(words, at, zone)| (words, Timestamp::from_millis(at), zone))
        .collect())
}

/// Marks them as read (已阅).
pub async fn read_news(op: &OpContext, app: &App) -> Result<(), AppError> {
    let Some(id) = op.actor.id else { return Ok(()) };
    let mut tx = app.store.begin().await?;
    tx.read_zone_news(id, op.now()).await?;
    Ok(tx.commit().await?)
}
