//! 会籍: what a membership may become, from joining to its end, and for which reasons.
//!
//! A membership belongs to a person and stays one through all unions: 一次入会、动态接转 (工会会员会籍管理办法, 全总 2016, art. 3). What
//! changes it is an event with a day; [`step`] is the only way from one standing to the next, and [`replay`] makes the standing from
//! the events. The six kinds of the collection form (入会、转入、保留、转出、除名、退会) are told apart from those that the platform adds by
//! [`ChangeKind::on_form`].

pub mod history;
#[cfg(test)]
mod tests;

use codes::time::Day;
use serde::{Deserialize, Serialize};

use crate::dictionary::Dictionary;
use crate::list_item::coded;

coded! {
    /// Where a membership stands.
    MembershipState {
        /// 预备会员: accepted while the employer has no union yet.
        Provisional = "provisional", "预备会员";
        /// 在籍
        Active = "active", "在籍";
        /// 保留会籍: no dues and no vote, until the member works again.
        Retained = "retained", "保留会籍";
        /// 已转出 to a union that is not in this register.
        TransferredOut = "transferred_out", "已转出";
        /// 已退会
        Withdrawn = "withdrawn", "已退会";
        /// 已除名
        Expelled = "expelled", "已除名";
        /// 已去世
        Deceased = "deceased", "已去世";
        /// 已并入: it was the same person's second membership.
        Merged = "merged", "已并入";
        /// 来源已删除: the register that it came from took it out, and gave no reason.
        Removed = "removed", "来源已删除";
    }
}

impl MembershipState {
    /// Whether it counts as a membership.
    pub fn is_standing(self) -> bool {
        matches!(
            self,
            MembershipState::Provisional | MembershipState::Active | MembershipState::Retained
        )
    }
}

coded! {
    /// What happens to a membership (会籍变化类型).
    ChangeKind {
        /// The person joins, or joins again.
        Join = "join", "入会";
        /// Comes from a union that is not in this register.
        TransferIn = "transfer_in", "转入";
        /// From one union of the register to another; 转出 for the one, 转入 for the other.
        Move = "move", "会籍接转";
        /// 预备会员 becomes a full member.
        Confirm = "confirm", "转为正式会员";
        /// Keeps the membership without work.
        Retain = "retain", "保留会籍";
        /// Works again in the same union.
        Restore = "restore", "恢复会籍";
        /// Goes to a union that is not in this register.
        TransferOut = "transfer_out", "转出";
        /// Wants to leave.
        Withdraw = "withdraw", "退会";
        /// Is excluded.
        Expel = "expel", "除名";
        /// Has died.
        Die = "die", "去世";
        /// Two memberships of one person become one.
        Merge = "merge", "合并";
        /// The register that it came from deletes it.
        Remove = "remove", "来源删除";
        /// The data are put right; where it stands does not change.
        Correct = "correct", "更正资料";
    }
}

impl ChangeKind {
    /// What people may ask for at a member's page.
    pub const ASKED: [ChangeKind; 8] = [
        ChangeKind::Move,
        ChangeKind::Confirm,
        ChangeKind::Retain,
        ChangeKind::Restore,
        ChangeKind::TransferOut,
        ChangeKind::Withdraw,
        ChangeKind::Expel,
        ChangeKind::Die,
    ];

    /// The word of the collection form for it; `None`: the form has none.
    pub fn on_form(self) -> Option<&'static str> {
        match self {
            ChangeKind::Join => Some("入会"),
            ChangeKind::TransferIn | ChangeKind::Move => Some("转入"),
            ChangeKind::Retain => Some("保留"),
            ChangeKind::TransferOut => Some("转出"),
            ChangeKind::Expel => Some("除名"),
            ChangeKind::Withdraw => Some("退会"),
            ChangeKind::Confirm
            | ChangeKind::Restore
            | ChangeKind::Die
            | ChangeKind::Merge
            | ChangeKind::Remove
            | ChangeKind::Correct => None,
        }
    }

    /// The codes of the list `event_reason` that fit; empty: no reason is asked for.
    pub fn reasons(self) -> &'static [&'static str] {
        match self {
            ChangeKind::Move => &["1", "10", "11", "3", "4"],
            ChangeKind::Retain => &["7", "3", "2", "4", "8", UNION_GONE],
            ChangeKind::TransferOut => &["1", "10"],
            ChangeKind::Withdraw => &["5", "9"],
            ChangeKind::Expel => &["6"],
            ChangeKind::Join
            | ChangeKind::TransferIn
            | ChangeKind::Confirm
            | ChangeKind::Restore
            | ChangeKind::Die
            | ChangeKind::Merge
            | ChangeKind::Remove
            | ChangeKind::Correct => &[],
        }
    }

    /// Whether the union's committee decides: its day must be given (退会 is discussed and announced, 除名 decided by the base union).
    pub fn needs_decision(self) -> bool {
        matches!(self, ChangeKind::Withdraw | ChangeKind::Expel)
    }

    /// Whether the decision must have a number: it is reported to the union above.
    pub fn needs_decision_no(self) -> bool {
        self == ChangeKind::Expel
    }
}

/// The code of the reason 所在工会撤销: the membership may be kept (《工会法》第十三条).
pub const UNION_GONE: &str = "12";

/// The name of a reason by its code.
pub fn reason_label(code: &str) -> Option<&'static str> {
    let list = Dictionary::shipped().list("event_reason")?;
    let found = list.current().find(|value| value.code == code);
    found.map(|value| value.label.as_str())
}

/// Reasons with which a membership that moves stays 保留: nobody works at the place where it is taken in.
const MOVES_RETAINED: [&str; 2] = ["3", "4"];

/// A decision of a union's committee (委员会决定).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub on: Day,
    /// Its document number (文号).
    pub number: Option<String>,
}

/// What somebody wants to happen. `U` names a union.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<U> {
    pub kind: ChangeKind,
    /// The day from which it holds.
    pub on: Day,
    /// A code of `event_reason`.
    pub reason: Option<String>,
    /// The union that takes the member in, for 入会, 转入 and 会籍接转.
    pub to: Option<U>,
    pub decision: Option<Decision>,
    /// For 入会: whether the union's employer has no union of its own yet.
    pub is_provisional: bool,
    /// Remarks; for 转出 the name of the union outside.
    pub words: String,
}

impl<U> Change<U> {
    /// A change with nothing but its kind and day.
    pub fn new(kind: ChangeKind, on: Day) -> Change<U> {
        Change {
            kind,
            on,
            reason: None,
            to: None,
            decision: None,
            is_provisional: false,
            words: String::new(),
        }
    }
}

/// Where a membership stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<U> {
    pub state: MembershipState,
    /// The union that keeps it, or kept it last.
    pub union: U,
    /// Since when; `None`: the register it came from does not say.
    pub since: Option<Day>,
}

/// Why a change cannot be: the field of the form that is wrong, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub field: &'static str,
    pub words: String,
}

fn refuse<T>(field: &'static str, words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        field,
        words: words.into(),
    })
}

/// Longest remark, in characters.
pub const WORDS_MAX: usize = 200;

/// Where a membership stands after a change; `before` is `None` for somebody who never was a member.
///
/// # Errors
/// What is wrong, in words: a state that does not allow it, a day in the future or before the last change, a missing reason, decision
/// or union.
pub fn step<U: Clone + PartialEq>(
    before: Option<&Standing<U>>,
    change: &Change<U>,
    today: Day,
) -> Result<Standing<U>, Refusal> {
    use ChangeKind as K;
    use MembershipState as S;
    let begins = matches!(change.kind, K::Join | K::TransferIn);
    let state = match (before, begins) {
        (None, true) => None,
        (None, false) => return refuse("kind", "还没有会籍，先办理入会"),
        (Some(standing), true) if standing.state.is_standing() => {
            return refuse("kind", "已有会籍，一人只有一个会籍；换了工会的办理会籍接转");
        }
        (Some(standing), true) if standing.state == S::Deceased => {
            return refuse("kind", "登记为已去世，不能再入会；登记有误的请先更正");
        }
        (Some(_), true) => None,
        (Some(standing), false) if !standing.state.is_standing() => {
            return refuse("kind", format!("会籍{}，只能重新入会", standing.state.label()));
        }
        (Some(standing), false) => Some(standing),
    };
    check_day(before, change, today)?;
    check_reason(change)?;
    let after = match (change.kind, state.map(|standing| standing.state)) {
        (K::Join | K::TransferIn, _) if change.is_provisional => S::Provisional,
        (K::Join | K::TransferIn, _) => S::Active,
        (K::Move, Some(S::Provisional)) => S::Provisional,
        (K::Move, Some(_)) => match change.reason.as_deref() {
            Some(reason) if MOVES_RETAINED.contains(&reason) => S::Retained,
            _ => S::Active,
        },
        (K::Confirm, Some(S::Provisional)) => S::Active,
        (K::Confirm, _) => return refuse("kind", "不是预备会员，不用转为正式会员"),
        (K::Retain, Some(S::Active)) => S::Retained,
        (K::Retain, Some(S::Retained)) => return refuse("kind", "已经保留会籍"),
        (K::Retain, _) => return refuse("kind", "预备会员先转为正式会员，再保留会籍"),
        (K::Restore, Some(S::Retained)) => S::Active,
        (K::Restore, _) => return refuse("kind", "没有保留会籍，不用恢复"),
        (K::Expel, Some(S::Provisional)) => return refuse("kind", "预备会员不除名，办理退会"),
        (K::TransferOut, _) => S::TransferredOut,
        (K::Withdraw, _) => S::Withdrawn,
        (K::Expel, _) => S::Expelled,
        (K::Die, _) => S::Deceased,
        (K::Merge, _) => S::Merged,
        (K::Remove, _) => S::Removed,
        (K::Correct, Some(same)) => same,
        (K::Correct | K::Move, None) => return refuse("kind", "还没有会籍，先办理入会"),
    };
    let union = union_after(state, change)?;
    let is_same = state.is_some_and(|standing| standing.state == after && standing.union == union);
    let since = match state {
        Some(standing) if is_same => standing.since,
        _ => Some(change.on),
    };
    Ok(Standing {
        state: after,
        union,
        since,
    })
}

fn check_day<U>(before: Option<&Standing<U>>, change: &Change<U>, today: Day) -> Result<(), Refusal> {
    if change.on > today {
        return refuse("happened_on", "日期不能晚于今天");
    }
    if let Some(since) = before.and_then(|standing| standing.since)
        && change.on < since
    {
        return refuse("happened_on", format!("日期不能早于上一次会籍变化（{since}）"));
    }
    let Some(decision) = &change.decision else {
        return if change.kind.needs_decision() {
            refuse(
                "decided_on",
                format!("{}须填写工会委员会决定的日期", change.kind.label()),
            )
        } else {
            Ok(())
        };
    };
    if decision.on > change.on {
        return refuse("decided_on", "委员会决定的日期不能晚于生效日期");
    }
    let has_number = decision
        .number
        .as_deref()
        .is_some_and(|number| !number.trim().is_empty());
    if change.kind.needs_decision_no() && !has_number {
        return refuse(
            "decision_no",
            "除名须填写基层委员会决定的文号，并报上一级工会备案",
        );
    }
    Ok(())
}

fn check_reason<U>(change: &Change<U>) -> Result<(), Refusal> {
    let fitting = change.kind.reasons();
    match change.reason.as_deref() {
        None if fitting.is_empty() => {}
        None => return refuse("reason", format!("请选择{}的原因", change.kind.label())),
        Some(reason) if fitting.contains(&reason) => {}
        Some(_) => return refuse("reason", format!("这个原因不适用于{}", change.kind.label())),
    }
    let length = change.words.chars().count();
    if length > WORDS_MAX {
        return refuse("words", format!("说明不能超过 {WORDS_MAX} 个字"));
    }
    if change.kind == ChangeKind::TransferOut && change.words.trim().chars().count() < 4 {
        return refuse("words", "请在说明里写明转入的工会（本系统以外的）全称");
    }
    Ok(())
}

fn union_after<U: Clone + PartialEq>(state: Option<&Standing<U>>, change: &Change<U>) -> Result<U, Refusal> {
    let needs = matches!(
        change.kind,
        ChangeKind::Join | ChangeKind::TransferIn | ChangeKind::Move
    );
    match (state, &change.to) {
        (_, None) if needs => refuse("to", "请选择转入的工会"),
        (Some(standing), Some(to)) if change.kind == ChangeKind::Move && standing.union == *to => {
            refuse("to", "会籍已经在这家工会")
        }
        (_, Some(to)) if needs => Ok(to.clone()),
        (Some(standing), None) => Ok(standing.union.clone()),
        (Some(_), Some(_)) => refuse("to", "只有会籍接转才选转入的工会"),
        (None, _) => refuse("to", "请选择工会"),
    }
}

/// The standing that events lead to, in their order.
///
/// # Errors
/// The place of the first event that cannot have happened, and why.
pub fn replay<U: Clone + PartialEq>(
    events: &[Change<U>],
    today: Day,
) -> Result<Option<Standing<U>>, (usize, Refusal)> {
    let mut standing = None;
    for (at, event) in events.iter().enumerate() {
        standing = Some(step(standing.as_ref(), event, today).map_err(|refusal| (at, refusal))?);
    }
    Ok(standing)
}

coded! {
    /// Where a request stands.
    RequestState {
        /// Nobody has answered yet.
        Pending = "pending", "待确认";
        /// It was done.
        Accepted = "accepted", "已同意";
        /// It was not.
        Refused = "refused", "已退回";
        /// Whoever asked took it back.
        Recalled = "recalled", "已撤回";
    }
}

coded! {
    /// Which union asks for a transfer.
    AskedBy {
        /// The union that has the member.
        From = "from", "转出方";
        /// The union where the member is now.
        To = "to", "转入方";
    }
}

/// 会籍政策: figures that a city sets, with the day from which they hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MembershipPolicy {
    pub valid_from: Day,
    /// Working days in which the other union answers a transfer. No national figure is known; the platform's own.
    pub answer_days: u32,
    /// Years after which the data of an ended membership are anonymised. No national figure is known; the platform's own.
    pub keep_years: i32,
}

impl MembershipPolicy {
    /// The policy that comes with the product.
    pub fn shipped() -> MembershipPolicy {
        MembershipPolicy {
            valid_from: Day::from_days(0).expect("the epoch is a day"),
            answer_days: 10,
            keep_years: 10,
        }
    }
}
