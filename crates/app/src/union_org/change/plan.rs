//! What a change would do: everything is looked up and decided here, nothing is written.

mod offshoot;

use codes::text::normalise;
use codes::time::Day;
use domain::dictionary::{Act, FormReader};
use domain::scope::UnionPath;
use domain::union_org::UnionType;
use domain::union_org::change::{
    Standing, may_dissolve, may_hang, may_join_line, may_merge, may_move, may_set_up, may_split,
    may_take_effect, may_take_over,
};
use serde_json::{Value, json};
use store::Reader;
use store::union_org::UnionRow;
use store::union_org::change::Weight;
use uuid::Uuid;

pub(super) use self::offshoot::Offshoot;
use super::wrong::Wrong;
use super::{Change, ChangeForm, zones};
use crate::error::AppError;
use crate::op::OpContext;
use crate::union_org::{branch_in_sight, union_in_sight};
use crate::zone::settle::ZonePlan;

/// Candidates named when a name fits several unions.
const NAMED_MAX: usize = 5;

/// A change with everything that follows from it.
pub(super) struct Plan {
    pub change: Change,
    pub union: UnionRow,
    pub place: Option<UnionPath>,
    /// The new parent, the union merged into, the one that takes a dissolved union's members.
    pub other: Option<UnionRow>,
    pub effective_on: Day,
    pub document_no: Option<String>,
    pub reason: String,
    /// The subtree with its root.
    pub weight: Weight,
    /// Name of the union above, before.
    pub above: Option<String>,
    /// Open items whose responsible union changes its place.
    pub items_under: i64,
    /// Open items about the union itself.
    pub items_about: i64,
    pub accounts: i64,
    /// Members of the union alone.
    pub members: i64,
    /// Unions directly below, by place (合并).
    pub children: Vec<UnionRow>,
    /// Keys of the active unions that it leads by the second line (合并).
    pub led: Vec<String>,
    /// What becomes of the zones (片区).
    pub zones: ZonePlan,
    /// What comes into being (分立、设立分会和小组).
    pub offshoot: Option<Offshoot>,
    /// Name of the industry union, before (调整产业隶属).
    pub line_before: Option<String>,
    /// Other unions in whose history this belongs, and how it is told there.
    pub concerned: Vec<(Uuid, String)>,
}

/// Why a change cannot be made at all, whatever is entered; `None` when it may be.
pub(super) async fn refusal_at_once(
    change: Change,
    reader: &mut Reader,
    row: &UnionRow,
) -> Result<Option<String>, AppError> {
    let union = standing(reader, row).await?;
    let refused = match change {
        Change::Dissolve => {
            let (below, accounts) = in_the_way(reader, row).await?;
            may_dissolve(&union, below, accounts).err()
        }
        Change::Split => may_split(&union).err(),
        Change::SetUp => may_set_up(&union, None).err(),
        Change::Move | Change::Merge | Change::Industry if !union.is_active => {
            may_dissolve(&union, 0, 0).err()
        }
        Change::Move | Change::Merge | Change::Industry => None,
        Change::TakeOver => may_take_over(&union, reader.members_counted(row.id).await?).err(),
    };
    Ok(refused.map(|refusal| refusal.words))
}

/// Looks everything up and decides.
pub(super) async fn make(
    op: &OpContext,
    reader: &mut Reader,
    change: Change,
    union_id: &str,
    form: &ChangeForm,
) -> Result<Plan, AppError> {
    let (row, place) = union_in_sight(op, reader, union_id).await?;
    branch_in_sight(op, &row.name, place.as_ref())?;
    let union = standing(reader, &row).await?;
    let mut wrong = Wrong::default();
    let mut typed = FormReader::of(Act::ChangeUnion, op.today());
    let effective_on = typed.day("effective_on", &form.effective_on);
    let is_readable = !typed.is_wrong("effective_on");
    let effective_on = effective_on.unwrap_or_else(|| op.today());
    let reason = typed.text("reason", &form.reason);
    let document_no = typed.value("document_no", &form.document_no);
    let named = typed.text("other", &form.other);
    for (field, words) in typed.faults() {
        wrong.add(field, words);
    }
    let effect = may_take_effect(&union, effective_on, op.today());
    if is_readable {
        wrong.take(effect)?;
    }
    let other = match (change, named.as_str()) {
        (Change::Split | Change::SetUp, _) | (Change::Dissolve | Change::Industry, "") => None,
        (_, "") => {
            wrong.add("other", "请填写工会名称或标识");
            None
        }
        (_, text) => match meant(op, reader, text).await? {
            Ok(row) => Some(row),
            Err(words) => {
                wrong.add("other", words);
                None
            }
        },
    };
    let weight = match &place {
        Some(path) => reader.weight_under(path.as_str(), &path.upper_bound()).await?,
        None => Weight::default(),
    };
    let items_under = match &place {
        Some(path) => {
            reader
                .open_items_under(path.as_str(), &path.upper_bound())
                .await?
        }
        None => 0,
    };
    let above = match place.as_ref().and_then(UnionPath::parent) {
        Some(over) => reader.union_at_path(over.as_str()).await?,
        None => None,
    };
    let mut plan = Plan {
        change,
        items_about: reader.open_items_about(union_id).await?,
        accounts: reader.accounts_on(row.id).await?,
        members: reader.members_of_union(row.id).await?.len() as i64,
        union: row,
        place,
        other,
        effective_on,
        document_no,
        reason,
        weight,
        items_under,
        children: Vec::new(),
        led: Vec::new(),
        zones: ZonePlan::default(),
        offshoot: None,
        line_before: None,
        concerned: Vec::new(),
        above: above.as_ref().map(|above| above.name.clone()),
    };
    if let Some(above) = above {
        let told = format!("“{}”{}", plan.union.name, told_above(change));
        plan.concerned.push((above.id, told));
    }
    if let Some(other) = &plan.other
        && let Some(founded) = other.founded()
        && effective_on < founded
    {
        wrong.add(
            "effective_on",
            format!("生效日期不能早于“{}”的建会日期（{founded}）", other.name),
        );
    }
    // Its members' own changes come in order too (会籍变化的日期不能早于上一次).
    if matches!(change, Change::Merge | Change::Dissolve | Change::TakeOver)
        && let Some(last) = reader.last_change_in(plan.union.id).await?.map(Day::from)
        && effective_on < last
    {
        wrong.add(
            "effective_on",
            format!(
                "“{}”有会员的会籍在 {last} 变化过，生效日期不能早于它",
                plan.union.name
            ),
        );
    }
    // Its officers leave with it: nobody leaves office before they came into it.
    if matches!(change, Change::Merge | Change::Dissolve)
        && let Some(since) = reader.officers_since(plan.union.id).await?
        && effective_on < since
    {
        wrong.add(
            "effective_on",
            format!(
                "“{}”的委员会有人自 {since} 起任职，生效日期不能早于这一天；请先登记离任",
                plan.union.name
            ),
        );
    }
    match change {
        Change::Move => decide_move(reader, &mut plan, &union, &mut wrong).await?,
        Change::Merge => decide_merge(reader, &mut plan, &union, op.today(), &mut wrong).await?,
        Change::Split => offshoot::of_split(op, reader, &mut plan, &union, form, &mut wrong).await?,
        Change::SetUp => offshoot::of_set_up(op, reader, &mut plan, &union, form, &mut wrong).await?,
        Change::Dissolve => decide_dissolve(reader, &mut plan, &union, &mut wrong).await?,
        Change::Industry => decide_line(reader, &mut plan, &union, &mut wrong).await?,
        Change::TakeOver => {
            wrong.take(may_take_over(&union, plan.members))?;
            decide_heir(&mut plan, &mut wrong);
        }
    }
    wrong.end(change)?;
    plan.zones = zones::foresee(reader, &plan).await?;
    Ok(plan)
}

fn told_above(change: Change) -> &'static str {
    match change {
        Change::Move => "调整到其他上级工会之下",
        Change::Merge => "并入其他工会",
        Change::Split => "分立出新工会",
        Change::SetUp => "设立分会、小组",
        Change::Dissolve => "撤销",
        Change::Industry => "调整产业隶属",
        Change::TakeOver => "的会员由其他工会接收",
    }
}

/// Whoever takes members over is active and may hold members; a general union holds those whom nobody else can.
fn decide_heir(plan: &mut Plan, wrong: &mut Wrong) {
    let Some(heir) = &plan.other else { return };
    if !heir.is_active {
        wrong.add("other", format!("“{}”已撤销，不能接收会员", heir.name));
    }
    plan.concerned.push((
        heir.id,
        format!("接收“{}”的 {} 名会员", plan.union.name, plan.members),
    ));
}

/// The second line: from the industry union upwards no one may lead back.
async fn decide_line(
    reader: &mut Reader,
    plan: &mut Plan,
    union: &Standing,
    wrong: &mut Wrong,
) -> Result<(), AppError> {
    plan.concerned.clear();
    let old = plan.union.industry_parent_id.clone();
    let before = match &old {
        Some(key) => reader.union_row(key).await?,
        None => None,
    };
    plan.line_before = before
        .as_ref()
        .map(|row| row.name.clone())
        .or_else(|| old.clone());
    plan.concerned
        .extend(before.map(|row| (row.id, format!("“{}”不再属于本产业线", plan.union.name))));
    let Some(industry) = &plan.other else {
        if old.is_none() {
            wrong.add("other", "本工会没有登记产业隶属，请填写产业工会");
        }
        return Ok(());
    };
    if old.as_deref() == Some(industry.union_id.as_str()) {
        wrong.add("other", format!("本工会现在就属于“{}”", industry.name));
    }
    let mut chain = vec![industry.union_id.clone()];
    let mut above = industry.industry_parent_id.clone();
    while let Some(key) = above.filter(|key| !chain.contains(key)) {
        above = reader
            .union_row(&key)
            .await?
            .and_then(|row| row.industry_parent_id);
        chain.push(key);
    }
    let leads = standing(reader, industry).await?;
    wrong.take(may_join_line(union, &plan.union.union_id, &leads, &chain))?;
    plan.concerned
        .push((industry.id, format!("“{}”列入本产业线", plan.union.name)));
    Ok(())
}

async fn decide_move(
    reader: &mut Reader,
    plan: &mut Plan,
    union: &Standing,
    wrong: &mut Wrong,
) -> Result<(), AppError> {
    let Some(parent) = &plan.other else { return Ok(()) };
    let over = standing(reader, parent).await?;
    wrong.take(may_move(union, &over))?;
    plan.concerned
        .push((parent.id, format!("“{}”调整到本工会之下", plan.union.name)));
    Ok(())
}

async fn decide_merge(
    reader: &mut Reader,
    plan: &mut Plan,
    union: &Standing,
    today: Day,
    wrong: &mut Wrong,
) -> Result<(), AppError> {
    let Some(target) = &plan.other else { return Ok(()) };
    let into = standing(reader, target).await?;
    wrong.take(may_merge(union, &into))?;
    if let Some(path) = &plan.place {
        let below = reader.children_of(path.as_str(), &path.upper_bound()).await?;
        for (union_id, _) in below {
            let Some(child) = reader.union_row(&union_id).await? else {
                continue;
            };
            let stands = standing(reader, &child).await?;
            wrong.take(may_take_effect(&stands, plan.effective_on, today))?;
            if child.is_active && !may_hang(kind_of(&child), into.kind) {
                wrong.add(
                    "other",
                    format!(
                        "下级“{}”是{}，不能挂在{}之下，请先调整它的上级",
                        child.name,
                        kind_of(&child).label(),
                        into.kind.label()
                    ),
                );
            }
            plan.children.push(child);
        }
    }
    for key in reader.unions_led_by(&plan.union.union_id).await? {
        if let Some(led) = reader.union_row(&key).await? {
            let stands = standing(reader, &led).await?;
            wrong.take(may_take_effect(&stands, plan.effective_on, today))?;
        }
        plan.led.push(key);
    }
    plan.concerned
        .push((target.id, format!("“{}”并入本工会", plan.union.name)));
    Ok(())
}

async fn decide_dissolve(
    reader: &mut Reader,
    plan: &mut Plan,
    union: &Standing,
    wrong: &mut Wrong,
) -> Result<(), AppError> {
    let (below, accounts) = in_the_way(reader, &plan.union).await?;
    wrong.take(may_dissolve(union, below, accounts))?;
    if let Some(heir) = &plan.other {
        if heir.id == plan.union.id {
            wrong.add("other", "会员不能转到将要撤销的工会");
        } else if !heir.is_active {
            wrong.add("other", format!("“{}”已撤销，不能接收会员", heir.name));
        } else if kind_of(heir) == UnionType::General {
            wrong.add("other", "总工会不直接接收会员，请选择基层工会或工会联合会");
        }
        plan.concerned.push((
            heir.id,
            format!("接收“{}”的 {} 名会员", plan.union.name, plan.members),
        ));
    }
    Ok(())
}

/// What the domain's decisions need to know of a union.
pub(in crate::union_org) async fn standing(
    reader: &mut Reader,
    row: &UnionRow,
) -> Result<Standing, AppError> {
    let path = Standing::placed(row.path.as_deref()).map_err(AppError::internal)?;
    let height = match &path {
        Some(path) => {
            let longest = reader.longest_path(path.as_str(), &path.upper_bound()).await?;
            (longest as usize - path.as_str().len()) / 5 + 1
        }
        None => 1,
    };
    Ok(Standing {
        name: row.name.clone(),
        kind: kind_of(row),
        is_active: row.is_active,
        path,
        height,
        since: reader.unchanged_since(row.id).await?,
        founded: row.founded(),
    })
}

async fn in_the_way(reader: &mut Reader, row: &UnionRow) -> Result<(i64, i64), AppError> {
    let below = match row.path.as_deref().and_then(|path| UnionPath::parse(path).ok()) {
        Some(path) => reader.active_below(path.as_str(), &path.upper_bound()).await?,
        None => 0,
    };
    Ok((below, reader.accounts_on(row.id).await?))
}

pub(super) fn kind_of(row: &UnionRow) -> UnionType {
    UnionType::from_code(&row.union_type).unwrap_or(UnionType::Unknown)
}

/// The active union in sight that a text means: its key, or a whole name that only one bears.
async fn meant(
    op: &OpContext,
    reader: &mut Reader,
    text: &str,
) -> Result<Result<UnionRow, String>, AppError> {
    let in_sight = |row: &UnionRow| {
        let path = row.path.as_deref().and_then(|path| UnionPath::parse(path).ok());
        op.sees(path.as_ref())
    };
    if let Some(row) = reader.union_row(text).await?.filter(in_sight) {
        return Ok(Ok(row));
    }
    let mut found = Vec::new();
    for key in reader.unions_named(&normalise(text)).await? {
        found.extend(reader.union_row(&key).await?.filter(in_sight));
    }
    Ok(match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(format!(
            "您的数据范围内没有名称或标识为“{text}”的在册工会；请从候选中选择，或请上一级办理"
        )),
        count => {
            let keys: Vec<String> = found
                .iter()
                .take(NAMED_MAX)
                .map(|row| row.union_id.clone())
                .collect();
            Err(format!(
                "有 {count} 家工会叫这个名称，请填写工会标识：{}",
                keys.join("、")
            ))
        }
    })
}

impl Plan {
    /// Changes whenever what the preview said may no longer be so.
    pub(super) fn stamp(&self) -> String {
        let other = self.other.as_ref();
        let seen = format!(
            "{}|{}|{}|{}|{}|{}|{}|{}|{:?}|{}",
            self.change.code(),
            self.union.changed_at,
            self.union.path.as_deref().unwrap_or_default(),
            other.map_or(0, |other| other.changed_at),
            other.and_then(|other| other.path.as_deref()).unwrap_or_default(),
            self.effective_on,
            self.members,
            self.weight.unions,
            self.offshoot
                .as_ref()
                .map(|new| (new.members.len(), new.covers.len())),
            self.zones.stamp(),
        );
        format!("{:016x}", codes::text::key64(&seen))
    }

    /// How many unions and members it concerns.
    pub(super) fn concerned_counts(&self) -> (i64, i64) {
        match self.change {
            Change::Move | Change::Merge => (self.weight.unions, self.weight.members),
            Change::Split | Change::SetUp => {
                let moved = self.offshoot.as_ref().map_or(0, |new| new.members.len());
                (2, i64::try_from(moved).unwrap_or(i64::MAX))
            }
            Change::Dissolve | Change::TakeOver => (1, self.members),
            Change::Industry => (1, 0),
        }
    }

    /// Everything that fixes what is done, for the second person's approval: whoever approves one change has approved no other. That
    /// somebody joins one of these unions meanwhile makes it no other change, or a large one could never be approved; who has it done
    /// sees the figures of the day first.
    pub(super) fn fixed(&self) -> Value {
        let offshoot = self.offshoot.as_ref().map(|new| {
            let members: Vec<&str> = new
                .members
                .iter()
                .map(|member| member.member_id.as_str())
                .collect();
            let covers: Vec<&str> = new.covers.iter().map(|cover| cover.cover_key.as_str()).collect();
            json!({
                "name": new.name,
                "chair": new.chair,
                "term_end": new.term_end,
                "kind": new.kind.code(),
                "employer": new.employer_code,
                "members": codes::digest::sm3_hex(members.join("\n").as_bytes()),
                "covers": covers,
            })
        });
        json!({
            "what": self.change.code(),
            "union": self.union.union_id,
            "other": self.other.as_ref().map(|other| &other.union_id),
            "effective_on": self.effective_on,
            "document_no": self.document_no,
            "reason": self.reason,
            "offshoot": offshoot,
        })
    }

    /// Everything that follows, one sentence each.
    pub(super) fn effects(&self) -> Vec<String> {
        let name = &self.union.name;
        let other = self.other.as_ref().map_or("", |other| other.name.as_str());
        let mut said = Vec::new();
        match self.change {
            Change::Move => {
                let from = self.above.as_deref().unwrap_or("（没有上级）");
                said.push(format!("“{name}”的上级由“{from}”改为“{other}”。"));
                if self.weight.unions > 1 {
                    said.push(format!(
                        "它下面的 {} 家工会一起调整，相互隶属不变。",
                        self.weight.unions - 1
                    ));
                }
                said.push(format!("共涉及会员 {} 人，会籍不变。", self.weight.members));
                if self.items_under > 0 {
                    said.push(format!("{} 条未办结的清单项随之归到新的上级。", self.items_under));
                }
            }
            Change::Merge => {
                said.push(format!("“{name}”并入“{other}”，原工会撤销，台账和日志保留。"));
                said.push(format!("会员 {} 人的会籍转到“{other}”。", self.members));
                let below = self.children.iter().filter(|child| child.is_active).count();
                if below > 0 {
                    said.push(format!("直接下级 {below} 家工会改挂在“{other}”之下。"));
                }
                if self.accounts > 0 {
                    said.push(format!(
                        "{} 个账号改属“{other}”，数据范围随之变化。",
                        self.accounts
                    ));
                }
                if !self.led.is_empty() {
                    said.push(format!(
                        "产业线上直属的 {} 家工会改属“{other}”的产业线。",
                        self.led.len()
                    ));
                }
            }
            Change::Split => {
                if let Some(new) = &self.offshoot {
                    let kind = new.kind.label();
                    said.push(format!("新设“{}”（{kind}），与原工会同属一个上级。", new.name));
                    said.push(format!(
                        "{} 名会员的会籍转到新工会，{} 名留在“{name}”。",
                        new.members.len(),
                        self.members - new.members.len() as i64
                    ));
                    if !new.covers.is_empty() {
                        said.push(format!("覆盖单位 {} 家改由新工会覆盖。", new.covers.len()));
                    }
                }
            }
            Change::SetUp => {
                if let Some(new) = &self.offshoot {
                    let kind = new.kind.label();
                    said.push(format!("在“{name}”之下新设“{}”（{kind}）。", new.name));
                    said.push(match new.term_end {
                        Some(end) => format!("本届任期到 {end}，届满前按换届提醒。"),
                        None => "小组不设届期。".to_owned(),
                    });
                    said.push(match new.members.len() {
                        0 => "没有会员转入，之后可以逐人或用文件转入。".to_owned(),
                        count => format!(
                            "{count} 名会员的会籍从“{name}”本级转到新的{kind}，仍计入“{name}”及其上级的汇总。"
                        ),
                    });
                }
            }
            Change::TakeOver => {
                said.push(format!(
                    "“{name}”留下的会员 {} 人的会籍转到“{other}”，保留会籍的仍保留，重新就业后再恢复。",
                    self.members
                ));
            }
            Change::Industry => {
                let from = self.line_before.as_deref();
                said.push(match (from, &self.other) {
                    (None, _) => format!("“{name}”列入“{other}”的产业线。"),
                    (Some(from), Some(_)) => format!("“{name}”的产业隶属由“{from}”改为“{other}”。"),
                    (Some(from), None) => format!("“{name}”不再属于“{from}”的产业线。"),
                });
                said.push(match &self.other {
                    Some(_) => format!(
                        "属地上级不变；会员 {} 人在属地线和产业线各计一次。",
                        self.weight.members
                    ),
                    None => format!("属地上级不变；会员 {} 人只在属地线计数。", self.weight.members),
                });
            }
            Change::Dissolve => {
                said.push(format!("“{name}”撤销，台账和日志保留。"));
                said.push(match (&self.other, self.members) {
                    (_, 0) => "本工会没有会员。".to_owned(),
                    (Some(heir), count) => format!("会员 {count} 人的会籍转到“{}”。", heir.name),
                    (None, count) => format!(
                        "会员 {count} 人列入待接续会员，其中正式会员保留会籍（《工会法》第十三条），由哪家工会接收之后再定。"
                    ),
                });
            }
        }
        said.extend(self.zones.effects());
        if self.items_about > 0 && matches!(self.change, Change::Merge | Change::Dissolve) {
            said.push(format!(
                "关于本工会的 {} 条清单项在下次比对时办结。",
                self.items_about
            ));
        }
        said.push(format!(
            "自 {} 起生效；此前日期的组织仍按原来的样子查询和统计。",
            self.effective_on
        ));
        said
    }
}
