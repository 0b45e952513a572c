//! From one master key to the next (更换主密钥), in the same place or from a file into a token and back, while people work.
//!
//! Values are not touched: the same root secret and the same data keys are wrapped by another key. The order makes every moment one
//! from which the installation starts: the new master key is made and tried; `root.key` names old and new; one transaction wraps the
//! data keys anew; `root.key` names the new one alone; the old one's file goes. Interrupted, it is simply done again.

use std::fs;

use serde_json::json;

use super::ring::{MasterAt, MasterPlace, generation_of};
use super::rotation::{self, label, ring, version_of};
use super::{file, token::TokenKey};
use crate::error::AppError;
use crate::lock::WorkLock;
use crate::op::{App, OpContext};
use crate::progress::Progress;

/// What a person is told between the steps.
const STAGE: &str = "更换主密钥";
const STEPS: u64 = 4;

/// What a change of the master key has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The new master key in words.
    pub master: String,
    /// Data keys that were wrapped anew.
    pub data_keys: usize,
    /// Keys in tokens that wrap nothing here any more; their keepers destroy them.
    pub left_in_tokens: Vec<String>,
}

/// Where the next master key lies if it stays in the place of the one that is there: for a token, under the label given or under
/// the label before with the next number.
///
/// # Errors
/// If there is no master key.
pub fn same_place(app: &App, key: Option<String>) -> Result<MasterPlace, AppError> {
    let ring = ring(app)?;
    let masters = ring.masters()?;
    let newest = masters
        .last()
        .ok_or_else(|| AppError::internal("no master key"))?;
    match (&newest.at, key) {
        (MasterAt::File { .. }, None) => Ok(MasterPlace::File),
        (MasterAt::File { .. }, Some(_)) => {
            Err(AppError::invalid("KEY-414", "主密钥在文件里，没有密钥标签可选")
                .hint("迁入密码机请用 gonghui key move --to pkcs11"))
        }
        (MasterAt::Token(known), key) => Ok(MasterPlace::Token(TokenKey {
            key: match key {
                Some(key) => key,
                None => next_label(&known.key, ring.next_generation()?),
            },
            ..known.clone()
        })),
    }
}

/// `gonghui-master` and `gonghui-master-2` become `gonghui-master-3`.
fn next_label(label: &str, generation: u32) -> String {
    let stem = match label.rsplit_once('-') {
        Some((stem, digits)) if !stem.is_empty() && digits.parse::<u32>().is_ok() => stem,
        _ => label,
    };
    format!("{stem}-{generation}")
}

/// Wraps root secret and data keys with a new master key in its place, and lets the old one go. 更换主密钥
///
/// # Errors
/// `KEY-403` for anybody but the administration of the machine; `KEY-414` for a key that is the master key already; whatever a token
/// refuses. Then the old master key stays, or both do, and the installation starts with either.
pub async fn change(
    op: &OpContext,
    app: &App,
    place: &MasterPlace,
    progress: &Progress,
) -> Result<Changed, AppError> {
    rotation::may(op)?;
    let ring = ring(app)?;
    let _lock = WorkLock::take(app, rotation::LOCK, "更换密钥").await?;
    let mut masters = ring.masters()?;
    let is_known = |key: &TokenKey| {
        masters.iter().any(|master| match &master.at {
            MasterAt::Token(known) => (&known.token, &known.key) == (&key.token, &key.key),
            MasterAt::File { .. } => false,
        })
    };
    if let MasterPlace::Token(key) = place
        && is_known(key)
    {
        return Err(
            AppError::conflict("KEY-414", format!("{key}：这把密钥正在作主密钥"))
                .hint("请另选一个密钥标签（--key）"),
        );
    }
    let root = ring.root()?;
    let generation = ring.next_generation()?;
    let new = ring.make(generation, place, &root)?;
    progress(STAGE, 1, STEPS)?;
    let before = masters.clone();
    masters.push(new.clone());
    ring.write(masters)?;
    progress(STAGE, 2, STEPS)?;
    let data_keys = wrap_anew(op, app, &new.to_string()).await?;
    progress(STAGE, 3, STEPS)?;
    refuse_left(app, generation).await?;
    ring.write(vec![new.clone()])?;
    progress(STAGE, 4, STEPS)?;
    for path in before.iter().filter_map(|master| ring.file_of(master)) {
        fs::remove_file(&path).map_err(|error| AppError::io(path.display(), error))?;
        file::sync_folder(&path)?;
    }
    let in_token = |at: &MasterAt| match at {
        MasterAt::Token(key) => Some(key.to_string()),
        MasterAt::File { .. } => None,
    };
    Ok(Changed {
        master: new.to_string(),
        data_keys,
        left_in_tokens: before.iter().filter_map(|master| in_token(&master.at)).collect(),
    })
}

/// Wraps every data key with the newest master key, in one transaction.
async fn wrap_anew(op: &OpContext, app: &App, master: &str) -> Result<usize, AppError> {
    let ring = ring(app)?;
    let mut tx = app.store.begin().await?;
    let mut count = 0;
    for row in tx.data_keys().await? {
        let Some(wrapped) = row.wrapped.as_deref() else {
            continue;
        };
        let label = label(version_of(&row)?);
        let anew = ring.wrap(&label, &ring.unwrap(&label, wrapped)?)?;
        if !tx.wrap_data_key(row.version, wrapped, &anew).await? {
            return Err(AppError::conflict(
                "KEY-411",
                "数据密钥刚被别的进程改动，请再运行一次",
            ));
        }
        count += 1;
    }
    let words = format!("更换主密钥：{master}，重新包装 {count} 把数据密钥");
    rotation::journal(op, &mut tx, json!({ "words": words })).await?;
    tx.commit().await?;
    Ok(count)
}

/// Every data key opens with the new master key, or the old one stays.
async fn refuse_left(app: &App, generation: u32) -> Result<(), AppError> {
    let ring = ring(app)?;
    for row in app.store.read().await?.data_keys().await? {
        let Some(wrapped) = row.wrapped.as_deref() else {
            continue;
        };
        if generation_of(wrapped).0 != generation {
            return Err(AppError::conflict(
                "KEY-411",
                format!("第 {} 号数据密钥还由旧的主密钥包装，请再运行一次", row.version),
            ));
        }
        ring.unwrap(&label(version_of(&row)?), wrapped)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_gets_the_next_number() {
        assert_eq!(next_label("gonghui-master", 2), "gonghui-master-2");
        assert_eq!(next_label("gonghui-master-2", 3), "gonghui-master-3");
        assert_eq!(next_label("gonghui", 2), "gonghui-2");
    }
}
