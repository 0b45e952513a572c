//! 账号: who has one, what they may do and what they see. Opening and changing accounts is for people in the console.

use app::accounts::{self, AccountListParams, ReachUnion};
use app::element_right;
use codes::id::AccountId;
use domain::accounts::{Account, Role, shown_name};
use domain::api_token::TokenScope;
use domain::element_right::Section;
use domain::permission::{Action, may};
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};

/// 列表中的一个账号。
#[derive(Debug, Serialize, JsonSchema)]
struct AccountLine {
    /// 账号的标识
    #[schemars(extend("format" = "uuid"))]
    account_id: String,
    /// 登录名
    login: String,
    /// 姓名，已脱敏
    name: String,
    /// 角色代码
    role: String,
    /// 角色
    role_label: String,
    /// 工会名称，账号所属的；全市性的账号没有
    union_name: Option<String>,
    /// 数据范围代码：branch、own、chosen、zone
    reach: String,
    /// 数据范围
    reach_label: String,
    /// 是否停用
    is_disabled: bool,
    /// 最近登录的时间（北京时间）
    last_sign_in_at: Option<String>,
}

/// 一个账号。
#[derive(Debug, Serialize, JsonSchema)]
struct AccountCard {
    /// 列表中的各项
    account: AccountLine,
    /// “指定”或“片区”里的工会
    unions: Vec<AccountUnion>,
    /// 是否设置了动态口令
    has_second_factor: bool,
    /// 开通的时间（北京时间）
    created_at: String,
}

/// 数据范围里的一家工会。
#[derive(Debug, Serialize, JsonSchema)]
struct AccountUnion {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 是否含下级
    with_below: bool,
}

/// 角色权限表。
#[derive(Debug, Serialize, JsonSchema)]
struct Permissions {
    /// 各项操作
    items: Vec<Permission>,
}

/// 哪些角色能做一项操作。
#[derive(Debug, Serialize, JsonSchema)]
struct Permission {
    /// 操作
    action: String,
    /// 能做的角色，代码
    roles: Vec<String>,
}

/// 数据元权限。
#[derive(Debug, Serialize, JsonSchema)]
struct ElementRights {
    /// 每个角色对每一项的每种权限
    items: Vec<ElementRight>,
}

/// 一个角色对一项数据元的一种权限；角色没有相应功能的不列出，一律不能。
#[derive(Debug, Serialize, JsonSchema)]
struct ElementRight {
    /// 数据的种类
    kind: String,
    /// 数据元
    element: String,
    /// 数据元的名称
    element_label: String,
    /// 登记途径
    section: String,
    /// 角色代码
    role: String,
    /// 权限：write 修改，reveal 填写原因后查看明文
    right: String,
    /// 现在能不能
    is_allowed: bool,
    /// 默认能不能
    is_shipped: bool,
    /// 由谁调整，已脱敏；按默认的为 null
    set_by: Option<String>,
    /// 调整的时间（北京时间）；按默认的为 null
    set_at: Option<String>,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "账号与角色";
    let roles = Role::ALL
        .iter()
        .filter(|role| **role != Role::System)
        .map(|role| (role.code(), role.label()))
        .collect();
    let states = vec![("active", "在用"), ("disabled", "已停用")];
    vec![
        Endpoint::get("/accounts", "listAccounts", tag, "账号列表")
            .about("数据范围内的账号，按登录名排序。开通和修改账号只能由人在控制台进行。")
            .needs(TokenScope::AccountRead)
            .query([
                Param::new("q", "登录名或姓名的一部分", Shape::Text { min: 1, max: 50 }),
                Param::new("role", "角色", Shape::Choice(roles)),
                Param::new("state", "状态", Shape::Choice(states)),
            ])
            .query(paging())
            .answers::<Page<AccountLine>>(200)
            .run(list),
        Endpoint::get("/accounts/{account_id}", "getAccount", tag, "一个账号")
            .about("角色、数据范围，指定或片区的还有其中的工会。")
            .needs(TokenScope::AccountRead)
            .at(Param::new("account_id", "账号的标识", Shape::Id))
            .answers::<AccountCard>(200)
            .run(one),
        Endpoint::get("/permissions", "listPermissions", tag, "角色权限表")
            .about("没有列出的一律不能；看得见哪些数据，另由所属工会和数据范围决定。")
            .needs(TokenScope::AccountRead)
            .answers::<Permissions>(200)
            .run(permissions),
        Endpoint::get("/element-rights", "listElementRights", tag, "数据元权限")
            .about("哪个角色能改哪一项、能查看哪一项的明文，默认如何、谁在什么时候调整过。调整只能由安全管理员在控制台进行。")
            .needs(TokenScope::AccountRead)
            .answers::<ElementRights>(200)
            .run(element_rights),
    ]
}

async fn permissions(asked: Asked) -> Result<Answer, Refusal> {
    asked.op()?.may(Action::SeeAccounts)?;
    let people = || Role::ALL.into_iter().filter(|role| *role != Role::System);
    let items = Action::ALL.into_iter().map(|action| Permission {
        action: action.label().to_owned(),
        roles: people()
            .filter(|role| may(*role, action))
            .map(|role| role.code().to_owned())
            .collect(),
    });
    Answer::json(&Permissions {
        items: items.collect(),
    })
}

async fn element_rights(asked: Asked) -> Result<Answer, Refusal> {
    let rights = element_right::element_rights(asked.op()?, &asked.web.app).await?;
    let items = element_right::lines(&rights).into_iter().map(|line| {
        let (set_by, set_at) = line.set.unzip();
        ElementRight {
            kind: line.kind.name().to_owned(),
            element: line.element.name.clone(),
            element_label: line.element.zh.clone(),
            section: Section::of(line.kind, &line.element.name).label().to_owned(),
            role: line.role.code().to_owned(),
            right: line.right.code().to_owned(),
            is_allowed: line.is_allowed,
            is_shipped: line.is_shipped,
            set_by,
            set_at: set_at.map(|at| at.to_string()),
        }
    });
    Answer::json(&ElementRights {
        items: items.collect(),
    })
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let params = AccountListParams {
        q: asked.words("q"),
        role: asked.words("role"),
        state: asked.words("state"),
        ..AccountListParams::default()
    };
    let (op, app) = (asked.op()?, &asked.web.app);
    let found = accounts::accounts_after(op, app, &params, &asked.after()?).await?;
    asked.page(found, |account| account.login.clone(), line_of)
}

fn line_of(account: Account) -> AccountLine {
    AccountLine {
        account_id: account.id.to_string(),
        name: shown_name(&account.name),
        role: account.role.code().to_owned(),
        role_label: account.role.label().to_owned(),
        reach: account.reach.code().to_owned(),
        reach_label: account.reach.label().to_owned(),
        is_disabled: account.disabled_at.is_some(),
        last_sign_in_at: account.last_sign_in_at.map(|at| at.to_string()),
        login: account.login,
        union_name: account.union_name,
    }
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let id: AccountId = asked
        .words("account_id")
        .parse()
        .map_err(|_| app::error::AppError::no_account())?;
    let op = asked.op()?;
    let account = accounts::account(op, &asked.web.app, id).await?;
    let unions = accounts::account_reach(op, &asked.web.app, id).await?;
    Answer::json(&AccountCard {
        unions: unions.into_iter().map(union_of).collect(),
        has_second_factor: account.has_second_factor,
        created_at: account.created_at.to_string(),
        account: line_of(account),
    })
}

fn union_of(union: ReachUnion) -> AccountUnion {
    AccountUnion {
        union_id: union.union_id,
        union_name: union.name,
        with_below: union.with_below,
    }
}
