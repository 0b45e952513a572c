//! A planned change carried out, within the transaction that planned it.

use codes::id::UnionOrg;
use codes::text::normalise;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::membership::{ChangeKind, MembershipState, Standing, UNION_GONE};
use domain::organising::Founding;
use domain::scope::UnionPath;
use serde_json::json;
use store::Tx;
use store::member_event::MemberEvent;
use store::membership::UnionMember;
use store::union_org::UnionRow;
use store::union_org::change::UnionEnd;
use uuid::Uuid;

use super::plan::Plan;
use super::{Change, Changed, journal, tell};
use crate::error::AppError;
use crate::intake::unions_content_hash;
use crate::membership::standing;
use crate::op::OpContext;
use crate::union_org::{cover, place, term};

/// Elements whose value a file no longer decides once a person has.
const PARENT: &str = "parent_id";
const STANDING: &str = "is_active";
const INDUSTRY: &str = "industry_parent_id";

fn missing(what: &str) -> AppError {
    AppError::internal(format!("a plan without {what} was carried out"))
}

/// Writes a row that a person has changed: the day it was otherwise is kept, files leave the element alone from now on, and the
/// batch that wrote it can no longer be taken back.
async fn save(
    op: &OpContext,
    tx: &mut Tx,
    plan: &Plan,
    mut row: UnionRow,
    element: &str,
) -> Result<(), AppError> {
    tx.keep_past(row.id, plan.effective_on).await?;
    tx.mark_by_hand(row.id, element, op.now()).await?;
    row.batch_no = None;
    row.changed_at = op.now().millis();
    row.row_hash = unions_content_hash(&row);
    tx.upsert_unions([row]).await?;
    Ok(())
}

/// Hangs a union, with everything below it, under another.
async fn hang(
    op: &OpContext,
    tx: &mut Tx,
    plan: &Plan,
    row: &UnionRow,
    parent: &UnionRow,
) -> Result<(), AppError> {
    let over = parent.path.as_deref().ok_or_else(|| missing("a place"))?;
    let to = place::next_child(tx, over).await?;
    let mut moved = row.clone();
    moved.parent_id = Some(parent.union_id.clone());
    match row.path.as_deref().map(UnionPath::parse).transpose() {
        Ok(Some(from)) => {
            save(op, tx, plan, moved, PARENT).await?;
            tx.carry_subtree(from.as_str(), &from.upper_bound(), to.as_str())
                .await?;
        }
        Ok(None) => {
            moved.path = Some(to.to_string());
            save(op, tx, plan, moved, PARENT).await?;
        }
        Err(error) => return Err(AppError::internal(error)),
    }
    Ok(())
}

/// 调整上级工会
pub(super) async fn move_union(op: &OpContext, tx: &mut Tx, plan: &Plan) -> Result<Changed, AppError> {
    let parent = plan.other.as_ref().ok_or_else(|| missing("a parent"))?;
    hang(op, tx, plan, &plan.union, parent).await?;
    let before = json!({"parent_id": plan.union.parent_id, "parent": plan.above});
    let after = json!({
        "union_id": plan.union.union_id,
        "name": plan.union.name,
        "parent_id": parent.union_id,
        "parent": parent.name,
        "effective_on": plan.effective_on,
        "document_no": plan.document_no,
        "words": plan.reason,
        "unions": plan.weight.unions,
        "members": plan.weight.members,
    });
    journal(op, tx, plan, before, after).await?;
    Ok(Changed {
        union_id: plan.union.union_id.clone(),
        message: format!(
            "“{}”已调整到“{}”之下，共 {} 家工会",
            plan.union.name, parent.name, plan.weight.unions
        ),
    })
}

/// 合并
pub(super) async fn merge(op: &OpContext, tx: &mut Tx, plan: &Plan) -> Result<Changed, AppError> {
    let target = plan.other.as_ref().ok_or_else(|| missing("a target"))?;
    let reaches = tx.rehome_reach(plan.union.id, target.id).await?;
    for child in &plan.children {
        hang(op, tx, plan, child, target).await?;
    }
    if let (Some(from), Some(to)) = (plan.union.path.as_deref(), target.path.as_deref()) {
        tx.hand_over_place(from, to).await?;
    }
    let all = tx.members_of_union(plan.union.id).await?;
    let members = move_members(op, tx, plan, &all, target.id).await?;
    let accounts = tx.rehome_accounts(plan.union.id, target.id, op.now()).await?;
    rehome_line(op, tx, plan, target).await?;
    let covers = tx.covers_of(&plan.union.union_id).await?;
    let covers = cover::hand_over(op, tx, &covers, &target.union_id, plan.effective_on).await?;
    end(op, tx, plan, Some(&target.union_id)).await?;
    let after = json!({
        "union_id": plan.union.union_id,
        "name": plan.union.name,
        "into_id": target.union_id,
        "into": target.name,
        "effective_on": plan.effective_on,
        "document_no": plan.document_no,
        "words": plan.reason,
        "members": members,
        "unions": plan.children.len(),
        "accounts": accounts + reaches,
        "covers": covers,
    });
    journal(op, tx, plan, json!({}), after).await?;
    Ok(Changed {
        union_id: target.union_id.clone(),
        message: format!(
            "“{}”已并入“{}”，转入会员 {members} 人",
            plan.union.name, target.name
        ),
    })
}

/// What the merged union leads by the second line is led by the other from now on: set by hand, each with its past and its entry.
async fn rehome_line(op: &OpContext, tx: &mut Tx, plan: &Plan, target: &UnionRow) -> Result<(), AppError> {
    for key in &plan.led {
        // Read anew: it may have been hung elsewhere a moment ago.
        let Some(mut row) = tx.union_row(key).await? else {
            continue;
        };
        // Nobody leads itself: the other union takes the merged one's place in the line above.
        row.industry_parent_id = match row.id == target.id {
            true => plan
                .union
                .industry_parent_id
                .clone()
                .filter(|above| *above != row.union_id),
            false => Some(target.union_id.clone()),
        };
        let (id, path) = (row.id, row.path.clone());
        let after = json!({
            "union_id": row.union_id,
            "name": row.name,
            "industry": row.industry_parent_id.as_deref().map(|above| if above == target.union_id { &target.name } else { above }),
            "effective_on": plan.effective_on,
            "document_no": plan.document_no,
            "words": format!("“{}”并入“{}”", plan.union.name, target.name),
        });
        save(op, tx, plan, row, INDUSTRY).await?;
        let entry = JournalEntry {
            path: UnionPath::parse(path.as_deref().unwrap_or_default()).ok(),
            ..JournalEntry::new(JournalAction::IndustryChanged, SubjectKind::UnionOrg, id)
                .before(&json!({"industry": plan.union.name}))
                .after(&after)
        };
        tx.journal(&op.by(), entry).await?;
    }
    Ok(())
}

/// 撤销
pub(super) async fn dissolve(op: &OpContext, tx: &mut Tx, plan: &Plan) -> Result<Changed, AppError> {
    let all = tx.members_of_union(plan.union.id).await?;
    let (moved, kept) = match &plan.other {
        Some(heir) => (move_members(op, tx, plan, &all, heir.id).await?, 0),
        None => (0, retain_members(op, tx, plan, &all).await?),
    };
    end(op, tx, plan, None).await?;
    let after = json!({
        "union_id": plan.union.union_id,
        "name": plan.union.name,
        "heir": plan.other.as_ref().map(|heir| &heir.name),
        "effective_on": plan.effective_on,
        "document_no": plan.document_no,
        "words": plan.reason,
        "members": moved,
        "retained": kept,
    });
    journal(op, tx, plan, json!({}), after).await?;
    Ok(Changed {
        union_id: plan.union.union_id.clone(),
        message: match &plan.other {
            Some(heir) => format!("“{}”已撤销，{moved} 名会员转到“{}”", plan.union.name, heir.name),
            None if !all.is_empty() => format!(
                "“{}”已撤销，{} 名会员列入待接续会员，其中 {kept} 名由正式会员转为保留会籍",
                plan.union.name,
                all.len()
            ),
            None => format!("“{}”已撤销", plan.union.name),
        },
    })
}

/// 接收会员: the members whom a dissolved union has left go to another, which keeps them in the state in which they are.
pub(super) async fn take_over(op: &OpContext, tx: &mut Tx, plan: &Plan) -> Result<Changed, AppError> {
    let target = plan.other.as_ref().ok_or_else(|| missing("a target"))?;
    let all = tx.members_of_union(plan.union.id).await?;
    let members = move_members(op, tx, plan, &all, target.id).await?;
    let after = json!({
        "union_id": plan.union.union_id,
        "name": plan.union.name,
        "heir": target.name,
        "effective_on": plan.effective_on,
        "document_no": plan.document_no,
        "words": plan.reason,
        "members": members,
    });
    journal(op, tx, plan, json!({}), after).await?;
    Ok(Changed {
        union_id: target.union_id.clone(),
        message: format!(
            "“{}”的 {members} 名会员已由“{}”接收",
            plan.union.name, target.name
        ),
    })
}

/// 调整产业隶属
pub(super) async fn change_line(op: &OpContext, tx: &mut Tx, plan: &Plan) -> Result<Changed, AppError> {
    let row = UnionRow {
        industry_parent_id: plan.other.as_ref().map(|industry| industry.union_id.clone()),
        ..plan.union.clone()
    };
    save(op, tx, plan, row, INDUSTRY).await?;
    let before = json!({"industry": plan.line_before});
    let after = json!({
        "union_id": plan.union.union_id,
        "name": plan.union.name,
        "industry": plan.other.as_ref().map(|industry| &industry.name),
        "effective_on": plan.effective_on,
        "document_no": plan.document_no,
        "words": plan.reason,
    });
    journal(op, tx, plan, before, after).await?;
    Ok(Changed {
        union_id: plan.union.union_id.clone(),
        message: match &plan.other {
            Some(industry) => format!("“{}”已列入“{}”的产业线", plan.union.name, industry.name),
            None => format!("“{}”已退出产业线", plan.union.name),
        },
    })
}

async fn end(op: &OpContext, tx: &mut Tx, plan: &Plan, successor: Option<&str>) -> Result<(), AppError> {
    let row = UnionRow {
        is_active: false,
        ..plan.union.clone()
    };
    save(op, tx, plan, row, STANDING).await?;
    let end = UnionEnd {
        ended_on: plan.effective_on.naive(),
        reason: plan.reason.clone(),
        document_no: plan.document_no.clone(),
        successor_id: successor.map(str::to_owned),
        successor_name: None,
    };
    tx.end_union(plan.union.id, &end).await?;
    tx.end_officers(plan.union.id, plan.effective_on, plan.change.label())
        .await?;
    Ok(())
}

/// 分立
pub(super) async fn split(op: &OpContext, tx: &mut Tx, plan: &Plan) -> Result<Changed, AppError> {
    let old = &plan.union;
    let over = plan.place.as_ref().and_then(UnionPath::parent);
    let over = over.ok_or_else(|| missing("a parent"))?;
    let (id, key) = bear(op, tx, plan, &over, old.parent_id.as_deref()).await?;
    let new = plan.offshoot.as_ref().ok_or_else(|| missing("an offshoot"))?;
    let members = move_members(op, tx, plan, &new.members, id).await?;
    let covers = cover::hand_over(op, tx, &new.covers, &key, plan.effective_on).await?;
    let after = json!({
        "union_id": old.union_id,
        "name": old.name,
        "into_id": key,
        "into": new.name,
        "effective_on": plan.effective_on,
        "document_no": plan.document_no,
        "words": plan.reason,
        "members": members,
        "covers": covers,
    });
    journal(op, tx, plan, json!({}), after).await?;
    tell(op, tx, plan, id, &format!("从“{}”分立出来", old.name)).await?;
    Ok(Changed {
        message: format!("已从“{}”分立出“{}”，转入会员 {members} 人", old.name, new.name),
        union_id: key,
    })
}

/// 设立分会、小组
pub(super) async fn set_up(op: &OpContext, tx: &mut Tx, plan: &Plan) -> Result<Changed, AppError> {
    let base = &plan.union;
    let place = plan.place.as_ref().ok_or_else(|| missing("a place"))?;
    let (id, key) = bear(op, tx, plan, place, Some(&base.union_id)).await?;
    let new = plan.offshoot.as_ref().ok_or_else(|| missing("an offshoot"))?;
    let members = move_members(op, tx, plan, &new.members, id).await?;
    let after = json!({
        "union_id": base.union_id,
        "name": base.name,
        "into_id": key,
        "into": new.name,
        "effective_on": plan.effective_on,
        "document_no": plan.document_no,
        "words": plan.reason,
        "members": members,
    });
    journal(op, tx, plan, json!({}), after).await?;
    tell(op, tx, plan, id, &format!("在“{}”之下设立", base.name)).await?;
    let moved = match members {
        0 => String::new(),
        count => format!("，转入会员 {count} 人"),
    };
    Ok(Changed {
        message: format!("已在“{}”之下设立“{}”{moved}", base.name, new.name),
        union_id: key,
    })
}

/// Enters what comes into being below `over`, with its first term; answers its id and key.
async fn bear(
    op: &OpContext,
    tx: &mut Tx,
    plan: &Plan,
    over: &UnionPath,
    parent_id: Option<&str>,
) -> Result<(Uuid, String), AppError> {
    let new = plan.offshoot.as_ref().ok_or_else(|| missing("an offshoot"))?;
    let old = &plan.union;
    let id = op.new_id::<UnionOrg>().uuid();
    let key = place::new_key(old.county, id);
    // A part stands in the second line through its union, a union that is split off by itself.
    let line = old.industry_parent_id.clone();
    let mut row = UnionRow {
        id,
        union_id: key.clone(),
        name: new.name.clone(),
        search: normalise(&new.name),
        union_code: None,
        employer_code: new.employer_code.clone(),
        employer_name: None,
        employer_legal_rep: None,
        chair: new.chair.clone(),
        county: old.county,
        town: old.town,
        address: None,
        phone_sealed: None,
        phone_index: None,
        phone_token: None,
        industry_section: None,
        union_type: new.kind.code().to_owned(),
        parent_id: parent_id.map(str::to_owned),
        industry_parent_id: line.filter(|_| plan.change == Change::Split),
        founded_on: Some(plan.effective_on.naive()),
        term_end_on: new.term_end.map(|end| end.naive()),
        declared_members: None,
        lon: None,
        lat: None,
        extra: None,
        path: Some(place::next_child(tx, over.as_str()).await?.to_string()),
        is_active: true,
        source: "founded".to_owned(),
        unread: None,
        row_hash: 0,
        batch_no: None,
        changed_at: op.now().millis(),
    };
    row.row_hash = unions_content_hash(&row);
    if let (Some(chair), Some(term_end)) = (&new.chair, new.term_end) {
        let founding = Founding {
            union_name: new.name.clone(),
            chair: chair.clone(),
            founded_on: plan.effective_on,
            term_end,
            declared_members: None,
        };
        term::first_term(op, tx, &row, &founding).await?;
    }
    tx.upsert_unions([row]).await?;
    Ok((id, key))
}

/// What a change of its union means for one membership; what differs from change to change is the caller's.
fn event_of(op: &OpContext, plan: &Plan, member: &UnionMember, kind: ChangeKind) -> MemberEvent {
    MemberEvent {
        id: op.new_id::<UnionOrg>().uuid(),
        member: member.id,
        kind: kind.code().to_owned(),
        happened_on: Some(plan.effective_on.naive()),
        reason: None,
        words: None,
        from_union: Some(plan.union.id),
        to_union: None,
        state: member.state.clone(),
        decided_on: None,
        decision_no: plan.document_no.clone(),
        actor_name: op.signature(),
        request: None,
        batch_no: None,
        at: op.now().millis(),
    }
}

/// Memberships follow from one union to another, each with its event: files do not move them back, and the next run reads them anew.
async fn move_members(
    op: &OpContext,
    tx: &mut Tx,
    plan: &Plan,
    members: &[UnionMember],
    to: Uuid,
) -> Result<u64, AppError> {
    if members.is_empty() {
        return Ok(0);
    }
    let events = members.iter().map(|member| MemberEvent {
        words: Some(format!("工会{}：{}", plan.change.label(), plan.reason)),
        to_union: Some(to),
        ..event_of(op, plan, member, ChangeKind::Move)
    });
    let events: Vec<MemberEvent> = events.collect();
    tx.add_member_events(events).await?;
    say(tx, plan, members, ChangeKind::Move, None, to).await?;
    let keys: Vec<String> = members.iter().map(|member| member.member_id.clone()).collect();
    Ok(tx.rehome_members(plan.union.id, to, &keys).await?)
}

/// The form's own items say the change as well, so that an export tells it. `state` is where all stand after it; `None`: as before.
async fn say(
    tx: &mut Tx,
    plan: &Plan,
    members: impl IntoIterator<Item = &UnionMember>,
    kind: ChangeKind,
    state: Option<&str>,
    union: Uuid,
) -> Result<(), AppError> {
    let mut change = domain::membership::Change::new(kind, plan.effective_on);
    change.reason = (kind == ChangeKind::Retain).then(|| UNION_GONE.to_owned());
    let mut said = Vec::new();
    for member in members {
        let after = Standing {
            state: standing::state_of(state.unwrap_or(&member.state), member.id)?,
            union,
            since: Some(plan.effective_on),
        };
        let extra = standing::said_of_change(member.extra.clone(), &change, &after);
        said.push((member.member_id.clone(), extra));
    }
    Ok(tx.say_of_members(&said).await?)
}

/// 所在工会撤销、没有指定接收工会的: memberships are kept (《工会法》第十三条), each with its event, until somebody takes the person over.
/// 预备会员 have nothing to keep yet and stay what they are.
async fn retain_members(
    op: &OpContext,
    tx: &mut Tx,
    plan: &Plan,
    members: &[UnionMember],
) -> Result<u64, AppError> {
    let (active, retained) = (MembershipState::Active.code(), MembershipState::Retained.code());
    let going: Vec<&UnionMember> = members.iter().filter(|member| member.state == active).collect();
    if going.is_empty() {
        return Ok(0);
    }
    let events = going.iter().map(|member| MemberEvent {
        reason: Some(UNION_GONE.to_owned()),
        words: Some(format!("工会撤销：{}", plan.reason)),
        state: retained.to_owned(),
        ..event_of(op, plan, member, ChangeKind::Retain)
    });
    let events: Vec<MemberEvent> = events.collect();
    tx.add_member_events(events).await?;
    say(tx, plan, going, ChangeKind::Retain, Some(retained), plan.union.id).await?;
    Ok(tx.retain_members(plan.union.id).await?)
}
