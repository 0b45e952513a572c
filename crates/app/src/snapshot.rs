//! The register as a run sees it (登记库快照): files in the lake's layouts, so that the bulk job needs no database.
//!
//! Unions, covers, verdicts and open items are small and written anew. Memberships are written once per change of the
//! register: the file carries the number of the batch and the count that it was made from, and is used again until they move.
//! A batch carries the file of the state before it over to its own, so that a day's changes need no reading of millions.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use codes::text::{key64, person_name};
use codes::time::Day;
use domain::intake::Kind;
use lake::records::{Recorded, Records};
use lake::tables::{Cover, Member, OpenItem, Union, Verdict};
use lake::{Amendment, RowKeys};
use store::membership::MemberToken;
use store::union_org::UnionSnapshot;
use uuid::Uuid;

use crate::error::AppError;
use crate::op::{App, OpContext};

/// The files of one snapshot and the current files of the agencies.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Current state of the market register; `None`: never imported.
    pub enterprises: Option<PathBuf>,
    /// Current insured rows.
    pub insurance: Option<PathBuf>,
    /// Current wage declarations.
    pub tax: Option<PathBuf>,
    /// Current drivers.
    pub drivers: Option<PathBuf>,
    /// The unions' register.
    pub unions: PathBuf,
    /// Covered employers.
    pub covers: PathBuf,
    /// Memberships.
    pub members: PathBuf,
    /// Decisions by hand.
    pub verdicts: PathBuf,
    /// Items open before the run.
    pub open_items: PathBuf,
    /// Which batch of each kind: kind, batch number, SM3.
    pub batches: Vec<(String, String, String)>,
    /// Keys of the unions that the last count found unsound; `None`: never counted.
    pub unsound_unions: Option<HashSet<String>>,
}

/// Writes the register's tables, the verdicts and the open items to `dir`, and names the agencies' current files.
pub async fn write(_op: &OpContext, app: &App, dir: &Path) -> Result<Snapshot, AppError> {
    let mut reader = app.store.read().await?;
    let mut batches = Vec::new();
    let mut files: [Option<PathBuf>; 4] = [None, None, None, None];
    for kind in Kind::ALL {
        let Some(batch) = reader.current_batch(kind.name()).await? else {
            continue;
        };
        batches.push((
            kind.name().to_owned(),
            batch.batch_no.to_string(),
            batch.sm3.clone(),
        ));
        let slot = match kind {
            Kind::Enterprises => 0,
            Kind::Insurance => 1,
            Kind::Tax => 2,
            Kind::Drivers => 3,
            Kind::Unions | Kind::Covers | Kind::Members => continue,
        };
        files[slot] = batch.lake_file.as_ref().map(|file| app.data_dir.join(file));
    }
    let [enterprises, insurance, tax, drivers] = files;

    let unions = dir.join("unions.parquet");
    let rows = reader.union_snapshots().await?.into_iter().map(union_of);
    lake::write_rows(&unions, rows).map_err(AppError::internal)?;

    let covers = dir.join("covers.parquet");
    let rows = reader.cover_rows().await?;
    let rows = rows.into_iter().map(|row| Cover {
        union_id: row.union_id,
        employer_code: row.employer_code,
        employer_name: row.employer_name,
        cover_from: row.cover_from.map(Day::from),
        cover_to: row.cover_to.map(Day::from),
    });
    lake::write_rows(&covers, rows).map_err(AppError::internal)?;

    let verdicts = dir.join("verdicts.parquet");
    let rows = reader.verdicts().await?.into_iter().map(|row| Verdict {
        union_id: row.union_id,
        enterprise_id: row.enterprise_id,
        is_same: row.is_same,
    });
    lake::write_rows(&verdicts, rows).map_err(AppError::internal)?;

    let open_items = dir.join("open_items.parquet");
    let rows = reader.open_items().await?.into_iter().map(|row| OpenItem {
        item_no: row.item_no,
        rule: row.rule,
        subject_kind: row.subject_kind,
        subject_id: row.subject_id,
    });
    lake::write_rows(&open_items, rows).map_err(AppError::internal)?;

    let unsound_unions = crate::quality::unsound_unions(&mut reader).await?;
    let members = members_file(app, &mut reader).await?;
    Ok(Snapshot {
        enterprises,
        insurance,
        tax,
        drivers,
        unions,
        covers,
        members,
        verdicts,
        open_items,
        unsound_unions,
        batches,
    })
}

fn union_of(row: UnionSnapshot) -> Union {
    Union {
        union_key: key64(&row.union_id),
        union_id: row.union_id,
        name: row.name,
        union_code: row.union_code,
        employer_code: row.employer_code,
        employer_name: row.employer_name,
        employer_legal_rep: row.employer_legal_rep.as_deref().map(person_name),
        chair: row.chair,
        county: row.county.map(|county| county as i32),
        town: row.town,
        address: row.address,
        phone_token: row.phone_token,
        industry_section: row.industry_section,
        union_type: row.union_type,
        parent_id: row.parent_id,
        industry_parent_id: row.industry_parent_id,
        founded: row.founded_on.map(Day::from),
        term_end: row.term_end_on.map(Day::from),
        declared_members: row.declared_members,
        is_active: row.is_active,
        source: row.source,
    }
}

/// The memberships' file of the register as it is now, made if nobody made it yet: by the import that changed them, else by
/// the next run.
pub(crate) async fn members_file(app: &App, reader: &mut store::Reader) -> Result<PathBuf, AppError> {
    // Members change by batches, their undo, and people; each moves one of latest batch, count, and number of people's changes.
    let batch = reader
        .current_batch(Kind::Members.name())
        .await?
        .map_or(0, |batch| batch.batch_no);
    let batch = state_name(reader, batch).await?;
    let count = reader.member_count().await?;
    let folder = app.data_dir.join("lake").join("members");
    crate::keys::create_private_dir(&folder)?;
    let path = folder.join(format!("{batch}-{count}.parquet"));
    if path.exists() {
        return Ok(path);
    }
    let unions = union_keys(reader).await?;
    let mut writer = lake::RowWriter::<Member>::create(&path).map_err(AppError::internal)?;
    let mut failure = None;
    reader
        .each_member_token(|row| {
            if let Some(member) = member(row, &unions)
                && failure.is_none()
            {
                failure = writer.push(&member).err();
            }
        })
        .await?;
    if let Some(error) = failure {
        return Err(AppError::internal(error));
    }
    writer.finish().map_err(AppError::internal)?;
    keep_only(&folder, &path).await?;
    Ok(path)
}

/// A state of the memberships after a batch, as the names of files have it: with the number of people's changes, if there are any.
async fn state_name(reader: &mut store::Reader, batch: i64) -> Result<String, AppError> {
    Ok(match crate::membership::standing::changes(reader).await? {
        0 => batch.to_string(),
        changes => format!("{batch}.{changes}"),
    })
}

/// Makes the memberships' file from that of the batch before: rows under the keys `touched` are left out, and those that the
/// batch wrote come instead. Without such a file nothing is made, and the next run reads the register whole.
pub(crate) async fn carry_members(
    app: &App,
    before: i64,
    batch_no: i64,
    mut touched: HashSet<String>,
) -> Result<(), AppError> {
    let folder = app.data_dir.join("lake").join("members");
    let mut reader = app.store.read().await?;
    let of_before = format!("{}-", state_name(&mut reader, before).await?);
    let is_of_before = |name: &str| {
        let count = name
            .strip_prefix(&of_before)
            .and_then(|rest| rest.strip_suffix(".parquet"));
        count.is_some_and(|count| count.parse::<i64>().is_ok())
    };
    let Some(old) = crate::intake::entries(&folder)
        .into_iter()
        .find(|path| is_of_before(&path.file_name().unwrap_or_default().to_string_lossy()))
    else {
        return Ok(());
    };
    let count = reader.member_count().await?;
    let unions = union_keys(&mut reader).await?;
    let written = reader.member_tokens_of_batch(batch_no).await?;
    touched.extend(written.iter().map(|row| row.member_id.clone()));
    let added: Vec<Member> = written
        .into_iter()
        .filter_map(|row| member(row, &unions))
        .collect();
    let batch = state_name(&mut reader, batch_no).await?;
    let path = folder.join(format!("{batch}-{count}.parquet"));
    let target = path.clone();
    let carried = tokio::task::spawn_blocking(move || carry(&old, &touched, added, count, &target));
    let carried = carried
        .await
        .map_err(AppError::internal)?
        .map_err(AppError::internal)?;
    if carried {
        remove_others(&folder, &path);
    }
    Ok(())
}

/// Amends a memberships' file; `false` if it was not the state that it should have been.
fn carry(
    old: &Path,
    touched: &HashSet<String>,
    added: Vec<Member>,
    count: i64,
    target: &Path,
) -> Result<bool, lake::LakeError> {
    let touched: HashMap<i64, ()> = touched.iter().map(|key| (key64(key), ())).collect();
    let keys = RowKeys::of(old, <Member as Recorded>::KEY)?;
    let gone: Vec<u32> = keys.met(&touched).map(|(row, ..)| row).collect();
    let rows = (keys.len() - gone.len() + added.len()) as i64;
    if rows != count {
        // Not the state it should come from: the register itself is asked then.
        tracing::warn!(
            rows,
            count,
            "the members' snapshot could not be carried over a batch"
        );
        return Ok(false);
    }
    let amendment = Amendment { gone, added };
    lake::amend(old, &amendment, target)?;
    if let Err(error) = Records::carry(old, &amendment, target) {
        tracing::warn!(%error, "the members' record store is left to the run");
    }
    Ok(true)
}

async fn union_keys(reader: &mut store::Reader) -> Result<HashMap<Uuid, i64>, AppError> {
    let keys = reader.union_keys().await?.into_iter();
    Ok(keys.map(|(union_id, id)| (id, key64(&union_id))).collect())
}

fn member(row: MemberToken, unions: &HashMap<Uuid, i64>) -> Option<Member> {
    let &union_key = unions.get(&row.union_org_id)?;
    Some(Member {
        union_key,
        member_id: row.member_id,
        id_token: row.id_token,
        id_status: row.id_status as u8,
        id_parts: row.id_parts,
        name: person_name(&row.name),
    })
}

/// Ends a new memberships' file: earlier ones go, its record store comes. Without the store the run makes it.
async fn keep_only(folder: &Path, path: &Path) -> Result<(), AppError> {
    let file = path.to_owned();
    let kept = tokio::task::spawn_blocking(move || Records::of::<Member>(&file));
    if let Err(error) = kept.await.map_err(AppError::internal)? {
        tracing::warn!(%error, "the members' record store is left to the run");
    }
    remove_others(folder, path);
    Ok(())
}

/// Files and record stores of earlier states; one that cannot be removed only costs room.
fn remove_others(folder: &Path, keep: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let (files, store) = (lake::files_of(keep), lake::records::folder_of(keep));
    for path in entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| !files.contains(path) && *path != store)
    {
        let removed = if path.is_dir() {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
        if let Err(error) = removed {
            tracing::warn!(%error, path = %path.display(), "an old members snapshot could not be removed");
        }
    }
}
