//! The one transition function of a list item. 清单项的流转
//!
//! `step` answers with the new standing or a refusal in words; it reads nothing and writes nothing, so that the page
//! can ask it which buttons to show and the use case can ask it what to do with the very same rule.

use codes::time::Day;

use super::{ItemState, ListKind, RefuteReason};
use crate::accounts::Role;

/// Where an item is now, as far as the next step depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub kind: ListKind,
    pub state: ItemState,
    /// Whether the rule leads to founding a union, which is never done unseen.
    pub needs_visit: bool,
    /// Whether somebody has seen it on site and found it true.
    pub is_confirmed: bool,
    /// Whether somebody owns it.
    pub has_owner: bool,
    /// How often nobody could be reached.
    pub tries: u32,
    /// Whether a union founded for it waits in the register for the next run.
    pub is_founded: bool,
}

/// Who acts, as far as the rules care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    pub role: Role,
    /// Whether the item is this person's own.
    pub is_owner: bool,
}

/// The level an item is passed up to. 上报
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EscalateTo {
    County,
    City,
}

impl EscalateTo {
    /// Every level, nearest first.
    pub const ALL: &'static [EscalateTo] = &[EscalateTo::County, EscalateTo::City];

    pub fn code(self) -> &'static str {
        match self {
            Self::County => "county",
            Self::City => "city",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::County => "县级总工会",
            Self::City => "市总工会",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|to| to.code() == code)
    }
}

/// What is done to an item, with the words that must go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// 派发、转派: gives the item to somebody.
    Assign,
    /// 退回待派: whoever has it can no longer look after it, because its union went to another zone or out of their sight.
    Release,
    /// 接收: the owner has opened it.
    Read,
    /// 开始核实: somebody is on the way to see.
    StartVerifying,
    /// 核实属实，报镇总工会: seen and true; from now on it is a task.
    Confirm { note: String },
    /// 核实不属实: seen and not true.
    Refute { reason: RefuteReason, words: String },
    /// 联系不上: nobody was there; counted.
    Unreachable { note: String },
    /// 接收办理: a task that needs no visit is taken up.
    Accept,
    /// 受阻: the employer will not.
    Block { reason: String },
    /// 上报: passed to the next level.
    Escalate { to: EscalateTo, words: String },
    /// 恢复办理.
    Resume { note: String },
    /// 建会: the union was put into the register; the next run closes the item with that as evidence.
    Found,
    /// 办结: a step of one's own list is done.
    Complete { note: String },
    /// 不属本级: not this union's to organise (organs of higher levels and the like).
    PutAside { note: String },
    /// A run found the thing answered or gone.
    CloseByRun { outcome: ItemState },
    /// A run raised it again after the evidence changed, or after the rest was over.
    Reopen { kind: ListKind },
}

impl Action {
    /// The code used in forms, in the journal and in the API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Assign => "assign",
            Self::Release => "release",
            Self::Read => "read",
            Self::StartVerifying => "start_verifying",
            Self::Confirm { .. } => "confirm",
            Self::Refute { .. } => "refute",
            Self::Unreachable { .. } => "unreachable",
            Self::Accept => "accept",
            Self::Block { .. } => "block",
            Self::Escalate { .. } => "escalate",
            Self::Resume { .. } => "resume",
            Self::Found => "found",
            Self::Complete { .. } => "complete",
            Self::PutAside { .. } => "put_aside",
            Self::CloseByRun { .. } => "close_by_run",
            Self::Reopen { .. } => "reopen",
        }
    }

    /// The words on the button and in the history.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Assign => "派发",
            Self::Release => "退回待派",
            Self::Read => "已读",
            Self::StartVerifying => "开始核实",
            Self::Confirm { .. } => "核实属实，报镇总工会",
            Self::Refute { .. } => "核实不属实",
            Self::Unreachable { .. } => "联系不上",
            Self::Accept => "接收办理",
            Self::Block { .. } => "单位不配合",
            Self::Escalate { .. } => "上报",
            Self::Resume { .. } => "恢复办理",
            Self::Found => "建会",
            Self::Complete { .. } => "办结",
            Self::PutAside { .. } => "不属本级",
            Self::CloseByRun { .. } => "比对办结",
            Self::Reopen { .. } => "重新列入",
        }
    }

    /// One blank specimen of everything a person can do, in the order of the buttons.
    pub fn for_people() -> Vec<Action> {
        let none = String::new;
        vec![
            Self::StartVerifying,
            Self::Confirm { note: none() },
            Self::Refute {
                reason: RefuteReason::Other,
                words: "—".into(),
            },
            Self::Unreachable { note: "—".into() },
            Self::Accept,
            Self::Found,
            Self::Complete { note: none() },
            Self::Block { reason: "—".into() },
            Self::Escalate {
                to: EscalateTo::County,
                words: "—".into(),
            },
            Self::Resume { note: none() },
            Self::Assign,
            Self::PutAside { note: "—".into() },
        ]
    }

    /// The words a person gave, if any.
    pub fn words(&self) -> Option<&str> {
        let words = match self {
            Self::Confirm { note }
            | Self::Unreachable { note }
            | Self::Resume { note }
            | Self::Complete { note }
            | Self::PutAside { note } => note,
            Self::Refute { words, .. } | Self::Escalate { words, .. } => words,
            Self::Block { reason } => reason,
            _ => return None,
        };
        Some(words.trim()).filter(|words| !words.is_empty())
    }
}

/// What an allowed action makes of the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub standing: Standing,
    /// Whether a new deadline starts to run today (the item has come onto another list, or back).
    pub restarts_clock: bool,
    /// Whether the item leaves the open lists, and by whom.
    pub is_closing: bool,
    /// Whether a person's decision keeps it away until its evidence changes.
    pub suppresses: bool,
}

/// Why an action is not possible, in words for the person who tried.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Refusal {
    pub reason: String,
}

fn refuse<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        reason: reason.into(),
    })
}

/// Moves an item one step, or says why not. Permission by role first, then the state, then the words that are needed.
pub fn step(standing: Standing, action: &Action, actor: Actor) -> Result<Step, Refusal> {
    may(action, actor)?;
    let is_reopening = matches!(action, Action::Reopen { .. });
    if !standing.state.is_open() && !is_reopening {
        return refuse(format!(
            "此项{}，不能再{}",
            standing.state.label(),
            action.label()
        ));
    }
    let next = match action {
        Action::Assign => assigned(standing),
        Action::Release => Ok(released(standing)),
        Action::Read => from(standing, action, &[ItemState::Assigned], ItemState::Read),
        Action::StartVerifying => start_verifying(standing, action),
        Action::Confirm { .. } => confirm(standing, action),
        Action::Refute { reason, words } => refute(standing, *reason, words),
        Action::Unreachable { note } => unreachable(standing, action, note),
        Action::Accept => accept(standing, action),
        Action::Block { reason } => {
            needs_words(reason, "请写明单位不配合的情况")?;
            from(standing, action, &[ItemState::InProgress], ItemState::Blocked)
        }
        Action::Escalate { to, words } => escalate(standing, action, *to, words, actor),
        Action::Resume { .. } => from(
            standing,
            action,
            &[ItemState::Blocked, ItemState::Escalated],
            ItemState::InProgress,
        ),
        Action::Found => found(standing, action),
        Action::Complete { .. } => complete(standing),
        Action::PutAside { note } => {
            needs_words(note, "请写明不属本级的理由")?;
            Ok(Standing {
                state: ItemState::OutOfScope,
                ..standing
            })
        }
        Action::CloseByRun { outcome } => close_by_run(standing, *outcome),
        Action::Reopen { kind } => reopen(standing, *kind),
    }?;
    let is_closing = standing.state.is_open() && !next.state.is_open();
    Ok(Step {
        standing: next,
        restarts_clock: is_reopening
            || next.kind != standing.kind
            || next.is_confirmed != standing.is_confirmed,
        is_closing,
        suppresses: is_closing && !matches!(action, Action::CloseByRun { .. }),
    })
}

/// Who may do it at all. Runs are the system's; the auditor looks; a field worker acts on what is theirs.
fn may(action: &Action, actor: Actor) -> Result<(), Refusal> {
    let by_run = matches!(action, Action::CloseByRun { .. } | Action::Reopen { .. });
    let officers_only = matches!(
        action,
        Action::Assign | Action::Release | Action::Found | Action::Escalate { .. } | Action::PutAside { .. }
    );
    match actor.role {
        Role::System if by_run || matches!(action, Action::Assign | Action::Release) => Ok(()),
        Role::System => refuse("系统账号不代替人办理"),
        _ if by_run => refuse("只有比对运行可以这样做"),
        _ if matches!(action, Action::Read) && !actor.is_owner => refuse("只有承办人可以签收"),
        Role::TownOfficer | Role::CountyOfficer | Role::CityOfficer => Ok(()),
        Role::FieldWorker if officers_only => refuse("请由镇（街道）总工会干部办理"),
        Role::FieldWorker if !actor.is_owner => refuse("此项不是派给您的，请联系镇（街道）总工会"),
        Role::FieldWorker => Ok(()),
        Role::UnionChair
        | Role::Auditor
        | Role::SystemAdministrator
        | Role::SecurityAdministrator
        | Role::SecurityAuditor => refuse(format!("{}只能查看清单", actor.role.label())),
    }
}

fn needs_words(words: &str, ask: &str) -> Result<(), Refusal> {
    if words.trim().is_empty() {
        refuse(ask)
    } else {
        Ok(())
    }
}

fn from(
    standing: Standing,
    action: &Action,
    allowed: &[ItemState],
    to: ItemState,
) -> Result<Standing, Refusal> {
    if allowed.contains(&standing.state) {
        return Ok(Standing {
            state: to,
            ..standing
        });
    }
    let names: Vec<_> = allowed
        .iter()
        .map(|state| format!("“{}”", state.label()))
        .collect();
    refuse(format!(
        "此项现为“{}”，只有{}的项可以{}",
        standing.state.label(),
        names.join("或"),
        action.label()
    ))
}

/// Whoever gets an item that nobody has begun must read it anew; what is under way stays under way.
fn assigned(standing: Standing) -> Result<Standing, Refusal> {
    let state = match standing.state {
        ItemState::New | ItemState::Assigned | ItemState::Read => ItemState::Assigned,
        under_way => under_way,
    };
    Ok(Standing {
        state,
        has_owner: true,
        ..standing
    })
}

/// What nobody has begun waits to be given out again; what is under way stays so, without anybody.
fn released(standing: Standing) -> Standing {
    let state = match standing.state {
        ItemState::New | ItemState::Assigned | ItemState::Read => ItemState::New,
        under_way => under_way,
    };
    Standing {
        state,
        has_owner: false,
        ..standing
    }
}

fn start_verifying(standing: Standing, action: &Action) -> Result<Standing, Refusal> {
    if standing.kind == ListKind::Work {
        return refuse("工作清单的项直接办结，不需要核实");
    }
    use ItemState::{Assigned, New, Read, Unreachable, Verifying};
    from(standing, action, &[New, Assigned, Read, Unreachable], Verifying)
}

fn confirm(standing: Standing, action: &Action) -> Result<Standing, Refusal> {
    let next = from(standing, action, &[ItemState::Verifying], ItemState::InProgress)?;
    Ok(Standing {
        kind: ListKind::Task,
        is_confirmed: true,
        ..next
    })
}

fn refute(standing: Standing, reason: RefuteReason, words: &str) -> Result<Standing, Refusal> {
    if standing.is_founded {
        return refuse("已为此项建会，等待下次比对办结，不能再认定不属实");
    }
    if reason == RefuteReason::Other {
        needs_words(words, "选择“其他”时请写明原因")?;
    }
    Ok(Standing {
        state: ItemState::Refuted,
        ..standing
    })
}

fn unreachable(standing: Standing, action: &Action, note: &str) -> Result<Standing, Refusal> {
    needs_words(note, "请写明何时、如何联系过")?;
    use ItemState::{Assigned, Read, Unreachable, Verifying};
    let next = from(
        standing,
        action,
        &[Assigned, Read, Verifying, Unreachable],
        Unreachable,
    )?;
    Ok(Standing {
        tries: standing.tries.saturating_add(1),
        ..next
    })
}

fn accept(standing: Standing, action: &Action) -> Result<Standing, Refusal> {
    match standing.kind {
        ListKind::Verification => refuse("核实清单的项要先核实属实"),
        ListKind::Task if standing.needs_visit && !standing.is_confirmed => {
            refuse("建会前须先到现场核实：请先开始核实，属实后再办理")
        }
        ListKind::Task | ListKind::Work => {
            use ItemState::{Assigned, InProgress, New, Read};
            from(standing, action, &[New, Assigned, Read], InProgress)
        }
    }
}

fn escalate(
    standing: Standing,
    action: &Action,
    to: EscalateTo,
    words: &str,
    actor: Actor,
) -> Result<Standing, Refusal> {
    needs_words(words, "请写明上报的理由")?;
    match (actor.role, to) {
        (Role::CityOfficer, _) => return refuse("市总工会已是最高一级，没有可上报的上级"),
        (Role::CountyOfficer, EscalateTo::County) => return refuse("县级总工会只能上报市总工会"),
        (Role::TownOfficer, EscalateTo::City) => return refuse("请先上报县级总工会"),
        _ => {}
    }
    use ItemState::{Blocked, Escalated, InProgress};
    from(standing, action, &[InProgress, Blocked, Escalated], Escalated)
}

fn found(standing: Standing, action: &Action) -> Result<Standing, Refusal> {
    if standing.is_founded {
        return refuse("已为此项建会，等待下次比对办结");
    }
    if standing.kind != ListKind::Task || !standing.is_confirmed {
        return refuse("此项尚未核实属实，不能建会");
    }
    use ItemState::{Blocked, Escalated, InProgress};
    let next = from(standing, action, &[InProgress, Blocked, Escalated], InProgress)?;
    Ok(Standing {
        is_founded: true,
        ..next
    })
}

fn complete(standing: Standing) -> Result<Standing, Refusal> {
    match standing.kind {
        ListKind::Work => Ok(Standing {
            state: ItemState::Done,
            ..standing
        }),
        _ => refuse("此项以登记库的变化为准，下次比对时自动办结"),
    }
}

fn close_by_run(standing: Standing, outcome: ItemState) -> Result<Standing, Refusal> {
    match outcome {
        ItemState::Done | ItemState::Superseded | ItemState::OutOfScope => Ok(Standing {
            state: outcome,
            ..standing
        }),
        other => refuse(format!("比对不能以“{}”办结", other.label())),
    }
}

fn reopen(standing: Standing, kind: ListKind) -> Result<Standing, Refusal> {
    if standing.state.is_open() {
        return refuse("此项尚未办结，不需要重新列入");
    }
    Ok(Standing {
        kind,
        state: ItemState::New,
        is_confirmed: false,
        has_owner: false,
        tries: 0,
        is_founded: false,
        ..standing
    })
}

/// The last day on which a person's decision keeps an item away while nothing changes. 12 months by default.
pub fn suppressed_until(decided_on: Day, months: u32) -> Day {
    decided_on.add_months(i32::try_from(months).unwrap_or(i32::MAX))
}
