//! 按所在地归属: a union without a usable parent hangs under the general union of its ground, and goes with it when a person changes
//! a place. The rule is the import's own ([`grow`]), so the next file finds every union where it would put it.

use std::collections::HashSet;

use codes::time::Day;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::scope::UnionPath;
use serde_json::json;
use store::Tx;
use store::union_org::UnionRow;

use super::change::is_massive;
use super::place::next_child;
use crate::error::AppError;
use crate::intake::tree::{Node, grow};
use crate::op::OpContext;

/// So many unions one person's change of a place carries along; more come with a file.
const CARRIED_MAX: usize = 200;

/// Carries every union whose ground is another one since `cause` was written, with what hangs below; those that hung elsewhere
/// `before` stay. Answers their names and their new parents'.
///
/// # Errors
/// `UNI-431` when one comes from a place that is not in sight or would go to one, `UNI-409` when more than [`CARRIED_MAX`] would be
/// carried, or more than one person changes alone (双人复核).
pub(super) async fn follow_ground(
    op: &OpContext,
    tx: &mut Tx,
    cause: &UnionRow,
    before: &HashSet<String>,
    effective_on: Day,
) -> Result<Vec<(String, String)>, AppError> {
    let mut carried = Vec::new();
    let (mut unions, mut members) = (0, 0);
    // One after the other: whoever hangs below a carried union has come along with it.
    while let Some((to, key)) = displaced(tx)
        .await?
        .into_iter()
        .find(|(_, key)| !before.contains(key))
    {
        if carried.len() == CARRIED_MAX {
            let words = format!("变更所在地会使 {CARRIED_MAX} 家以上的工会改变归属");
            return Err(AppError::conflict("UNI-409", words).hint("请用导入文件一并变更"));
        }
        let missing = || AppError::internal(format!("no union {key}"));
        let row = tx.union_row(&key).await?.ok_or_else(missing)?;
        let over = to.parent();
        if over.as_ref().is_none_or(|over| !op.scope().contains_branch(over)) {
            let words = format!("按新的所在地，“{}”将归属到您的数据范围以外", row.name);
            return Err(AppError::forbidden("UNI-431", words).hint("请由上级工会变更所在地"));
        }
        let over = over.ok_or_else(missing)?;
        let from = row.path.as_deref().map(UnionPath::parse).transpose();
        let from = from.map_err(AppError::internal)?;
        let is_seen = match &from {
            Some(from) => op.scope().contains_branch(from),
            None => op.sees(None),
        };
        if row.union_id != cause.union_id && !is_seen {
            let words = "按新的所在地，有您数据范围以外的工会将改变归属";
            return Err(AppError::forbidden("UNI-431", words).hint("请由看得到这些工会的人员办理"));
        }
        if let Some(from) = &from {
            let weight = tx.weight_under(from.as_str(), &from.upper_bound()).await?;
            (unions, members) = (unions + weight.unions, members + weight.members);
        }
        if is_massive(op, tx, unions, members).await? {
            let words = format!("变更所在地会使 {unions} 家工会、{members} 名会员改变归属，一人不能办理");
            return Err(AppError::conflict("UNI-409", words).hint("请用“调整上级工会”逐家办理，由另一人复核"));
        }
        let parent = tx.union_at_path(over.as_str()).await?.ok_or_else(missing)?;
        let place = next_child(tx, over.as_str()).await?;
        if row.union_id != cause.union_id {
            tx.keep_past(row.id, effective_on).await?;
        }
        match &from {
            Some(from) => {
                tx.carry_subtree(from.as_str(), &from.upper_bound(), place.as_str())
                    .await?;
            }
            None => {
                tx.upsert_unions([UnionRow {
                    path: Some(place.to_string()),
                    ..row.clone()
                }])
                .await?;
            }
        }
        let after = json!({
            "union_id": row.union_id, "name": row.name, "parent_id": parent.union_id, "parent": parent.name,
            "effective_on": effective_on, "words": format!("“{}”的所在地变更，按所在地归属", cause.name),
        });
        let entry = JournalEntry {
            path: Some(place),
            ..JournalEntry::new(JournalAction::UnionMoved, SubjectKind::UnionOrg, row.id).after(&after)
        };
        tx.journal(&op.by(), entry).await?;
        carried.push((row.name, parent.name));
    }
    Ok(carried)
}

/// Keys of the unions that do not hang where the register's rule puts them.
pub(super) async fn elsewhere(tx: &mut Tx) -> Result<HashSet<String>, AppError> {
    Ok(displaced(tx).await?.into_iter().map(|(_, key)| key).collect())
}

/// The same with the places where they belong, the nearest to the root first.
async fn displaced(tx: &mut Tx) -> Result<Vec<(UnionPath, String)>, AppError> {
    let mut nodes: Vec<Node> = tx.union_nodes().await?.into_iter().map(Node::from).collect();
    nodes.sort_unstable_by(|a, b| a.union_id.cmp(&b.union_id));
    let tree = grow(&nodes);
    let mut found = Vec::new();
    for (node, path) in nodes.into_iter().zip(tree.paths) {
        if let Some(path) = path.filter(|path| node.path.as_ref() != Some(path)) {
            found.push((
                UnionPath::parse(&path).map_err(AppError::internal)?,
                node.union_id,
            ));
        }
    }
    found.sort_by_key(|(path, _)| path.as_str().len());
    Ok(found)
}
