//! What the security administrator (安全管理员) does with accounts. Nobody makes or touches an account beyond their own scope.

use codes::id::{AccountId, UnionOrgId};
use domain::accounts::{Account, Role, check_login};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Tx;
use store::accounts::AccountFilter;
use store::list_query::{Direction, Page, Window};

use super::password::{self, OneTimePassword};
use super::reach::{self, ReachForm};
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::paging::After;
use crate::security::policy_in_force;

/// Login of the security administrator that `gonghui init` makes, who then opens the other two administrators' accounts.
pub const FIRST_ADMIN: &str = "admin";

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The login name.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// What the person is here for.
    pub role: Role,
    /// The union it belongs to.
    pub union_id: Option<UnionOrgId>,
    /// Which unions it sees.
    pub reach: ReachForm,
}

/// How a new account gets its first password.
#[derive(Clone)]
pub enum FirstPassword {
    /// Made by the system, to be changed at the first sign-in: the only way for people.
    OneTime,
    /// Given and kept, as for the accounts of a demo city. Only the system account may do so.
    Given(String),
}

/// What can be changed of an account.
#[derive(Debug, Clone)]
pub struct AccountForm {
    /// The person's name.
    pub name: String,
    /// What the person is here for.
    pub role: Role,
    /// The union it belongs to.
    pub union_id: Option<UnionOrgId>,
    /// Which unions it sees.
    pub reach: ReachForm,
}

/// What the list of accounts is asked for, as it stands in the address bar.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountListParams {
    /// Login or name contains this.
    pub q: String,
    /// Of this role, by its code.
    pub role: String,
    /// `active`, `disabled` or nothing for both.
    pub state: String,
    /// Which column.
    pub sort: String,
    /// Largest first.
    pub desc: bool,
    /// Which page, from 1.
    pub page: u32,
    /// Rows a page; the usual fifty when 0.
    pub size: u32,
}

/// A page of accounts.
#[derive(Debug, Clone)]
pub struct AccountList {
    /// The rows.
    pub rows: Vec<Account>,
    /// How many rows on all pages.
    pub total: i64,
    /// Rows a page.
    pub page_size: u32,
}

const PAGE_SIZE: u32 = 50;

impl AppError {
    /// No such account in sight.
    pub fn no_account() -> AppError {
        AppError::not_found("ACC-405", "没有这个账号")
    }
}

/// What of an account goes into the journal.
fn journalled(account: &Account, reach: &str) -> Value {
    json!({
        "login": account.login,
        "name": account.name,
        "role": account.role.code(),
        "union_id": account.union_id,
        "reach": reach,
        "is_disabled": account.disabled_at.is_some(),
    })
}

fn entry(action: JournalAction, account: &Account) -> JournalEntry {
    let entry = JournalEntry::new(action, SubjectKind::Account, account.id.uuid());
    match &account.path {
        Some(path) => entry.at_path(path),
        None => entry,
    }
}

/// Makes the first account, a security administrator's, and answers the one-time password; `None` when there is one already.
pub async fn init_admin(app: &App) -> Result<Option<OneTimePassword>, AppError> {
    if app
        .store
        .read()
        .await?
        .account_count(Role::SecurityAdministrator)
        .await?
        > 0
    {
        return Ok(None);
    }
    let new = NewAccount {
        login: FIRST_ADMIN.to_owned(),
        name: "安全管理员".to_owned(),
        role: Role::SecurityAdministrator,
        union_id: None,
        reach: ReachForm::default(),
    };
    let (_, password) = create_account(&app.system("init"), app, new, FirstPassword::OneTime).await?;
    Ok(password)
}

/// Makes an account (新建账号) and answers its one-time password, unless one was given.
///
/// # Errors
/// `ACC-120` with the fields that are wrong.
pub async fn create_account(
    op: &OpContext,
    app: &App,
    new: NewAccount,
    first: FirstPassword,
) -> Result<(Account, Option<OneTimePassword>), AppError> {
    op.may(Action::ManageAccounts)?;
    check_login(&new.login).map_err(|weak| wrong("login", weak.to_string()))?;
    let one_time = OneTimePassword::make();
    let (secret, is_one_time) = match &first {
        FirstPassword::OneTime => (one_time.as_str(), true),
        FirstPassword::Given(given) if op.role() == Role::System => {
            if let Some(fault) = domain::password::faults(&new.login, &new.name, given).first() {
                return Err(wrong("password", fault.sentence()));
            }
            (given.as_str(), false)
        }
        FirstPassword::Given(_) => return Err(wrong("password", "初始密码由系统生成".to_owned())),
    };
    let hash = password::hash(secret).await?;
    let now = op.now();
    let account = Account {
        id: op.new_id(),
        login: new.login,
        name: new.name.trim().to_owned(),
        role: new.role,
        union_id: new.union_id,
        union_name: None,
        path: None,
        reach: new.reach.kind,
        named: Vec::new(),
        must_change_password: is_one_time,
        password_set_at: now,
        has_second_factor: false,
        failed_count: 0,
        locked_until: None,
        disabled_at: None,
        last_sign_in_at: None,
        created_at: now,
        changed_at: now,
    };
    check_name(&account.name)?;
    let mut tx = app.store.begin().await?;
    no_second_office(op, &mut tx, &account).await?;
    let unions = reach::read_form(op, &mut tx, &account, &new.reach).await?;
    tx.add_account(&account, &hash).await.map_err(|error| {
        if error.is_conflict_on("account", &["login"]) {
            wrong("login", "登录名已被使用".to_owned())
        } else {
            AppError::from(error)
        }
    })?;
    reach::keep(op, &mut tx, &account, &unions).await?;
    let account = placed(op, &mut tx, account.id).await?;
    let reach = reach::words(&mut tx, &account).await?;
    tx.journal(
        &op.by(),
        entry(JournalAction::AccountCreated, &account).after(&journalled(&account, &reach)),
    )
    .await?;
    tx.commit().await?;
    Ok((account, is_one_time.then_some(one_time)))
}

pub(super) fn wrong(field: &'static str, message: String) -> AppError {
    AppError::invalid("ACC-120", "账号未保存").field(field, message)
}

fn check_name(name: &str) -> Result<(), AppError> {
    match name.chars().count() {
        1..=50 => Ok(()),
        _ => Err(wrong("name", "姓名须为 1–50 个字".to_owned())),
    }
}

/// Reads the account back with the place of its union, and refuses a place that is not the actor's to give.
async fn placed(op: &OpContext, tx: &mut Tx, id: AccountId) -> Result<Account, AppError> {
    let account = tx.account(id).await?.ok_or_else(AppError::no_account)?;
    if account.role == Role::System {
        return Err(wrong("role", "系统账号不能登录，也不能新建".to_owned()));
    }
    match (account.union_id, &account.path) {
        (None, _) if account.role.needs_union() => {
            Err(wrong("union_id", "该角色必须隶属一个工会".to_owned()))
        }
        (Some(_), None) => Err(wrong("union_id", "没有这个工会".to_owned())),
        (_, path) if !op.sees(path.as_ref()) => Err(wrong("union_id", "不在您的管理范围内".to_owned())),
        _ if !op.scope().covers(&account.scope()) => Err(wrong(
            "reach",
            "比您自己的数据范围大，不能给出；请选“本级”，或只指定您看得到的工会".to_owned(),
        )),
        _ => Ok(account),
    }
}

/// One account in sight.
pub async fn account(op: &OpContext, app: &App, id: AccountId) -> Result<Account, AppError> {
    op.may(Action::SeeAccounts)?;
    let account = app.store.read().await?.account(id).await?;
    account
        .filter(|account| op.sees(account.path.as_ref()))
        .ok_or_else(AppError::no_account)
}

/// One account in sight, by its login name.
pub async fn account_by_login(op: &OpContext, app: &App, login: &str) -> Result<Account, AppError> {
    op.may(Action::SeeAccounts)?;
    let account = app.store.read().await?.account_by_login(login).await?;
    account
        .filter(|account| op.sees(account.path.as_ref()))
        .ok_or_else(AppError::no_account)
}

/// Accounts in sight, by page (账号列表).
pub async fn accounts(
    op: &OpContext,
    app: &App,
    params: &AccountListParams,
) -> Result<AccountList, AppError> {
    let size = if params.size == 0 { PAGE_SIZE } else { params.size };
    let (rows, total) = listed(op, app, params, Page::number(params.page, size).into()).await?;
    Ok(AccountList {
        rows,
        total,
        page_size: size,
    })
}

/// The same in the order of their logins, after one of them, and how many there are in all.
pub async fn accounts_after(
    op: &OpContext,
    app: &App,
    params: &AccountListParams,
    after: &After,
) -> Result<(Vec<Account>, i64), AppError> {
    listed(op, app, params, after.text().into()).await
}

async fn listed(
    op: &OpContext,
    app: &App,
    params: &AccountListParams,
    window: Window,
) -> Result<(Vec<Account>, i64), AppError> {
    op.may(Action::SeeAccounts)?;
    let text = params.q.trim();
    let filter = AccountFilter {
        text: (!text.is_empty()).then(|| text.to_owned()),
        role: Role::from_code(&params.role),
        is_disabled: match params.state.as_str() {
            "active" => Some(false),
            "disabled" => Some(true),
            _ => None,
        },
    };
    let sort = if params.sort.is_empty() {
        "union"
    } else {
        params.sort.as_str()
    };
    let direction = if params.desc {
        Direction::Descending
    } else {
        Direction::Ascending
    };
    let mut reader = app.store.read().await?;
    Ok(reader
        .account_list(op.scope(), &filter, (sort, direction), window)
        .await?)
}

/// Changes name, role, union or reach (修改账号). Sessions go on, with the new role and scope from the next request.
pub async fn save_account(
    op: &OpContext,
    app: &App,
    id: AccountId,
    form: AccountForm,
) -> Result<Account, AppError> {
    let (mut tx, before) = load(op, app, id).await?;
    let reach_before = reach::words(&mut tx, &before).await?;
    if op.person_id() == Some(id) && form.role != before.role {
        return Err(wrong("role", "不能修改自己的角色".to_owned()));
    }
    if form.role != before.role && (form.role.is_administrator() || before.role.is_administrator()) {
        return Err(wrong(
            "role",
            "三员账号不能改作其他角色，其他账号也不能改作三员：请另开账号，原账号停用".to_owned(),
        ));
    }
    let name = form.name.trim().to_owned();
    check_name(&name)?;
    let changed = Account {
        name,
        role: form.role,
        union_id: form.union_id,
        reach: form.reach.kind,
        changed_at: op.now(),
        ..before.clone()
    };
    no_second_office(op, &mut tx, &changed).await?;
    let unions = reach::read_form(op, &mut tx, &changed, &form.reach).await?;
    tx.save_account(&changed).await?;
    reach::keep(op, &mut tx, &changed, &unions).await?;
    let after = placed(op, &mut tx, id).await?;
    let reach_after = reach::words(&mut tx, &after).await?;
    let entry = entry(JournalAction::AccountChanged, &after)
        .before(&journalled(&before, &reach_before))
        .after(&journalled(&after, &reach_after));
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(after)
}

/// Takes an account out of use and ends its sessions (停用).
pub async fn disable_account(op: &OpContext, app: &App, id: AccountId) -> Result<(), AppError> {
    op.may(Action::ManageAccounts)?;
    let mut tx = app.store.begin().await?;
    tx.hold_administrators().await?;
    let account = in_hand(op, &mut tx, id).await?;
    if op.person_id() == Some(id) {
        return Err(AppError::conflict("ACC-130", "不能停用自己的账号"));
    }
    keep_one_administrator(&mut tx, &account).await?;
    let now = op.now();
    tx.end_sessions(id, None, now).await?;
    tx.forget_sign_in_steps(id, now).await?;
    let changed = Account {
        disabled_at: account.disabled_at.or(Some(now)),
        changed_at: now,
        ..account
    };
    save(op, tx, changed, JournalAction::AccountDisabled).await
}

/// Takes an account back into use (启用).
pub async fn enable_account(op: &OpContext, app: &App, id: AccountId) -> Result<(), AppError> {
    let (tx, account) = load(op, app, id).await?;
    let changed = Account {
        disabled_at: None,
        changed_at: op.now(),
        ..account
    };
    save(op, tx, changed, JournalAction::AccountEnabled).await
}

/// Lifts a lock before its time (解除锁定).
pub async fn unlock_account(op: &OpContext, app: &App, id: AccountId) -> Result<(), AppError> {
    let (tx, account) = load(op, app, id).await?;
    let changed = Account {
        locked_until: None,
        failed_count: 0,
        changed_at: op.now(),
        ..account
    };
    save(op, tx, changed, JournalAction::AccountUnlocked).await
}

/// Gives an account a new one-time password and ends its sessions (重置密码). Nobody resets their own: whoever found an open desk would.
///
/// # Errors
/// `ACC-133` for one's own.
pub async fn reset_password(op: &OpContext, app: &App, id: AccountId) -> Result<OneTimePassword, AppError> {
    op.may(Action::ManageAccounts)?;
    if op.person_id() == Some(id) {
        return Err(AppError::conflict("ACC-133", "不能重置自己的密码")
            .hint("请在右上角姓名 → 修改密码 中凭原密码修改；忘记原密码的，由另一位安全管理员重置，或在服务器上运行 gonghui rescue"));
    }
    let one_time = OneTimePassword::make();
    let hash = password::hash(one_time.as_str()).await?;
    let (mut tx, account) = load(op, app, id).await?;
    let now = op.now();
    let remembered = policy_in_force(&mut tx).await?.password_history;
    tx.set_password(id, &hash, true, i64::from(remembered), now)
        .await?;
    tx.end_sessions(id, None, now).await?;
    tx.forget_sign_in_steps(id, now).await?;
    tx.journal(&op.by(), entry(JournalAction::PasswordReset, &account))
        .await?;
    tx.commit().await?;
    Ok(one_time)
}

/// What the machine's own account does for a security administrator whom nobody else can help: a new one-time password, no
/// second factor, no binding to an identity provider, no lock, all sessions ended (救援): nobody who came in before does so by
/// what they had. Not for an account that was taken out of use.
///
/// # Errors
/// `ACC-403` for anybody but the command line, `ACC-405` unknown, `ACC-103` out of use.
pub async fn rescue_account(op: &OpContext, app: &App, login: &str) -> Result<OneTimePassword, AppError> {
    if op.role() != Role::System {
        return Err(AppError::forbidden("ACC-403", "只能在服务器的命令行上救援账号"));
    }
    let one_time = OneTimePassword::make();
    let hash = password::hash(one_time.as_str()).await?;
    let now = op.now();
    let mut tx = app.store.begin().await?;
    let known = tx.account_by_login(login).await?;
    let known = known
        .filter(|account| account.role != Role::System)
        .ok_or_else(AppError::no_account)?;
    let account = tx
        .account_to_change(known.id)
        .await?
        .ok_or_else(AppError::no_account)?;
    if account.disabled_at.is_some() {
        return Err(AppError::account_disabled());
    }
    let had_factor = tx.remove_second_factor(account.id).await?;
    // Whoever signs in by a binding at this moment waits for the account, and then finds the binding gone.
    let was_bound = tx.remove_identities(account.id).await? > 0;
    let remembered = policy_in_force(&mut tx).await?.password_history;
    tx.set_password(account.id, &hash, true, i64::from(remembered), now)
        .await?;
    tx.end_sessions(account.id, None, now).await?;
    tx.forget_sign_in_steps(account.id, now).await?;
    if had_factor {
        tx.journal(&op.by(), entry(JournalAction::SecondFactorReset, &account))
            .await?;
    }
    if was_bound {
        tx.journal(&op.by(), entry(JournalAction::IdentityUnbound, &account))
            .await?;
    }
    tx.journal(&op.by(), entry(JournalAction::PasswordReset, &account))
        .await?;
    tx.commit().await?;
    Ok(one_time)
}

/// An account in sight of whoever manages accounts, with a transaction to change it in.
pub(crate) async fn load(op: &OpContext, app: &App, id: AccountId) -> Result<(Tx, Account), AppError> {
    op.may(Action::ManageAccounts)?;
    let mut tx = app.store.begin().await?;
    let account = in_hand(op, &mut tx, id).await?;
    Ok((tx, account))
}

/// An account in sight of whoever manages accounts, held until the transaction ends.
async fn in_hand(op: &OpContext, tx: &mut Tx, id: AccountId) -> Result<Account, AppError> {
    let account = tx.account_to_change(id).await?;
    let account = account
        .filter(|account| op.sees(account.path.as_ref()))
        .ok_or_else(AppError::no_account)?;
    // Whoever could give such an account a new password could see what it sees.
    if !op.scope().covers(&account.scope()) {
        return Err(
            AppError::forbidden("ACC-406", "该账号的数据范围比您的大，不能由您管理")
                .hint("请由上级的安全管理员办理"),
        );
    }
    Ok(account)
}

/// An account in sight of whoever manages accounts.
pub(crate) async fn managed(op: &OpContext, app: &App, id: AccountId) -> Result<Account, AppError> {
    op.may(Action::ManageAccounts)?;
    account(op, app, id).await
}

/// Without a security administrator nobody could make one. The other two are opened by this one.
async fn keep_one_administrator(tx: &mut Tx, account: &Account) -> Result<(), AppError> {
    let role = Role::SecurityAdministrator;
    let is_counted = account.role == role && account.disabled_at.is_none();
    if is_counted && tx.account_count(role).await? <= 1 {
        return Err(AppError::conflict("ACC-131", "这是最后一个安全管理员").hint("请先新建另一个安全管理员"));
    }
    Ok(())
}

/// Nobody is two of the three administrators (三员). One account has one role; a second account is noticed by its name. The
/// built-in account is not asked: it makes the first ones and demo cities.
async fn no_second_office(op: &OpContext, tx: &mut Tx, account: &Account) -> Result<(), AppError> {
    if op.role() == Role::System || !account.role.is_administrator() {
        return Ok(());
    }
    let namesakes = tx.namesakes(&account.name).await?;
    let other = namesakes
        .into_iter()
        .find(|other| other.id != account.id && other.role.is_administrator() && other.role != account.role);
    match other {
        None => Ok(()),
        Some(other) => Err(wrong(
            "name",
            format!(
                "{}已是{}（{}），三员须由不同的人担任；如果是同名的另一人，请在姓名后注明",
                other.name,
                other.role.label(),
                other.login
            ),
        )),
    }
}

async fn save(op: &OpContext, mut tx: Tx, account: Account, action: JournalAction) -> Result<(), AppError> {
    tx.save_account(&account).await?;
    tx.journal(&op.by(), entry(action, &account)).await?;
    Ok(tx.commit().await?)
}
