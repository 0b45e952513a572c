//! What a change brings into being: a union that is split off, a 分会 or 小组 that is set up.

use std::collections::HashSet;

use codes::text::normalise;
use codes::time::Day;
use codes::uscc::Uscc;
use domain::dictionary::{Act, FormReader};
use domain::organising::{FoundingInput, check_founding};
use domain::union_org::UnionType;
use domain::union_org::change::{Standing, may_set_up, may_split};
use serde_json::Value;
use store::Reader;
use store::cover::CoverRow;
use store::membership::UnionMember;
use uuid::Uuid;

use super::{NAMED_MAX, Plan};
use crate::error::AppError;
use crate::op::OpContext;
use crate::union_org::change::ChangeForm;
use crate::union_org::change::wrong::Wrong;
use crate::union_org::cover;

/// The union that comes into being.
pub(in crate::union_org::change) struct Offshoot {
    pub name: String,
    /// The leader of a 小组; nobody where that is not known yet.
    pub chair: Option<String>,
    /// A 小组 has no term.
    pub term_end: Option<Day>,
    pub kind: UnionType,
    pub employer_code: Option<String>,
    pub members: Vec<UnionMember>,
    pub covers: Vec<CoverRow>,
}

/// 分立: a new union beside the old one.
pub(super) async fn of_split(
    op: &OpContext,
    reader: &mut Reader,
    plan: &mut Plan,
    union: &Standing,
    form: &ChangeForm,
    wrong: &mut Wrong,
) -> Result<(), AppError> {
    wrong.take(may_split(union))?;
    let day = plan.effective_on.to_string();
    let input = FoundingInput {
        union_name: &form.name,
        chair: &form.chair,
        founded_on: &day,
        term_years: &form.term_years,
        declared_members: "",
        employer_founded: None,
    };
    let founding = match check_founding(&input, op.today()) {
        Ok(founding) => Some(founding),
        Err(faults) => {
            for (field, words) in faults {
                wrong.add(if field == "union_name" { "name" } else { field }, words);
            }
            None
        }
    };
    let name = normalise(&form.name);
    if name == plan.union.search {
        wrong.add("name", "新工会不能与原工会同名");
    } else {
        not_borne(reader, &name, wrong).await?;
    }
    let mut typed = FormReader::of(Act::ChangeUnion, op.today());
    let employer_code = typed.value("employer_code", &form.employer_code);
    if employer_code
        .as_ref()
        .is_some_and(|code| Uscc::parse(code).is_err())
    {
        typed.wrong("employer_code", "不是有效的 18 位统一社会信用代码");
    }
    for (field, words) in typed.faults() {
        wrong.add(field, words);
    }
    let all = reader.covers_of(&plan.union.union_id).await?;
    let asked: HashSet<&str> = form.covers.iter().map(String::as_str).collect();
    let covers: Vec<CoverRow> = all
        .into_iter()
        .filter(|cover| asked.contains(cover.cover_key.as_str()) && cover::holds(cover, plan.effective_on))
        .collect();
    let members = chosen(reader, plan, form, &covers, wrong).await?;
    if members.as_ref().is_some_and(Vec::is_empty) && covers.is_empty() {
        wrong.add("members", "请填写分到新工会的会员编号，或勾选覆盖单位");
    } else if members
        .as_ref()
        .is_some_and(|going| !going.is_empty() && going.len() as i64 == plan.members)
    {
        wrong.add(
            "members",
            "不能把全部会员都分出去；如需整体变更，请改用合并或变更名称",
        );
    }
    let kind = match UnionType::of_name(&name) {
        UnionType::Joint | UnionType::Federation => UnionType::of_name(&name),
        _ if covers.len() > 1 => UnionType::Joint,
        _ => UnionType::Single,
    };
    plan.offshoot = founding.map(|founding| Offshoot {
        name: founding.union_name,
        chair: Some(founding.chair),
        term_end: Some(founding.term_end),
        kind,
        employer_code,
        members: members.unwrap_or_default(),
        covers,
    });
    Ok(())
}

/// 设立分会、小组: a part below a base union, without a legal person of its own; the name tells which of the two.
pub(super) async fn of_set_up(
    op: &OpContext,
    reader: &mut Reader,
    plan: &mut Plan,
    union: &Standing,
    form: &ChangeForm,
    wrong: &mut Wrong,
) -> Result<(), AppError> {
    wrong.take(may_set_up(union, None))?;
    let mut typed = FormReader::of(Act::ChangeUnion, op.today());
    let name = typed.value("name", &form.name);
    if name.is_none() && !typed.is_wrong("name") {
        typed.wrong("name", "请填写分会或小组的名称");
    }
    let kind = UnionType::of_name(name.as_deref().unwrap_or_default());
    let is_branch = kind == UnionType::Branch;
    let chair = typed.value("chair", &form.chair);
    if is_branch && chair.is_none() && !typed.is_wrong("chair") {
        typed.wrong("chair", "请填写分会主席");
    }
    let years: Option<i64> = typed.number("term_years", &form.term_years);
    if is_branch && years.is_none() && !typed.is_wrong("term_years") {
        typed.wrong("term_years", "请选择分会的任期");
    }
    for (field, words) in typed.faults() {
        wrong.add(field, words);
    }
    if let Some(name) = &name {
        wrong.take(may_set_up(union, Some(kind)))?;
        not_borne_below(reader, plan, &normalise(name), wrong).await?;
    }
    let members = chosen(reader, plan, form, &[], wrong).await?;
    let months = years.filter(|_| is_branch).map(|years| years as i32 * 12);
    plan.offshoot = name.map(|name| Offshoot {
        name,
        chair,
        term_end: months.map(|months| plan.effective_on.add_months(months)),
        kind,
        employer_code: None,
        members: members.unwrap_or_default(),
        covers: Vec::new(),
    });
    Ok(())
}

/// No union of the register has the name.
async fn not_borne(reader: &mut Reader, name: &str, wrong: &mut Wrong) -> Result<(), AppError> {
    if let Some(other) = reader.unions_named(name).await?.first() {
        wrong.add("name", format!("已有同名的在册工会（{other}），请换一个名称"));
    }
    Ok(())
}

/// No part of the same union has the name: every factory may have its 第一车间分会.
async fn not_borne_below(
    reader: &mut Reader,
    plan: &Plan,
    name: &str,
    wrong: &mut Wrong,
) -> Result<(), AppError> {
    for key in reader.unions_named(name).await? {
        let other = reader.union_row(&key).await?;
        if other.is_some_and(|other| other.parent_id.as_deref() == Some(plan.union.union_id.as_str())) {
            wrong.add(
                "name",
                format!("“{}”之下已有同名的一家（{key}），请换一个名称", plan.union.name),
            );
            break;
        }
    }
    Ok(())
}

/// The members that go: those named, and those whose 工作单位 is one of the employers that go; `None` where a key is no member of the
/// union. Their changes come in order.
async fn chosen(
    reader: &mut Reader,
    plan: &Plan,
    form: &ChangeForm,
    covers: &[CoverRow],
    wrong: &mut Wrong,
) -> Result<Option<Vec<UnionMember>>, AppError> {
    let employers: HashSet<String> = covers
        .iter()
        .filter_map(|cover| cover.employer_name.as_deref())
        .map(normalise)
        .collect();
    let mut named: HashSet<String> = form
        .members
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | ';' | '；'))
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect();
    let mut going = Vec::new();
    for member in reader.members_of_union(plan.union.id).await? {
        let is_named = named.remove(&member.member_id);
        let works_there = || {
            let cells = member.extra.as_deref();
            let cells: Option<Value> = cells.and_then(|text| serde_json::from_str(text).ok());
            cells
                .as_ref()
                .and_then(|cells| cells.get("employer_name")?.as_str())
                .is_some_and(|name| employers.contains(&normalise(name)))
        };
        if is_named || (!employers.is_empty() && works_there()) {
            going.push(member);
        }
    }
    let ids: HashSet<Uuid> = going.iter().map(|member| member.id).collect();
    let changes = reader.last_changes_in(plan.union.id).await?.into_iter();
    let last = changes
        .filter(|(member, _)| ids.contains(member))
        .map(|(_, day)| day);
    if let Some(last) = last.max().map(Day::from)
        && plan.effective_on < last
    {
        wrong.add(
            "effective_on",
            format!("要转出的会员有人的会籍在 {last} 变化过，生效日期不能早于它"),
        );
    }
    if named.is_empty() {
        return Ok(Some(going));
    }
    let mut unknown: Vec<String> = named.into_iter().collect();
    unknown.sort();
    let more = if unknown.len() > NAMED_MAX { " 等" } else { "" };
    unknown.truncate(NAMED_MAX);
    wrong.add(
        "members",
        format!("这些会员编号不在本工会：{}{more}", unknown.join("、")),
    );
    Ok(None)
}
