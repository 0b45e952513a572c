//! 注销申请: a member asks the union to end the membership and to delete what is not kept by law (个人信息保护法 art. 44, 47, 50). The union
//! answers by a day; what it must keep stays sealed until its time is over.

use codes::time::Day;

/// Days within which a request is answered: 个人信息保护法 art. 50 asks for an answer in time, App 违法违规收集使用个人信息行为认定方法
/// (2019) art. 6 no. 2 for fifteen days.
pub const ANSWER_DAYS: i64 = 15;
/// Days before the last one from which it is urgent.
pub const URGENT_DAYS: i64 = 5;

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosingState {
    /// Nobody has answered.
    Waiting,
    /// The membership is being ended.
    Granted,
    /// It is not, for a reason that the member reads.
    Refused,
}

impl ClosingState {
    /// Every state.
    pub const ALL: [ClosingState; 3] = [
        ClosingState::Waiting,
        ClosingState::Granted,
        ClosingState::Refused,
    ];

    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            ClosingState::Waiting => "待答复",
            ClosingState::Granted => "已同意，办理退会",
            ClosingState::Refused => "不能注销",
        }
    }

    /// The code that is stored.
    pub fn code(self) -> &'static str {
        match self {
            ClosingState::Waiting => "waiting",
            ClosingState::Granted => "granted",
            ClosingState::Refused => "refused",
        }
    }

    /// Reads a stored code.
    pub fn from_code(code: &str) -> Option<ClosingState> {
        ClosingState::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// The last day for an answer.
pub fn due_on(asked_on: Day) -> Day {
    asked_on.add_days(ANSWER_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifteen_days_are_counted_from_the_day_after() {
        let day = |text| Day::parse_iso(text).expect("a day");
        assert_eq!(due_on(day("2026-08-20")), day("2026-09-04"));
        for state in ClosingState::ALL {
            assert_eq!(ClosingState::from_code(state.code()), Some(state));
        }
    }
}
