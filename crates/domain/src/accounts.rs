//! Accounts and roles (账号、角色): who a person is here, how long a sign-in lasts, when an account is locked.

use std::time::Duration;

use codes::id::{AccountId, DelegationId, UnionOrgId};
use codes::mask::mask_name;
use codes::time::Timestamp;

use crate::identity::SignInWay;
use crate::scope::{Part, Scope, UnionPath};

/// What a person is here for (角色). What each may do is in [`crate::permission`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Officer of the city federation (市总工会干部).
    CityOfficer,
    /// Officer of a county federation (区县总工会干部).
    CountyOfficer,
    /// Officer of a town or street federation (镇街总工会干部), who founds unions.
    TownOfficer,
    /// Field worker of a zone (片区专职工作者), who verifies on site.
    FieldWorker,
    /// Chair of one base union (基层工会主席).
    UnionChair,
    /// Auditor (经审、审计人员): reads everything in scope with its journal, changes nothing.
    Auditor,
    /// Administrator of the installation (系统管理员): jobs, settings. The first of the three administrators (三员), see
    /// [`Role::is_administrator`].
    SystemAdministrator,
    /// Administrator of security (安全管理员): accounts, roles, scope, unlocking, the security policy. Reads no business data.
    SecurityAdministrator,
    /// Auditor of security (安全审计员): reads the journal, and alone what the administrators did.
    SecurityAuditor,
    /// The built-in account of the command line and of jobs.
    System,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 10] = [
        Role::CityOfficer,
        Role::CountyOfficer,
        Role::TownOfficer,
        Role::FieldWorker,
        Role::UnionChair,
        Role::Auditor,
        Role::SystemAdministrator,
        Role::SecurityAdministrator,
        Role::SecurityAuditor,
        Role::System,
    ];

    /// The three administrators (三员, GB/T 22239-2019 8.1.5.1 to 8.1.5.3), of whom nobody is two.
    pub const ADMINISTRATORS: [Role; 3] = [
        Role::SystemAdministrator,
        Role::SecurityAdministrator,
        Role::SecurityAuditor,
    ];

    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Role::CityOfficer => "市总干部",
            Role::CountyOfficer => "区县干部",
            Role::TownOfficer => "镇街干部",
            Role::FieldWorker => "片区专职工作者",
            Role::UnionChair => "基层工会主席",
            Role::Auditor => "审计员",
            Role::SystemAdministrator => "系统管理员",
            Role::SecurityAdministrator => "安全管理员",
            Role::SecurityAuditor => "安全审计员",
            Role::System => "系统",
        }
    }

    /// The code that is stored.
    pub fn code(self) -> &'static str {
        match self {
            Role::CityOfficer => "city_officer",
            Role::CountyOfficer => "county_officer",
            Role::TownOfficer => "town_officer",
            Role::FieldWorker => "field_worker",
            Role::UnionChair => "union_chair",
            Role::Auditor => "auditor",
            Role::SystemAdministrator => "system_administrator",
            Role::SecurityAdministrator => "security_administrator",
            Role::SecurityAuditor => "security_auditor",
            Role::System => "system",
        }
    }

    /// Reads a stored code.
    pub fn from_code(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == code)
    }

    /// Whether an account of this role must belong to a union, whose subtree it then sees.
    pub fn needs_union(self) -> bool {
        !self.is_administrator() && self != Role::System
    }

    /// Whether this is one of the three administrators (三员). Such an account never becomes anything else, so that what
    /// it did stays for the security auditor to read.
    pub fn is_administrator(self) -> bool {
        Role::ADMINISTRATORS.contains(&self)
    }

    /// Whether somebody may act for an account of this role, and an account of this role for others (代办): the roles
    /// that do the union's own work. Administrators and auditors stay who they are.
    pub fn is_delegable(self) -> bool {
        matches!(
            self,
            Role::CityOfficer
                | Role::CountyOfficer
                | Role::TownOfficer
                | Role::FieldWorker
                | Role::UnionChair
        )
    }
}

/// Which unions an account sees (数据范围), told from where it belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Its union and all below it (本级及下级): the usual one.
    Branch,
    /// Its union alone (本级).
    Own,
    /// Unions that the administrator has chosen, each alone or with all below it (指定).
    Chosen,
    /// Its union alone and the unions of its zone (片区), each alone or with all below it: for a field worker. What lies with
    /// the town itself, as employers without a union do, has no zone of its own and stays in sight.
    Zone,
}

impl Reach {
    /// Every kind, the usual one first.
    pub const ALL: [Reach; 4] = [Reach::Branch, Reach::Own, Reach::Chosen, Reach::Zone];
    /// Unions that can be chosen for one account. A zone has about fifty (片区化: 50 unions or 5,000 members to a zone).
    pub const MOST: usize = 200;

    /// The word on the screen.
    pub fn label(self) -> &'static str {
        match self {
            Reach::Branch => "本级及下级",
            Reach::Own => "本级",
            Reach::Chosen => "指定",
            Reach::Zone => "片区",
        }
    }

    /// The code that is stored.
    pub fn code(self) -> &'static str {
        match self {
            Reach::Branch => "branch",
            Reach::Own => "own",
            Reach::Chosen => "chosen",
            Reach::Zone => "zone",
        }
    }

    /// Reads a stored code.
    pub fn from_code(code: &str) -> Option<Reach> {
        Reach::ALL.into_iter().find(|reach| reach.code() == code)
    }

    /// Whether unions are named one by one.
    pub fn names_unions(self) -> bool {
        matches!(self, Reach::Chosen | Reach::Zone)
    }

    /// Whether an account of this role can have it.
    pub fn suits(self, role: Role) -> bool {
        match self {
            Reach::Branch => true,
            Reach::Own | Reach::Chosen => role.needs_union(),
            Reach::Zone => role == Role::FieldWorker,
        }
    }
}

/// An account (账号) with the place of its union.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What the person types to sign in.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What the person is here for.
    pub role: Role,
    /// The union it belongs to.
    pub union_id: Option<UnionOrgId>,
    /// That union's name.
    pub union_name: Option<String>,
    /// That union's place in the tree today; `None` when it has no union or the union is gone.
    pub path: Option<UnionPath>,
    /// Which unions it sees.
    pub reach: Reach,
    /// The places today of the unions named for it; those that have no place any more are not among them.
    pub named: Vec<Part>,
    /// True until the person has chosen a password.
    pub must_change_password: bool,
    /// When the password was last set.
    pub password_set_at: Timestamp,
    /// Whether an authenticator app has been confirmed for it (动态口令).
    pub has_second_factor: bool,
    /// Wrong passwords and codes in a row.
    pub failed_count: i64,
    /// No sign-in before this instant.
    pub locked_until: Option<Timestamp>,
    /// Since when the account is out of use.
    pub disabled_at: Option<Timestamp>,
    /// The last successful sign-in.
    pub last_sign_in_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
}

/// How a page names whoever acted or is to act: the surname, then stars; of two, one for the other (`王芳（代 李明）`), both. Colleagues
/// know who it is; what is printed, exported or read on a telephone beside an employer or a member does not name them. In full they
/// stand only where they are held to account or managed: in the journal (谁看过 with it), among the accounts and what accounts do to each
/// other, and in the mark of a file. What is no person's name, the system and a member by their number, stays as it is.
pub fn shown_name(name: &str) -> String {
    let is_nobody = ["system(", "会员本人"]
        .iter()
        .any(|start| name.starts_with(start));
    if is_nobody {
        return name.to_owned();
    }
    match name
        .split_once("（代 ")
        .and_then(|(own, rest)| Some((own, rest.strip_suffix('）')?)))
    {
        Some((own, principal)) => format!("{}（代 {}）", mask_name(own), mask_name(principal)),
        None => mask_name(name),
    }
}

impl Account {
    /// What this account sees. Fails closed: a role that needs a union sees nothing without one.
    pub fn scope(&self) -> Scope {
        let own = match (&self.path, self.union_id, self.role) {
            (Some(path), _, _) => path,
            (None, None, role) if !role.needs_union() => return Scope::Everything,
            _ => return Scope::Nothing,
        };
        match self.reach {
            Reach::Branch => Scope::subtree(own.clone()),
            Reach::Own => Scope::of([Part::Single(own.clone())]),
            Reach::Chosen => Scope::of(self.named.iter().cloned()),
            Reach::Zone => Scope::of(self.named.iter().cloned().chain([Part::Single(own.clone())])),
        }
    }

    /// Until when sign-in is refused, if it is.
    pub fn locked_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.locked_until.filter(|until| *until > now)
    }
}

/// What somebody who has signed in must do before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstDuty {
    /// Choose a password in place of the one-time one.
    ReplacePassword,
    /// Choose a new password, because the security policy lets no password live that long.
    RenewPassword,
    /// Set up the second factor, because the security policy asks it of this role.
    SetUpSecondFactor,
}

/// Wrong passwords and codes in a row before an account is locked (GB/T 22239-2019 8.1.4.1 b asks for such a limit).
pub const FAILURES_BEFORE_LOCK: i64 = 5;
/// How long a locked account stays locked.
pub const LOCK_TIME: Duration = Duration::from_secs(15 * 60);
/// A session ends after this long without a request.
pub const SESSION_IDLE: Duration = Duration::from_secs(4 * 3600);
/// A session ends after this long in any case: one working day.
pub const SESSION_LENGTH: Duration = Duration::from_secs(12 * 3600);

/// Until when an account is locked from now on, after this many wrong passwords in a row.
pub fn lock_after(failed_count: i64, now: Timestamp) -> Option<Timestamp> {
    (failed_count >= FAILURES_BEFORE_LOCK).then(|| now.plus(LOCK_TIME))
}

/// A sign-in on one device (登录会话).
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Its id.
    pub id: codes::id::SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// When it began.
    pub created_at: Timestamp,
    /// The last request, to the minute.
    pub seen_at: Timestamp,
    /// When it ends in any case.
    pub expires_at: Timestamp,
    /// When it was ended by somebody.
    pub ended_at: Option<Timestamp>,
    /// The address it came from.
    pub address: Option<String>,
    /// The browser, as it names itself.
    pub user_agent: Option<String>,
    /// Under which authorisation it acts for somebody else at present (代办).
    pub delegation_id: Option<DelegationId>,
    /// How it was opened.
    pub way: SignInWay,
}

impl Session {
    /// Whether requests are still taken.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.ended_at.is_none() && now < self.expires_at && now < self.seen_at.plus(SESSION_IDLE)
    }
}

/// A login name that cannot be typed safely. The words are for the person who chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("登录名须为 3–32 位小写字母、数字、点、横线或下划线，以字母开头")]
pub struct BadLogin;

/// Whether a login name can be used.
pub fn check_login(login: &str) -> Result<(), BadLogin> {
    let sound = (3..=32).contains(&login.len())
        && login.starts_with(|first: char| first.is_ascii_lowercase())
        && login
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte));
    if sound { Ok(()) } else { Err(BadLogin) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(role: Role, union: bool, path: bool) -> Account {
        let now = Timestamp(0);
        Account {
            id: AccountId::from_uuid(uuid::Uuid::nil()),
            login: "wang".into(),
            name: "王".into(),
            role,
            union_id: union.then(|| UnionOrgId::from_uuid(uuid::Uuid::nil())),
            union_name: None,
            path: path.then(|| UnionPath::root(0)),
            reach: Reach::Branch,
            named: Vec::new(),
            must_change_password: false,
            password_set_at: now,
            has_second_factor: false,
            failed_count: 0,
            locked_until: None,
            disabled_at: None,
            last_sign_in_at: None,
            created_at: now,
            changed_at: now,
        }
    }

    #[test]
    fn scope_fails_closed() {
        assert_eq!(account(Role::CityOfficer, false, false).scope(), Scope::Nothing);
        assert_eq!(
            account(Role::SystemAdministrator, true, false).scope(),
            Scope::Nothing
        );
        assert_eq!(
            account(Role::SecurityAuditor, false, false).scope(),
            Scope::Everything
        );
        assert_eq!(
            account(Role::TownOfficer, true, true).scope(),
            Scope::subtree(UnionPath::root(0))
        );
    }

    #[test]
    fn each_reach_is_its_own_piece_of_the_tree() {
        let of = |reach, named: &[Part]| Account {
            reach,
            named: named.to_vec(),
            ..account(Role::FieldWorker, true, true)
        };
        let (town, base) = (UnionPath::root(0), UnionPath::root(0).child(7));
        let named = [Part::Branch(base.clone())];
        assert_eq!(
            of(Reach::Own, &[]).scope(),
            Scope::of([Part::Single(town.clone())])
        );
        assert_eq!(of(Reach::Chosen, &named).scope(), Scope::subtree(base.clone()));
        assert_eq!(
            of(Reach::Chosen, &[]).scope(),
            Scope::Nothing,
            "all of them are gone"
        );
        assert_eq!(
            of(Reach::Zone, &named).scope(),
            Scope::of([Part::Single(town), Part::Branch(base)])
        );
        let homeless = Account {
            reach: Reach::Chosen,
            named: named.to_vec(),
            ..account(Role::FieldWorker, true, false)
        };
        assert_eq!(
            homeless.scope(),
            Scope::Nothing,
            "whoever belongs nowhere sees nothing"
        );
        assert!(!Reach::Zone.suits(Role::TownOfficer) && !Reach::Own.suits(Role::SecurityAdministrator));
    }

    #[test]
    fn the_fifth_wrong_password_locks() {
        let now = Timestamp(1_000);
        assert_eq!(lock_after(4, now), None);
        assert_eq!(lock_after(5, now), Some(now.plus(LOCK_TIME)));
    }

    #[test]
    fn whoever_acted_is_named_by_the_surname_and_nobody_stays_nobody() {
        for (name, shown) in [
            ("王芳", "王*"),
            ("王芳（代 李建国）", "王*（代 李**）"),
            ("system(serve)", "system(serve)"),
            ("会员本人（M1）", "会员本人（M1）"),
        ] {
            assert_eq!(shown_name(name), shown);
        }
    }

    #[test]
    fn a_login_name_can_be_typed_anywhere() {
        assert_eq!(check_login("wang.li-2"), Ok(()));
        for wrong in ["", "ab", "2wang", "Wang", "王小明", "wang li", &"a".repeat(33)] {
            assert_eq!(check_login(wrong), Err(BadLogin), "{wrong}");
        }
    }

    #[test]
    fn administrators_neither_act_for_others_nor_are_acted_for() {
        for role in Role::ALL {
            assert!(!(role.is_administrator() && role.is_delegable()), "{role:?}");
            assert_eq!(role.is_administrator(), Role::ADMINISTRATORS.contains(&role));
        }
        assert!(!Role::Auditor.is_delegable() && !Role::System.is_delegable());
    }

    #[test]
    fn a_session_ends_by_time_and_by_idleness() {
        let start = Timestamp(0);
        let session = Session {
            id: codes::id::SessionId::from_uuid(uuid::Uuid::nil()),
            account_id: AccountId::from_uuid(uuid::Uuid::nil()),
            created_at: start,
            seen_at: start,
            expires_at: start.plus(SESSION_LENGTH),
            ended_at: None,
            address: None,
            user_agent: None,
            delegation_id: None,
            way: SignInWay::Password,
        };
        assert!(session.is_open(start));
        assert!(!session.is_open(start.plus(SESSION_IDLE)));
        let busy = Session {
            seen_at: start.plus(SESSION_LENGTH),
            ..session.clone()
        };
        assert!(!busy.is_open(start.plus(SESSION_LENGTH)));
        assert!(
            !Session {
                ended_at: Some(start),
                ..session
            }
            .is_open(start)
        );
    }
}
