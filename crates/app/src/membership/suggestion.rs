//! 接转建议: members whom the last run found insured with an employer of another union. A suggestion moves nobody: it is a reason to ask.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use codes::text::{self, key64};
use codes::time::Day;
use domain::accounts::shown_name;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::membership::ChangeKind;
use domain::permission::Action;
use domain::scope::UnionPath;
use domain::union_org::UnionType;
use lake::member_links::{DECISIONS, MemberLinkFiles, TIERS};
use lake::tables::{Insurance, Member, PersonLink};
use lake::{LakeError, read_rows};
use serde_json::json;
use store::list_query::{Page, Window};
use store::transfer_suggestion::TransferSuggestion;
use store::union_org::UnionRow;
use uuid::Uuid;

use super::answer::UnionName;
use super::masked;
use super::request::{ChangeForm, ask_change, named, sees};
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::paging::After;
use crate::progress::Progress;

/// The kind of job that looks for them.
pub const SUGGEST_JOB: &str = "transfer-suggestions";

/// Memberships looked up at once.
const LOOKED_UP: usize = 5_000;

/// Somebody who is insured elsewhere, by the run's files.
struct Found {
    member_id: String,
    id_token: i64,
    to_union: Uuid,
    employer: String,
    insured_from: Option<Day>,
    tier: Option<&'static str>,
}

/// What the register knows of employers: the unions that look after an employer's code.
struct Unions {
    /// Row ids of the active unions of an employer, by its code: its own, and those that cover it.
    of_code: HashMap<String, Vec<Uuid>>,
    /// The one that takes members in: the employer's own, else the only one that covers it.
    takes: HashMap<String, Uuid>,
    /// Row id by the hash of the register's key.
    by_key: HashMap<i64, Uuid>,
}

/// Looks for members insured elsewhere, and puts what it finds in the place of the suggestions of before; what was refused stays
/// refused while employer and union are the same. Answers how many are open.
///
/// # Errors
/// `MEM-415` before the first run; the role may not start runs; the job was cancelled.
pub async fn find_suggestions(op: &OpContext, app: &App, progress: &Progress) -> Result<usize, AppError> {
    op.may(Action::StartRun)?;
    let mut reader = app.store.read().await?;
    let run = reader
        .last_run(domain::run::RunState::Finished)
        .await?
        .filter(|run| run.member_links_file.is_some())
        .ok_or_else(|| {
            AppError::conflict("MEM-415", "还没有完成过比对，没有参保对应可看").hint("请先运行比对")
        })?;
    let folder = app
        .data_dir
        .join(run.member_links_file.clone().unwrap_or_default());
    progress("读取工会与单位的对应", 0, 0)?;
    let rows = reader.union_rows().await?;
    let (links, covers) = (reader.links().await?, reader.cover_rows().await?);
    let before: HashMap<Uuid, TransferSuggestion> = reader
        .suggestions()
        .await?
        .into_iter()
        .map(|one| (one.member, one))
        .collect();
    drop(reader);
    let active: HashMap<&str, &UnionRow> = rows
        .iter()
        .filter(|row| row.is_active && row.union_type != "general")
        .map(|row| (row.union_id.as_str(), row))
        .collect();
    let mut unions = Unions {
        of_code: HashMap::new(),
        takes: HashMap::new(),
        by_key: rows.iter().map(|row| (key64(&row.union_id), row.id)).collect(),
    };
    for link in links.iter().filter(|link| link.decision == "linked") {
        if let (Some(code), Some(union)) = (&link.uscc, active.get(link.union_id.as_str())) {
            unions.of_code.entry(code.clone()).or_default().push(union.id);
        }
    }
    for (code, own) in &unions.of_code {
        if let [only] = own.as_slice() {
            unions.takes.insert(code.clone(), *only);
        }
    }
    let mut covering: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for cover in &covers {
        if let (Some(code), Some(union), None) = (
            &cover.employer_code,
            active.get(cover.union_id.as_str()),
            cover.cover_to,
        ) {
            covering.entry(code.as_str()).or_default().push(union.id);
        }
    }
    for (code, ids) in covering {
        if let ([only], false) = (ids.as_slice(), unions.of_code.contains_key(code)) {
            unions.takes.insert(code.to_owned(), *only);
        }
        unions.of_code.entry(code.to_owned()).or_default().extend(ids);
    }
    // A 分会 or 小组 has no employer of its own: its members work where those of its union do.
    let parts = parts_of(&rows);
    for own in unions.of_code.values_mut() {
        let below: Vec<Uuid> = own
            .iter()
            .filter_map(|id| parts.get(id))
            .flatten()
            .copied()
            .collect();
        own.extend(below);
    }
    progress("比对参保记录", 0, 0)?;
    let found = tokio::task::spawn_blocking(move || insured_elsewhere(&folder, &unions))
        .await
        .map_err(AppError::internal)?
        .map_err(AppError::internal)?;
    progress("写入结果", 0, 0)?;
    let mut suggestions = Vec::new();
    let mut tx = app.store.begin().await?;
    for chunk in found.chunks(LOOKED_UP) {
        let rows = tx
            .member_rows(chunk.iter().map(|one| one.member_id.as_str()))
            .await?;
        let rows: HashMap<&str, &store::membership::MemberRow> =
            rows.iter().map(|row| (row.member_id.as_str(), row)).collect();
        for one in chunk {
            // Whoever moved or left since the run is not where it found them.
            let Some(row) = rows
                .get(one.member_id.as_str())
                .filter(|row| row.id_token == Some(one.id_token))
            else {
                continue;
            };
            if row.union_org_id == one.to_union {
                continue;
            }
            let evidence = format!("{}|{}", one.employer, one.to_union);
            let old = before
                .get(&row.id)
                .filter(|old| old.evidence == evidence && old.from_union == row.union_org_id);
            suggestions.push(TransferSuggestion {
                member: row.id,
                member_id: row.member_id.clone(),
                name: masked("name", row.shown_name()),
                from_union: row.union_org_id,
                to_union: one.to_union,
                employer_name: one.employer.clone(),
                insured_from: one.insured_from.map(Day::naive),
                evidence,
                tier: one.tier.map(str::to_owned),
                run_no: run.run_no,
                state: old.map_or_else(|| "open".to_owned(), |old| old.state.clone()),
                answerer_name: old.and_then(|old| old.answerer_name.clone()),
                answered_at: old.and_then(|old| old.answered_at),
                answer: old.and_then(|old| old.answer.clone()),
            });
        }
    }
    let open = suggestions.iter().filter(|one| one.state == "open").count();
    tx.replace_suggestions(suggestions).await?;
    tx.commit().await?;
    Ok(open)
}

/// Row ids of the 分会 and 小组 below each union, at whatever depth.
fn parts_of(rows: &[UnionRow]) -> HashMap<Uuid, Vec<Uuid>> {
    let by_key: HashMap<&str, &UnionRow> = rows.iter().map(|row| (row.union_id.as_str(), row)).collect();
    let is_part = |row: &UnionRow| {
        [UnionType::Branch, UnionType::Group]
            .iter()
            .any(|kind| kind.code() == row.union_type)
    };
    let mut parts: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
    for row in rows.iter().filter(|row| is_part(row)) {
        let mut above = Some(row);
        // A group below a 分会 below a union; a circle of files ends here too.
        for _ in 0..3 {
            above = above.and_then(|row| by_key.get(row.parent_id.as_deref()?).copied());
            match above {
                Some(over) if is_part(over) => {}
                Some(over) => {
                    parts.entry(over.id).or_default().push(row.id);
                    break;
                }
                None => break,
            }
        }
    }
    parts
}

/// Members whom the run linked to a person insured now, by number, with an employer that has another union and none that is theirs.
/// Holds four bytes for each insured row, and the members it finds.
fn insured_elsewhere(folder: &Path, unions: &Unions) -> Result<Vec<Found>, LakeError> {
    let files = MemberLinkFiles::in_folder(folder);
    let Some(insurance) = &files.insurance else {
        return Ok(Vec::new());
    };
    // The employers with a union, numbered; 0 is any other, or cover that has ended.
    let (mut numbers, mut codes): (HashMap<String, u32>, Vec<String>) = (HashMap::new(), vec![String::new()]);
    for code in unions.of_code.keys() {
        numbers.insert(code.clone(), codes.len() as u32);
        codes.push(code.clone());
    }
    let is_now = |row: &Insurance| row.end.is_none() && row.end_status == 0;
    let mut employers: Vec<u32> = Vec::new();
    for row in read_rows::<Insurance>(insurance)? {
        let row = row?;
        let number = row
            .employer_code
            .as_ref()
            .filter(|_| is_now(&row))
            .and_then(|code| numbers.get(code));
        employers.push(number.copied().unwrap_or(0));
    }
    let by_number = ["id_name", "id"];
    let mut wanted: HashMap<u32, Vec<(Member, &'static str)>> = HashMap::new();
    for (link, member) in read_rows::<PersonLink>(&files.links)?.zip(read_rows::<Member>(&files.members)?) {
        let (link, member) = (link?, member?);
        let tier = TIERS.get(usize::from(link.tier)).copied().unwrap_or("");
        let is_linked = DECISIONS.get(usize::from(link.decision)) == Some(&"linked");
        let (Some(row), true) = (link.ins_row, is_linked && by_number.contains(&tier)) else {
            continue;
        };
        let at = usize::try_from(row)
            .ok()
            .and_then(|row| employers.get(row).copied())
            .unwrap_or(0);
        let code = &codes[at as usize];
        let own = unions.by_key.get(&member.union_key);
        let is_own = unions
            .of_code
            .get(code)
            .is_some_and(|ids| own.is_some_and(|own| ids.contains(own)));
        if at != 0 && !is_own && unions.takes.contains_key(code) && member.id_token.is_some() {
            wanted.entry(row as u32).or_default().push((member, tier));
        }
    }
    // Where else they are insured: whoever still is at their own union's employer, or at two others, is not suggested.
    let tokens: HashSet<i64> = wanted
        .values()
        .flatten()
        .filter_map(|(member, _)| member.id_token)
        .collect();
    let mut insured: HashMap<i64, HashSet<u32>> = HashMap::new();
    let mut details: HashMap<u32, (String, Option<Day>)> = HashMap::new();
    for (at, row) in read_rows::<Insurance>(insurance)?.enumerate() {
        let row = row?;
        if let Some(token) = row
            .id_token
            .filter(|token| tokens.contains(token) && is_now(&row))
        {
            insured.entry(token).or_default().insert(employers[at]);
        }
        if wanted.contains_key(&(at as u32)) {
            let name = row.employer_name.or(row.employer_code).unwrap_or_default();
            details.insert(at as u32, (name, row.start));
        }
    }
    let mut found = Vec::new();
    for (row, members) in wanted {
        let Some((employer, start)) = details.remove(&row) else {
            continue;
        };
        let code = &codes[employers[row as usize] as usize];
        for (member, tier) in members {
            let Some(token) = member.id_token else { continue };
            let known = insured
                .get(&token)
                .map_or(0, |at| at.iter().filter(|at| **at != 0).count());
            let Some(to_union) = unions.takes.get(code).filter(|_| known == 1) else {
                continue;
            };
            found.push(Found {
                member_id: member.member_id,
                id_token: token,
                to_union: *to_union,
                employer: employer.clone(),
                insured_from: start,
                tier: Some(tier),
            });
        }
    }
    found.sort_by(|a, b| a.member_id.cmp(&b.member_id));
    Ok(found)
}

/// A suggestion as a list shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct SuggestionView {
    pub member: Uuid,
    pub member_id: String,
    /// Masked.
    pub name: String,
    pub from: UnionName,
    pub to: UnionName,
    pub employer: String,
    pub insured_from: Option<Day>,
    /// How the person was found, in words.
    pub how: &'static str,
    pub run_no: i64,
    pub answerer: Option<String>,
    pub answer: Option<String>,
}

/// A page of suggestions about members in sight, open or refused.
pub async fn suggestions(
    op: &OpContext,
    app: &App,
    is_open: bool,
    page: u32,
    size: u32,
) -> Result<(Vec<SuggestionView>, i64), AppError> {
    listed(op, app, is_open, Page::number(page, size).into()).await
}

/// The same in the order of their own ids, after one of them.
pub async fn suggestions_after(
    op: &OpContext,
    app: &App,
    is_open: bool,
    after: &After,
) -> Result<(Vec<SuggestionView>, i64), AppError> {
    listed(op, app, is_open, after.id().into()).await
}

async fn listed(
    op: &OpContext,
    app: &App,
    is_open: bool,
    window: Window,
) -> Result<(Vec<SuggestionView>, i64), AppError> {
    op.may(Action::SeeMembers)?;
    let mut reader = app.store.read().await?;
    let state = if is_open { "open" } else { "refused" };
    let (rows, total) = reader.suggestion_list(op.scope(), state, window).await?;
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let mut sides = Vec::with_capacity(2);
        for id in [row.from_union, row.to_union] {
            let union = named(&mut reader, id).await?;
            sides.push(UnionName {
                union_id: union
                    .as_ref()
                    .filter(|union| sees(op, union))
                    .map(|union| union.union_id.clone()),
                name: union.map_or_else(|| "（已不在台账的工会）".to_owned(), |union| union.name),
            });
        }
        let to = sides.remove(1);
        views.push(SuggestionView {
            member: row.member,
            member_id: row.member_id,
            name: row.name,
            from: sides.remove(0),
            to,
            employer: row.employer_name,
            insured_from: row.insured_from.map(Day::from),
            how: match row.tier.as_deref() {
                Some("id_name") => "证件号码和姓名相同",
                _ => "证件号码相同",
            },
            run_no: row.run_no,
            answerer: row.answerer_name.as_deref().map(shown_name),
            answer: row.answer,
        });
    }
    Ok((views, total))
}

fn no_suggestion() -> AppError {
    AppError::not_found("MEM-416", "没有这项接转建议，或不在您的数据范围内")
}

/// The open suggestion about a member in sight.
async fn open(
    op: &OpContext,
    app: &App,
    member: Uuid,
) -> Result<(TransferSuggestion, Option<UnionPath>, String), AppError> {
    let mut reader = app.store.read().await?;
    let row = reader.suggestion_of(member).await?.ok_or_else(no_suggestion)?;
    let union = named(&mut reader, row.from_union)
        .await?
        .filter(|union| sees(op, union));
    let union = union.ok_or_else(no_suggestion)?;
    if row.state != "open" {
        return Err(AppError::conflict(
            "MEM-410",
            "这项建议刚刚被处理过，请刷新后再看",
        ));
    }
    let path = union.path.as_deref().and_then(|path| UnionPath::parse(path).ok());
    Ok((row, path, union.union_id))
}

/// Asks for the transfer that a suggestion names; the other union answers as to any. 采纳
///
/// # Errors
/// `MEM-416`, and as [`ask_change`].
pub async fn adopt(op: &OpContext, app: &App, member: Uuid) -> Result<Uuid, AppError> {
    op.may(Action::HandleMembership)?;
    let (row, _, union_id) = open(op, app, member).await?;
    let to = named(&mut app.store.read().await?, row.to_union)
        .await?
        .ok_or_else(no_suggestion)?;
    let form = ChangeForm {
        kind: ChangeKind::Move.code().to_owned(),
        happened_on: op.today().to_string(),
        reason: "1".to_owned(),
        to: to.union_id,
        words: format!("第 {} 次比对：现在{}参保", row.run_no, row.employer_name),
        ..ChangeForm::default()
    };
    let asked = ask_change(op, app, &union_id, &row.member_id, &form).await?;
    let mut tx = app.store.begin().await?;
    tx.answer_suggestion(member, "asked", &op.signature(), op.now().millis(), "")
        .await?;
    tx.commit().await?;
    Ok(asked)
}

/// Says that a suggestion does not hold; it stays away until employer or union change. 不采纳
///
/// # Errors
/// `MEM-416`; `MEM-422` without a reason.
pub async fn dismiss(op: &OpContext, app: &App, member: Uuid, words: &str) -> Result<(), AppError> {
    op.may(Action::HandleMembership)?;
    let words = text::visible(words);
    if !(2..=domain::membership::WORDS_MAX).contains(&words.chars().count()) {
        return Err(AppError::invalid("MEM-422", "没有办理").field("words", "请写明不采纳的原因，2–200 个字"));
    }
    let (row, path, _) = open(op, app, member).await?;
    let mut tx = app.store.begin().await?;
    if !tx
        .answer_suggestion(member, "refused", &op.signature(), op.now().millis(), &words)
        .await?
    {
        return Err(AppError::conflict(
            "MEM-410",
            "这项建议刚刚被处理过，请刷新后再看",
        ));
    }
    let entry = JournalEntry {
        path,
        after: Some(json!({ "member_id": row.member_id, "change": "不采纳接转建议", "words": words })),
        ..JournalEntry::new(JournalAction::MembershipAnswered, SubjectKind::Member, member)
    };
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(())
}
