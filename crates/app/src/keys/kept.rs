//! Rows that are kept whole (终止的会籍、可撤销的合并、可撤销的台账批次) and answers of the interface: sealed anew when the data key
//! changes, so that nothing needs the old one.
//!
//! The envelope of a kept row is sealed with the key derived from the master key, which never goes; the cells within it have the data key of
//! their day, and it is these that are sealed anew. Each step writes what it has done and passes by what is done already, so an interruption
//! loses nothing.

use codes::crypto::FieldKeys;
use domain::intake::Kind;
use serde::Serialize;
use serde::de::DeserializeOwned;
use store::data_key::UndoableBatch;
use store::membership::MemberRow;
use store::union_org::UnionRow;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::rotation::Resealed;
use crate::error::AppError;
use crate::intake;
use crate::lock::WorkLock;
use crate::membership::{duplicate, standing};
use crate::op::App;
use crate::progress::Progress;

/// Kept rows that one transaction seals anew.
const ROWS_A_STEP: i64 = 200;
/// The batches whose files hold nothing of an older key: `version:batch,batch`.
const FILES_DONE: &str = "key_resealed_batches";

/// What still holds cells of an older key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// Ended memberships and merges.
    pub rows: i64,
    /// Batches whose undo would bring such cells back.
    pub batches: i64,
    /// Answers of the interface.
    pub answers: i64,
}

/// A cell under the key that seals now; `true` when it was another before. One that does not open stays and is told.
fn cell_again(
    keys: &FieldKeys,
    mark: &[u8],
    (table, column, row): (&str, &str, Uuid),
    cell: &mut Option<Vec<u8>>,
    done: &mut Resealed,
) -> bool {
    let Some(sealed) = cell.as_deref().filter(|sealed| !sealed.starts_with(mark)) else {
        return false;
    };
    match keys.open(table, column, row.as_bytes(), sealed) {
        Ok(plain) => {
            *cell = Some(keys.seal(table, column, row.as_bytes(), &Zeroizing::new(plain)));
            done.values += 1;
            true
        }
        Err(cause) => {
            tracing::error!(%row, table, column, %cause, "a sealed value of a kept row cannot be opened and keeps its key");
            done.unreadable += 1;
            false
        }
    }
}

/// The sealed cells of a row of one of the registers.
pub(crate) trait SealedRow: Serialize + DeserializeOwned {
    /// Seals its cells anew; answers whether any was under another key.
    fn again(&mut self, keys: &FieldKeys, mark: &[u8], done: &mut Resealed) -> bool;
}

impl SealedRow for MemberRow {
    fn again(&mut self, keys: &FieldKeys, mark: &[u8], done: &mut Resealed) -> bool {
        let number = cell_again(
            keys,
            mark,
            ("member", "id_no", self.id),
            &mut self.id_sealed,
            done,
        );
        let phone = cell_again(
            keys,
            mark,
            ("member", "phone", self.id),
            &mut self.phone_sealed,
            done,
        );
        number || phone
    }
}

impl SealedRow for UnionRow {
    fn again(&mut self, keys: &FieldKeys, mark: &[u8], done: &mut Resealed) -> bool {
        cell_again(
            keys,
            mark,
            ("union_org", "phone", self.id),
            &mut self.phone_sealed,
            done,
        )
    }
}

/// Seals everything kept anew. Files wait while somebody imports or takes a batch back: `false` says that they do.
pub(super) async fn reseal_kept(
    app: &App,
    mark: &[u8],
    version: u32,
    done: &mut Resealed,
    progress: &Progress,
) -> Result<bool, AppError> {
    ended(app, mark, done, progress).await?;
    merges(app, mark, done, progress).await?;
    answers(app, mark, done, progress).await?;
    files(app, mark, version, done, progress).await
}

fn tell(progress: &Progress, done: &Resealed) -> Result<(), AppError> {
    // How many there are is known only once they are opened.
    let count = (done.values + done.unreadable) as u64;
    progress("重新加密保存的整行", count, count)
}

async fn ended(app: &App, mark: &[u8], done: &mut Resealed, progress: &Progress) -> Result<(), AppError> {
    let mut after = Uuid::nil();
    loop {
        let mut tx = app.store.begin().await?;
        let images = tx.past_images(after, ROWS_A_STEP).await?;
        let Some((last, _)) = images.last() else {
            return Ok(());
        };
        after = *last;
        for (id, image) in &images {
            let mut row = standing::opened(&app.keys, *id, image)?;
            if row.again(&app.keys, mark, done) {
                let anew = standing::sealed(&app.keys, *id, &row)?;
                tx.set_past_image(*id, image, &anew).await?;
            }
        }
        tx.commit().await?;
        tell(progress, done)?;
    }
}

async fn merges(app: &App, mark: &[u8], done: &mut Resealed, progress: &Progress) -> Result<(), AppError> {
    let mut after = Uuid::nil();
    loop {
        let mut tx = app.store.begin().await?;
        let merges = tx.merge_images(after, ROWS_A_STEP).await?;
        let Some((last, _)) = merges.last() else {
            return Ok(());
        };
        after = *last;
        for (id, images) in &merges {
            let anew =
                duplicate::images_again(&app.keys, *id, images, |row| row.again(&app.keys, mark, done))?;
            if let Some(anew) = anew {
                tx.set_merge_images(*id, images, &anew).await?;
            }
        }
        tx.commit().await?;
        tell(progress, done)?;
    }
}

async fn answers(app: &App, mark: &[u8], done: &mut Resealed, progress: &Progress) -> Result<(), AppError> {
    let mut after = (Uuid::nil(), String::new());
    loop {
        let mut tx = app.store.begin().await?;
        let answers = tx
            .answers_sealed_otherwise((after.0, &after.1), mark, ROWS_A_STEP)
            .await?;
        let Some((account, key, _)) = answers.last() else {
            return Ok(());
        };
        after = (*account, key.clone());
        for (account, key, sealed) in &answers {
            let place = [account.as_bytes(), key.as_bytes()].concat();
            match app.keys.open("api_answer", "answer", &place, sealed) {
                Ok(plain) => {
                    let anew = app
                        .keys
                        .seal("api_answer", "answer", &place, &Zeroizing::new(plain));
                    done.values += i64::from(tx.reseal_answer(*account, key, sealed, &anew).await?);
                }
                Err(cause) => {
                    tracing::error!(%account, %cause, "a kept answer cannot be opened and keeps its key");
                    done.unreadable += 1;
                }
            }
        }
        tx.commit().await?;
        tell(progress, done)?;
    }
}

async fn files(
    app: &App,
    mark: &[u8],
    version: u32,
    done: &mut Resealed,
    progress: &Progress,
) -> Result<bool, AppError> {
    if batches_to_do(app, version).await?.is_empty() {
        return Ok(true);
    }
    let Some(_lock) = WorkLock::try_take(app, intake::LOCK).await? else {
        return Ok(false);
    };
    // Anew: a batch may have been taken back until the lock was ours.
    for batch in batches_to_do(app, version).await? {
        match Kind::from_name(&batch.kind) {
            Some(Kind::Unions) => {
                intake::images_again::<UnionRow>(app, batch.batch_no, batch.id, mark, done)?
            }
            _ => intake::images_again::<MemberRow>(app, batch.batch_no, batch.id, mark, done)?,
        }
        let mut tx = app.store.begin().await?;
        let mut known = files_done(&mut tx, version).await?;
        known.push(batch.batch_no);
        let known: Vec<String> = known.iter().map(i64::to_string).collect();
        tx.set_setting(FILES_DONE, &format!("{version}:{}", known.join(",")), app.now())
            .await?;
        tx.commit().await?;
        tell(progress, done)?;
    }
    Ok(true)
}

async fn files_done(reader: &mut store::Reader, version: u32) -> Result<Vec<i64>, AppError> {
    let said = reader.setting(FILES_DONE).await?.unwrap_or_default();
    let batches = said.split_once(':').filter(|(of, _)| *of == version.to_string());
    let batches = batches.map_or("", |(_, batches)| batches).split(',');
    Ok(batches.filter_map(|number| number.parse().ok()).collect())
}

/// Batches whose files have not been sealed anew for the newest key. Those that came after it count as well: rows that they replaced may
/// have lain under an older one.
async fn batches_to_do(app: &App, version: u32) -> Result<Vec<UndoableBatch>, AppError> {
    let mut reader = app.store.read().await?;
    let done = files_done(&mut reader, version).await?;
    let batches = reader.undoable_batches().await?;
    Ok(batches
        .into_iter()
        .filter(|batch| !done.contains(&batch.batch_no))
        .collect())
}

/// What still needs an older key: everything kept is opened and looked at, as whoever throws a key away must be sure.
pub(super) async fn held(app: &App, mark: &[u8], version: u32) -> Result<Held, AppError> {
    let mut held = Held {
        batches: batches_to_do(app, version).await?.len() as i64,
        ..Held::default()
    };
    let mut reader = app.store.read().await?;
    held.answers = reader.answers_held_otherwise(mark).await?;
    let mut looked = Resealed::default();
    let mut after = Uuid::nil();
    loop {
        let images = reader.past_images(after, ROWS_A_STEP).await?;
        let Some((last, _)) = images.last() else { break };
        after = *last;
        for (id, image) in &images {
            let mut row = standing::opened(&app.keys, *id, image)?;
            held.rows += i64::from(row.again(&app.keys, mark, &mut looked));
        }
    }
    let mut after = Uuid::nil();
    loop {
        let merges = reader.merge_images(after, ROWS_A_STEP).await?;
        let Some((last, _)) = merges.last() else { break };
        after = *last;
        for (id, images) in &merges {
            let again = |row: &mut MemberRow| row.again(&app.keys, mark, &mut looked);
            let anew = duplicate::images_again(&app.keys, *id, images, again)?;
            held.rows += i64::from(anew.is_some());
        }
    }
    Ok(held)
}
