//! The frame around every page: navigation with counts, search, who is signed in, what just happened.

/// Which entry of the navigation is lit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Here {
    Home,
    Verify,
    Task,
    Work,
    Mine,
    UnionOrg,
    Employer,
    Member,
    MemberRequest,
    Duplicate,
    Intake,
    Run,
    Rule,
    Quality,
    Term,
    LegalPerson,
    Zone,
    Notice,
    Dictionary,
    Account,
    Security,
    Approval,
    Job,
    Journal,
    Nowhere,
}

#[derive(Debug, Clone)]
pub struct NavLink {
    pub here: Here,
    pub href: &'static str,
    pub label: &'static str,
    pub icon: &'static str,
    pub count: Option<i64>,
    pub is_hot: bool,
}

#[derive(Debug, Clone)]
pub struct NavGroup {
    pub label: &'static str,
    pub links: Vec<NavLink>,
}

/// Who is signed in, as the top bar says it; the name is masked as everywhere.
#[derive(Debug, Clone)]
pub struct Who {
    pub name: String,
    pub role: String,
    pub place: String,
}

/// For whom the person acts at present: said on every page.
#[derive(Debug, Clone)]
pub struct ActingFor {
    /// The other's name, masked, with role and union.
    pub principal: String,
    pub role: String,
    pub place: String,
    /// The person's own name, masked.
    pub own: String,
    /// The last day of the authorisation.
    pub until: String,
}

/// One sentence about what the last act did; `tone` is `good`, `bad` or `note`.
#[derive(Debug, Clone)]
pub struct Flash {
    pub tone: &'static str,
    pub text: String,
}

impl Flash {
    pub fn good(text: impl Into<String>) -> Flash {
        Flash {
            tone: "good",
            text: text.into(),
        }
    }

    pub fn bad(text: impl Into<String>) -> Flash {
        Flash {
            tone: "bad",
            text: text.into(),
        }
    }

    pub fn note(text: impl Into<String>) -> Flash {
        Flash {
            tone: "note",
            text: text.into(),
        }
    }

    pub fn icon(&self) -> &'static str {
        match self.tone {
            "good" => "circle-check",
            "bad" => "alert-triangle",
            _ => "info-circle",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Frame {
    pub title: String,
    /// Of whom the page is, where its title names an act: for the tab of the browser.
    pub about: String,
    pub here: Here,
    pub nav: Vec<NavGroup>,
    pub tabs: Vec<NavLink>,
    pub who: Option<Who>,
    pub acting: Option<ActingFor>,
    /// The last day for setting a second factor up, for whoever still has to.
    pub factor_due: Option<String>,
    pub flash: Option<Flash>,
    pub search: String,
    /// Whether there is anything that this role could look for.
    pub can_search: bool,
    /// Whether one's account can be bound to the unit's own identity provider.
    pub has_provider: bool,
}

/// Open items by list, and what the navigation may show to this role.
#[derive(Debug, Clone, Copy, Default)]
pub struct NavFacts {
    /// Whether `/` is a page for this role; for the others it leads on to where their work begins.
    pub shows_home: bool,
    pub verify_open: Option<i64>,
    pub task_open: Option<i64>,
    pub work_open: Option<i64>,
    pub mine_open: Option<i64>,
    pub shows_lists: bool,
    pub shows_unions: bool,
    pub shows_members: bool,
    pub shows_notice: bool,
    pub shows_batches: bool,
    pub shows_runs: bool,
    pub shows_accounts: bool,
    pub shows_jobs: bool,
    pub shows_journal: bool,
    pub shows_approvals: bool,
    pub approvals_waiting: i64,
    pub shows_security: bool,
}

/// So many tabs stand at the thumb, beside the one that opens the menu.
const TABS: usize = 4;

impl Frame {
    pub fn new(title: impl Into<String>, here: Here, who: Option<Who>, facts: NavFacts) -> Frame {
        let mut tabs = Vec::new();
        if facts.shows_home {
            tabs.push(link(Here::Home, "/", "工作台", "layout-dashboard"));
        }
        if facts.shows_lists {
            tabs.push(counted(
                link(Here::Mine, "/mine", "待办", "user-check"),
                facts.mine_open,
                true,
            ));
            tabs.push(link(Here::Verify, "/worklist/verify", "核实", "clipboard-check"));
            tabs.push(link(Here::Task, "/worklist/task", "任务", "list-check"));
        } else {
            let begins = [
                (
                    facts.shows_unions,
                    link(Here::UnionOrg, "/union", "工会", "building-community"),
                ),
                (
                    facts.shows_members,
                    link(Here::Member, "/member", "会员", "users"),
                ),
                (
                    facts.shows_members,
                    link(Here::MemberRequest, "/member/request", "申请", "user-check"),
                ),
                (
                    facts.shows_accounts,
                    link(Here::Account, "/account", "账号", "users"),
                ),
                (
                    facts.shows_security,
                    link(Here::Security, "/security", "策略", "lock"),
                ),
                (
                    facts.shows_journal,
                    link(Here::Journal, "/journal", "日志", "history"),
                ),
                (facts.shows_jobs, link(Here::Job, "/job", "任务", "player-play")),
            ];
            let shown = begins.into_iter().filter(|(is_shown, _)| *is_shown);
            tabs.extend(shown.map(|(_, link)| link).take(TABS - tabs.len()));
        }
        Frame {
            title: title.into(),
            about: String::new(),
            here,
            nav: groups(facts),
            tabs,
            who,
            acting: None,
            factor_due: None,
            flash: None,
            search: String::new(),
            can_search: facts.shows_lists || facts.shows_unions,
            has_provider: false,
        }
    }

    pub fn flash(mut self, flash: Option<Flash>) -> Frame {
        self.flash = flash;
        self
    }

    /// Names in the browser's tab of whom the page is.
    pub fn about(mut self, name: &str) -> Frame {
        self.about = name.to_owned();
        self
    }

    pub fn acting(mut self, acting: Option<ActingFor>) -> Frame {
        self.acting = acting;
        self
    }

    pub fn factor_due(mut self, due: Option<String>) -> Frame {
        self.factor_due = due;
        self
    }

    pub fn provider(mut self, has_provider: bool) -> Frame {
        self.has_provider = has_provider;
        self
    }

    pub fn is_here(&self, here: &Here) -> bool {
        self.here == *here
    }

    pub fn asset(&self, name: &str) -> Option<String> {
        super::asset(name)
    }

    pub fn icon(&self, name: &str) -> String {
        super::icon(name)
    }
}

fn link(here: Here, href: &'static str, label: &'static str, icon: &'static str) -> NavLink {
    NavLink {
        here,
        href,
        label,
        icon,
        count: None,
        is_hot: false,
    }
}

/// A count of zero is not shown: an empty list needs no badge.
fn counted(link: NavLink, count: Option<i64>, is_hot: bool) -> NavLink {
    NavLink {
        count: count.filter(|count| *count > 0),
        is_hot,
        ..link
    }
}

fn groups(facts: NavFacts) -> Vec<NavGroup> {
    let entries = [
        (
            "工作",
            facts.shows_home,
            link(Here::Home, "/", "工作台", "layout-dashboard"),
        ),
        (
            "工作",
            facts.shows_lists,
            counted(
                link(Here::Verify, "/worklist/verify", "核实清单", "clipboard-check"),
                facts.verify_open,
                false,
            ),
        ),
        (
            "工作",
            facts.shows_lists,
            counted(
                link(Here::Task, "/worklist/task", "任务清单", "list-check"),
                facts.task_open,
                false,
            ),
        ),
        (
            "工作",
            facts.shows_lists,
            counted(
                link(Here::Work, "/worklist/work", "工作清单", "file-text"),
                facts.work_open,
                false,
            ),
        ),
        (
            "工作",
            facts.shows_lists,
            counted(
                link(Here::Mine, "/mine", "我的待办", "user-check"),
                facts.mine_open,
                true,
            ),
        ),
        (
            "工作",
            facts.shows_approvals,
            counted(
                link(Here::Approval, "/approval", "双人复核", "shield-lock"),
                Some(facts.approvals_waiting),
                true,
            ),
        ),
        (
            "组织",
            facts.shows_unions,
            link(Here::UnionOrg, "/union", "工会组织", "building-community"),
        ),
        (
            "组织",
            facts.shows_unions,
            link(Here::Term, "/term", "换届提醒", "history"),
        ),
        (
            "组织",
            facts.shows_unions,
            link(Here::LegalPerson, "/legal-person", "法人登记", "shield-lock"),
        ),
        (
            "组织",
            facts.shows_unions,
            link(Here::Zone, "/zone", "片区", "map-2"),
        ),
        (
            "组织",
            facts.shows_lists,
            link(Here::Employer, "/employer", "用人单位", "building-factory-2"),
        ),
        (
            "组织",
            facts.shows_members,
            link(Here::Member, "/member", "会员", "users"),
        ),
        (
            "组织",
            facts.shows_members,
            link(Here::MemberRequest, "/member/request", "会籍申请", "user-check"),
        ),
        (
            "组织",
            facts.shows_notice,
            link(Here::Notice, "/notice", "告知书", "file-text"),
        ),
        (
            "组织",
            facts.shows_members,
            link(Here::Duplicate, "/member/duplicate", "重复会员", "git-compare"),
        ),
        (
            "数据",
            facts.shows_batches,
            link(Here::Intake, "/intake", "数据批次", "database-import"),
        ),
        (
            "数据",
            facts.shows_runs,
            link(Here::Run, "/run", "比对运行", "git-compare"),
        ),
        (
            "数据",
            facts.shows_lists || facts.shows_runs,
            link(Here::Rule, "/rule", "比对规则", "scale"),
        ),
        (
            "数据",
            facts.shows_unions,
            link(Here::Quality, "/quality", "数据质量", "circle-check"),
        ),
        (
            "数据",
            facts.shows_unions || facts.shows_batches,
            link(Here::Dictionary, "/dictionary", "数据字典", "columns-3"),
        ),
        (
            "系统",
            facts.shows_accounts,
            link(Here::Account, "/account", "账号与角色", "users"),
        ),
        (
            "系统",
            facts.shows_security,
            link(Here::Security, "/security", "安全策略", "lock"),
        ),
        (
            "系统",
            facts.shows_jobs,
            link(Here::Job, "/job", "后台任务", "player-play"),
        ),
        (
            "系统",
            facts.shows_journal,
            link(Here::Journal, "/journal", "操作日志", "history"),
        ),
    ];
    let mut groups: Vec<NavGroup> = Vec::new();
    for (label, _, link) in entries.into_iter().filter(|(_, is_shown, _)| *is_shown) {
        match groups.last_mut() {
            Some(group) if group.label == label => group.links.push(link),
            _ => groups.push(NavGroup {
                label,
                links: vec![link],
            }),
        }
    }
    groups
}
