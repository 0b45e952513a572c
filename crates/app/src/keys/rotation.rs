//! From one data key to the next while people work (密钥轮换).
//!
//! Every sealed value names its key, so values of several keys lie side by side and all open. A new key is written down wrapped by
//! the master key and seals from half a minute later on, when every process has read it; then the older values are sealed anew, a
//! thousand at a time, in any order and as often as it is interrupted. What is rotated and what is not stands in the guide
//! (密钥与轮换).

use std::collections::BTreeMap;
use std::time::Duration;

use codes::crypto::{self, FieldKeys, KeyError};
use codes::time::Timestamp;
use domain::accounts::Role;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use rand::RngExt as _;
use serde_json::{Value, json};
use store::data_key::{DataKeyRow, SealedColumn};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::kept::{self, Held};
use super::ring::KeyRing;
use crate::error::{AppError, ErrorKind};
use crate::job::{self, JobContext};
use crate::lock::WorkLock;
use crate::op::{App, OpContext};
use crate::progress::Progress;

/// A new key seals only after every process has had time to read it.
const ACTIVE_AFTER: Duration = Duration::from_secs(30);
/// How often a server looks for new keys.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// An older key is not thrown away sooner after the newer one began: a process may have been slow.
const RETIRE_AFTER: Duration = Duration::from_secs(600);
/// Values that one transaction seals anew.
const VALUES_A_STEP: i64 = 1_000;
/// Between two of these, so that other writers have their turn.
const STEP_PAUSE: Duration = Duration::from_millis(5);
/// Set from the moment a key is added until no value is left with an older one.
const PENDING: &str = "key_reseal_pending";
/// Held by whoever changes which master key wraps what, or makes a data key.
pub(super) const LOCK: &str = "keys";
/// The kind of job that seals anew.
pub const JOB: &str = "key-reseal";

/// One data key, for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    pub version: u32,
    /// `None`: derived from the master key.
    pub created_at: Option<Timestamp>,
    /// 使用中, 待启用, 旧密钥, 已停用.
    pub state: &'static str,
    /// Values in the database that are sealed with it.
    pub values: i64,
}

/// How the keys stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStatus {
    pub keys: Vec<KeyLine>,
    /// Whether values wait to be sealed anew.
    pub is_pending: bool,
}

/// What sealing anew has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resealed {
    pub values: i64,
    /// Values that do not open with any key; they stay as they are.
    pub unreadable: i64,
}

/// Reads the data keys into this process and chooses the one that seals now.
///
/// # Errors
/// `KEY-410` when a key does not unwrap: the master key is not the one that wrapped it.
pub async fn refresh(app: &App) -> Result<(), AppError> {
    let rows = app.store.read().await?.data_keys().await?;
    if rows.is_empty() {
        return Ok(());
    }
    let mut current = None;
    for row in &rows {
        let version = version_of(row)?;
        let Some(wrapped) = row.wrapped.as_deref().filter(|_| row.retired_at.is_none()) else {
            app.keys.forget_data_key(version);
            continue;
        };
        if !app.keys.has_data_key(version) {
            let key = ring(app)?
                .unwrap(&label(version), wrapped)
                .map_err(|error| unwrap_failed(version, error))?;
            app.keys
                .add_data_key(version, &key)
                .map_err(|error| unwrap_failed(version, error))?;
        }
        if row.active_from <= app.now().0 {
            current = Some(version);
        }
    }
    app.keys.use_data_key(current);
    Ok(())
}

pub(super) fn ring(app: &App) -> Result<&KeyRing, AppError> {
    app.key_ring
        .as_deref()
        .ok_or_else(|| AppError::unavailable("KEY-501", "本进程没有主密钥，不能包装或解开数据密钥"))
}

fn unwrap_failed(version: u32, error: KeyError) -> AppError {
    tracing::error!(version, %error, "a data key does not unwrap");
    let mut told = AppError::from(error);
    told.message = format!("第 {version} 号数据密钥无法解开：{}", told.message);
    told
}

pub(super) fn version_of(row: &DataKeyRow) -> Result<u32, AppError> {
    u32::try_from(row.version).map_err(|_| AppError::internal("a data key's version is no small number"))
}

pub(super) fn label(version: u32) -> String {
    format!("data key {version}")
}

/// Looks for new keys until `stop` is done; a server does this beside its work.
pub async fn watch(app: App, stop: impl Future<Output = ()> + Send) {
    let mut stop = std::pin::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        if let Err(error) = refresh(&app).await {
            tracing::error!(%error, "the data keys could not be read");
        }
    }
}

/// Every key with the number of values it seals. 密钥状态
///
/// # Errors
/// Only the administration of the machine asks.
pub async fn status(op: &OpContext, app: &App) -> Result<KeyStatus, AppError> {
    may(op)?;
    let mut reader = app.store.read().await?;
    let mut values: BTreeMap<u32, i64> = BTreeMap::new();
    for column in SealedColumn::ALL {
        for (mark, count) in reader.sealed_marks(column).await? {
            let version = crypto::sealed_with(&mark).unwrap_or(0);
            *values.entry(version).or_default() += count;
        }
    }
    let rows = reader.data_keys().await?;
    let is_pending = reader.setting(PENDING).await?.is_some();
    let now = op.now().0;
    let current = rows
        .iter()
        .filter(|row| row.retired_at.is_none() && row.active_from <= now)
        .map(|row| row.version)
        .max();
    let count = |version: u32| values.get(&version).copied().unwrap_or(0);
    let mut keys = vec![KeyLine {
        version: crypto::DERIVED_KEY,
        created_at: None,
        state: if current.is_none() {
            "使用中"
        } else {
            "旧密钥"
        },
        values: count(crypto::DERIVED_KEY),
    }];
    for row in &rows {
        let version = version_of(row)?;
        keys.push(KeyLine {
            version,
            created_at: Some(Timestamp(row.created_at)),
            state: match row {
                row if row.retired_at.is_some() => "已停用",
                row if row.active_from > now => "待启用",
                row if Some(row.version) == current => "使用中",
                _ => "旧密钥",
            },
            values: count(version),
        });
    }
    Ok(KeyStatus { keys, is_pending })
}

/// Makes a new data key; it seals from half a minute later on. Answers its number. 轮换密钥
///
/// # Errors
/// `KEY-411` while the change before is not finished; `KEY-403` for anybody but the administration of the machine.
pub async fn rotate(op: &OpContext, app: &App) -> Result<u32, AppError> {
    may(op)?;
    // Nobody changes the master key while a new data key is wrapped with it.
    let _lock = WorkLock::take(app, LOCK, "更换密钥").await?;
    let mut tx = app.store.begin().await?;
    let rows = tx.data_keys().await?;
    if tx.setting(PENDING).await?.is_some() {
        return Err(AppError::conflict("KEY-411", "上一次轮换还没有完成")
            .hint("请先运行 gonghui key reseal，完成后再轮换"));
    }
    let last = rows
        .last()
        .map(version_of)
        .transpose()?
        .unwrap_or(crypto::DERIVED_KEY);
    let version = last + 1;
    let mut key = Zeroizing::new([0u8; 16]);
    rand::rng().fill(&mut *key);
    let row = DataKeyRow {
        version: i64::from(version),
        wrapped: Some(ring(app)?.wrap(&label(version), &*key).map_err(AppError::from)?),
        created_at: op.now().0,
        active_from: op.now().plus(ACTIVE_AFTER).0,
        retired_at: None,
    };
    tx.add_data_key(&row).await?;
    tx.set_setting(PENDING, &version.to_string(), op.now()).await?;
    journal(
        op,
        &mut tx,
        json!({ "words": format!("新数据密钥，第 {version} 号") }),
    )
    .await?;
    tx.commit().await?;
    refresh(app).await?;
    Ok(version)
}

/// How long until the newest key seals; zero when it does already.
pub async fn wait_left(app: &App) -> Result<Duration, AppError> {
    let rows = app.store.read().await?.data_keys().await?;
    let left = rows.last().map_or(0, |row| row.active_from - app.now().0);
    Ok(Duration::from_millis(u64::try_from(left).unwrap_or(0)))
}

/// Seals every value anew that an older key has sealed. Interrupted, it is done again from the start and passes by what is done.
/// 重新加密
///
/// # Errors
/// `KEY-412` before the newest key seals; or somebody asked to stop: what is done stays done.
pub async fn reseal(op: &OpContext, app: &App, progress: &Progress) -> Result<Resealed, AppError> {
    may(op)?;
    refresh(app).await?;
    if !wait_left(app).await?.is_zero() {
        return Err(AppError::conflict("KEY-412", "新密钥还没有启用").hint("半分钟后再试"));
    }
    let mut done = Resealed::default();
    let Some(mark) = app.keys.data_key_mark() else {
        return Ok(done);
    };
    let total = left(app, &mark).await?;
    for column in SealedColumn::ALL {
        let mut after = Uuid::nil();
        loop {
            let mut tx = app.store.begin().await?;
            let values = tx.sealed_otherwise(column, after, &mark, VALUES_A_STEP).await?;
            let Some((last, _)) = values.last() else { break };
            after = *last;
            for (row, sealed) in &values {
                match again(&app.keys, column, *row, sealed) {
                    Some(anew) => done.values += i64::from(tx.reseal(column, *row, sealed, &anew).await?),
                    None => done.unreadable += 1,
                }
            }
            tx.commit().await?;
            progress("重新加密", (done.values + done.unreadable) as u64, total as u64)?;
            tokio::time::sleep(STEP_PAUSE).await;
        }
    }
    let in_columns = done.unreadable;
    let (version, _) = newest(app).await?;
    let are_files_done = kept::reseal_kept(app, &mark, version, &mut done, progress).await?;
    // Something may have been written with the older key while this went on.
    if are_files_done && left(app, &mark).await? == in_columns {
        let mut tx = app.store.begin().await?;
        tx.clear_setting(PENDING).await?;
        let words = format!("重新加密 {} 个值，{} 个无法解密", done.values, done.unreadable);
        journal(op, &mut tx, json!({ "words": words })).await?;
        tx.commit().await?;
    }
    Ok(done)
}

/// The newest key's number and the instant from which it seals.
async fn newest(app: &App) -> Result<(u32, i64), AppError> {
    let rows = app.store.read().await?.data_keys().await?;
    let last = rows.last();
    let version = last.map(version_of).transpose()?.unwrap_or(crypto::DERIVED_KEY);
    Ok((version, last.map_or(0, |row| row.active_from)))
}

async fn left(app: &App, mark: &[u8]) -> Result<i64, AppError> {
    let mut reader = app.store.read().await?;
    let mut left = 0;
    for column in SealedColumn::ALL {
        let marks = reader.sealed_marks(column).await?;
        left += marks
            .iter()
            .filter(|(other, _)| other != mark)
            .map(|(_, count)| count)
            .sum::<i64>();
    }
    Ok(left)
}

fn again(keys: &FieldKeys, column: SealedColumn, row: Uuid, sealed: &[u8]) -> Option<Vec<u8>> {
    let (table, name) = column.cell();
    match keys.open(table, name, row.as_bytes(), sealed) {
        Ok(plain) => Some(keys.seal(table, name, row.as_bytes(), &Zeroizing::new(plain))),
        Err(cause) => {
            tracing::error!(%row, table, name, %cause, "a sealed value cannot be opened and keeps its key");
            None
        }
    }
}

/// Throws away the keys that seal nothing any more, except the one that seals now and the one derived from the master key. Answers
/// which. 停用旧密钥
///
/// # Errors
/// `KEY-413` while values, an import or a process that may be slow still need an older one.
pub async fn retire(op: &OpContext, app: &App) -> Result<Vec<u32>, AppError> {
    may(op)?;
    let refused = |words: &str| AppError::conflict("KEY-413", format!("旧密钥还不能停用：{words}"));
    let known = status(op, app).await?;
    if known.is_pending {
        return Err(refused("还有值没有用新密钥重新加密").hint("请先运行 gonghui key reseal"));
    }
    let (version, newest) = newest(app).await?;
    if Timestamp(newest).plus(RETIRE_AFTER) > op.now() {
        return Err(refused("新密钥启用未满 10 分钟，可能还有进程在用旧密钥"));
    }
    // An import under way may have begun before the new key was there.
    let _lock = WorkLock::take(app, crate::intake::LOCK, "导入数据").await?;
    refresh(app).await?;
    if let Some(mark) = app.keys.data_key_mark() {
        refuse_held(kept::held(app, &mark, version).await?)?;
    }
    let mut retired = Vec::new();
    let mut tx = app.store.begin().await?;
    for key in known
        .keys
        .iter()
        .filter(|key| key.state == "旧密钥" && key.version != crypto::DERIVED_KEY)
    {
        if key.values > 0 {
            return Err(refused(&format!(
                "第 {} 号还加密着 {} 个值",
                key.version, key.values
            )));
        }
        tx.retire_data_key(i64::from(key.version), op.now().0).await?;
        journal(
            op,
            &mut tx,
            json!({ "words": format!("停用第 {} 号数据密钥", key.version) }),
        )
        .await?;
        retired.push(key.version);
    }
    tx.commit().await?;
    refresh(app).await?;
    Ok(retired)
}

/// Rows that are kept whole and hold cells of an older key would come back unreadable.
fn refuse_held(held: Held) -> Result<(), AppError> {
    let told = [
        (held.rows, "个终止的会籍或可撤销的合并"),
        (held.batches, "个可撤销的台账批次"),
        (held.answers, "条接口应答"),
    ];
    let told: Vec<String> = told
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    let words = format!("旧密钥还不能停用：{}里还有用旧密钥加密的值", told.join("、"));
    Err(AppError::conflict("KEY-413", words).hint("请先运行 gonghui key reseal；正在导入的，等导入结束"))
}

pub(super) async fn journal(op: &OpContext, tx: &mut store::Tx, after: Value) -> Result<(), AppError> {
    let entry = JournalEntry {
        after: Some(after),
        ..JournalEntry::new(JournalAction::SettingChanged, SubjectKind::Setting, Uuid::nil())
    };
    Ok(tx.journal(&op.by(), entry).await?)
}

/// Keys belong to whoever runs the machine, not to anybody in the console.
pub(super) fn may(op: &OpContext) -> Result<(), AppError> {
    if op.role() == Role::System {
        return Ok(());
    }
    Err(AppError::new(
        ErrorKind::Forbidden,
        "KEY-403",
        "密钥只能在服务器上用 gonghui key 管理",
    ))
}

/// Makes this process able to seal anew as a job.
pub fn register(app: &App) {
    app.jobs.register(JOB, |context: JobContext| async move {
        let progress = context.reporter();
        let system = context.app.system(JOB);
        let done = reseal(&system, &context.app, &progress).await?;
        Ok(json!({ "values": done.values, "unreadable": done.unreadable }))
    });
}

/// Queues the sealing anew that was not finished; the job runner asks at start and once a night.
///
/// # Errors
/// The store refuses.
pub async fn enqueue_if_pending(app: &App) -> Result<bool, AppError> {
    let mut reader = app.store.read().await?;
    let is_queued = reader.jobs_ahead().await?.iter().any(|job| job.kind == JOB);
    let is_pending = reader.setting(PENDING).await?.is_some();
    drop(reader);
    if !app.jobs.knows(JOB) || is_queued || !is_pending || !wait_left(app).await?.is_zero() {
        return Ok(false);
    }
    job::enqueue(&app.system(JOB), app, JOB, "用新密钥重新加密", json!({})).await?;
    Ok(true)
}
