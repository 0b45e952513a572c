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
    Intake,
    Run,
    Rule,
    Account,
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

/// One sentence about what the last act did; `tone` is `good`, `bad` or `note`.
#[derive(Debug, Clone)]
pub struct Flash {
    pub tone: &'static str,
    pub text: String,
}

impl Flash {
    pub fn good(text: impl Into<String>) -> Flash {
        Flash { tone: "good", text: text.into() }
    }

    pub fn bad(text: impl Into<String>) -> Flash {
        Flash { tone: "bad", text: text.into() }
    }

    pub fn note(text: impl Into<String>) -> Flash {
        Flash { tone: "note", text: text.into() }
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
    pub here: Here,
    pub nav: Vec<NavGroup>,
    pub tabs: Vec<NavLink>,
    pub who: Option<Who>,
    pub flash: Option<Flash>,
    pub search: String,
}

/// Open items by list, and what the navigation may show to this role.
#[derive(Debug, Clone, Copy, Default)]
pub struct NavFacts {
    pub verify_open: Option<i64>,
    pub task_open: Option<i64>,
    pub work_open: Option<i64>,
    pub mine_open: Option<i64>,
    pub mine_overdue: Option<i64>,
    pub shows_registers: bool,
    pub shows_data: bool,
    pub shows_accounts: bool,
    pub shows_journal: bool,
}

impl Frame {
    pub fn new(title: impl Into<String>, here: Here, who: Option<Who>, facts: NavFacts) -> Frame {
        let tabs = vec![
            link(Here::Home, "/", "工作台", "layout-dashboard"),
            counted(link(Here::Mine, "/mine", "待办", "user-check"), facts.mine_open, true),
            link(Here::Verify, "/worklist/verify", "核实", "clipboard-check"),
            link(Here::Task, "/worklist/task", "任务", "list-check"),
        ];
        Frame { title: title.into(), here, nav: groups(facts), tabs, who, flash: None, search: String::new() }
    }

    pub fn flash(mut self, flash: Option<Flash>) -> Frame {
        self.flash = flash;
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
    NavLink { here, href, label, icon, count: None, is_hot: false }
}

/// A count of zero is not shown: an empty list needs no badge.
fn counted(link: NavLink, count: Option<i64>, is_hot: bool) -> NavLink {
    NavLink { count: count.filter(|count| *count > 0), is_hot, ..link }
}

fn groups(facts: NavFacts) -> Vec<NavGroup> {
    let mut groups = vec![NavGroup {
        label: "工作",
        links: vec![
            link(Here::Home, "/", "工作台", "layout-dashboard"),
            counted(link(Here::Verify, "/worklist/verify", "核实清单", "clipboard-check"), facts.verify_open, false),
            counted(link(Here::Task, "/worklist/task", "任务清单", "list-check"), facts.task_open, false),
            counted(link(Here::Work, "/worklist/work", "工作清单", "file-text"), facts.work_open, false),
            counted(
                link(Here::Mine, "/mine", "我的待办", "user-check"),
                facts.mine_open,
                facts.mine_overdue.is_some_and(|count| count > 0),
            ),
        ],
    }];
    if facts.shows_registers {
        groups.push(NavGroup {
            label: "组织",
            links: vec![
                link(Here::UnionOrg, "/union", "工会组织", "building-community"),
                link(Here::Employer, "/employer", "用人单位", "building-factory-2"),
            ],
        });
    }
    let mut data = Vec::new();
    if facts.shows_data {
        data.push(link(Here::Intake, "/intake", "数据批次", "database-import"));
        data.push(link(Here::Run, "/run", "比对运行", "git-compare"));
    }
    data.push(link(Here::Rule, "/rule", "比对规则", "scale"));
    groups.push(NavGroup { label: "数据", links: data });
    let mut system = Vec::new();
    if facts.shows_accounts {
        system.push(link(Here::Account, "/account", "账号与角色", "users"));
    }
    if facts.shows_journal {
        system.push(link(Here::Journal, "/journal", "操作日志", "history"));
    }
    if !system.is_empty() {
        groups.push(NavGroup { label: "系统", links: system });
    }
    groups
}
