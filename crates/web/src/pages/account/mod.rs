//! 账号与角色: list, create, reset, disable; one's own and others' sign-ins.

pub mod view;

use app::accounts::{self, AccountListParams, FirstPassword, NamedUnion, NewAccount, ReachForm, UnionMeant};
use app::api_token;
use app::error::{AppError, ErrorKind};
use app::identity;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use codes::id::{AccountId, UnionOrgId};
use domain::accounts::{Account, Reach, Role};
use domain::permission::{Action, may};

use self::view::{AccountForm, AccountPage, IdentityCard, ReachPicks};
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::pages::api_token::row_of as row_of_token;
use crate::pages::session;
use crate::pages::union_picker::{FIND, UnionPicker, ask_to_choose, meant, picks_for};
use crate::ui::{
    Cell, Empty, Field, Flash, Head, Here, Listing, Pager, Select, Table, Tone, UrlQuery, number,
};

/// Roles that a person can be given.
fn roles() -> Vec<(String, String)> {
    Role::ALL
        .iter()
        .filter(|role| **role != Role::System)
        .map(|role| (role.code().to_owned(), role.label().to_owned()))
        .collect()
}

/// Kinds of reach, the usual one first.
fn reaches() -> Vec<(String, String)> {
    Reach::ALL
        .iter()
        .map(|reach| {
            let label = match reach {
                Reach::Branch => "本级及下级（通常）",
                Reach::Own => "只有本级",
                Reach::Chosen => "指定的工会",
                Reach::Zone => "片区（片区专职工作者）",
            };
            (reach.code().to_owned(), label.to_owned())
        })
        .collect()
}

/// The reach of an account in a word, with the number of unions that are named for it.
fn reach_words(account: &Account) -> String {
    match (account.union_id, account.reach) {
        (None, _) => "全部".to_owned(),
        (Some(_), reach) if reach.names_unions() => format!("{} {} 家", reach.label(), account.named.len()),
        (Some(_), reach) => reach.label().to_owned(),
    }
}

fn standing(account: &Account, person: &Person) -> (&'static str, Tone) {
    match (
        account.disabled_at,
        account.locked_at(person.op.now()),
        account.must_change_password,
    ) {
        (Some(_), ..) => ("已停用", Tone::Grey),
        (_, Some(_), _) => ("已锁定", Tone::Red),
        (.., true) => ("待首次改密", Tone::Yellow),
        _ => ("正常", Tone::Green),
    }
}

/// `GET /account`.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/account", &query.unwrap_or_default());
    let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let params = AccountListParams {
        q: text("q"),
        role: text("role"),
        state: text("state"),
        sort: text("sort"),
        desc: query.get("desc") == Some("1"),
        page: query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1),
        size: 0,
    };
    let found = accounts::accounts(&person.op, &web.app, &params).await?;
    let states = [("active", "在用"), ("disabled", "已停用")]
        .map(|(code, label)| (code.to_owned(), label.to_owned()))
        .to_vec();
    let select = |name, label, any, options| Select {
        name,
        label,
        any,
        value: query.get(name).unwrap_or_default().to_owned(),
        options,
    };
    let view = Listing {
        frame: person.frame(&web, "账号与角色", Here::Account).await?,
        crumbs: vec![("系统".to_owned(), None), ("账号与角色".to_owned(), None)],
        summary: format!("{} 个账号", number(found.total)),
        path: "/account".to_owned(),
        actions: [
            Some(("/account/matrix", "角色权限表")),
            Some(("/element-right", "数据元权限")),
            person
                .can(Action::ManageAccounts)
                .then_some(("/account/new", "＋ 开通账号")),
        ]
        .into_iter()
        .flatten()
        .map(|(href, label)| (href.to_owned(), label.to_owned()))
        .collect(),
        search: Some(("账号或姓名", params.q.clone())),
        selects: vec![
            select("role", "角色", "全部角色", roles()),
            select("state", "状态", "全部状态", states),
        ],
        days: Vec::new(),
        table: Table {
            heads: vec![
                Head::new("姓名").sorts(&query, "name"),
                Head::new("角色"),
                Head::new("所属工会"),
                Head::new("数据范围"),
                Head::new("最近登录"),
                Head::new("状态"),
            ],
            rows: found
                .rows
                .iter()
                .map(|account| row_of(account, &person))
                .collect(),
            empty: Empty::no_match("/account"),
        },
        pager: Some(Pager::fixed(found.total, &query, found.page_size)),
    };
    page(&view)
}

/// `GET /account/matrix`: what each role may do. Whatever is not ticked is refused.
pub async fn matrix(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    person.op.may(Action::SeeAccounts)?;
    let roles: Vec<Role> = Role::ALL
        .into_iter()
        .filter(|role| *role != Role::System)
        .collect();
    let ticks = |action: Action| {
        let ticked = roles.iter().map(move |role| may(*role, action));
        ticked.map(|may| Cell::new(if may { "✓" } else { "" }))
    };
    page(&Listing {
        frame: person.frame(&web, "角色权限表", Here::Account).await?,
        crumbs: vec![
            ("系统".to_owned(), None),
            ("账号与角色".to_owned(), Some("/account".to_owned())),
            ("角色权限表".to_owned(), None),
        ],
        summary: "没有打勾的一律不能；看得见哪些数据，另由所属工会和数据范围决定".to_owned(),
        path: "/account/matrix".to_owned(),
        actions: vec![("/element-right".to_owned(), "数据元权限".to_owned())],
        search: None,
        selects: Vec::new(),
        days: Vec::new(),
        table: Table {
            heads: [Head::new("操作")]
                .into_iter()
                .chain(roles.iter().map(|role| Head::new(role.label())))
                .collect(),
            rows: Action::ALL
                .into_iter()
                .map(|action| {
                    [Cell::new(action.label())]
                        .into_iter()
                        .chain(ticks(action))
                        .collect()
                })
                .collect(),
            empty: Empty::default(),
        },
        pager: None,
    })
}

fn row_of(account: &Account, person: &Person) -> Vec<Cell> {
    let (state, tone) = standing(account, person);
    vec![
        Cell::new(account.name.clone())
            .link(format!("/account/{}", account.id))
            .code(account.login.clone()),
        Cell::new(account.role.label()),
        Cell::new(account.union_name.clone().unwrap_or_default()),
        Cell::new(reach_words(account)),
        Cell::new(
            account
                .last_sign_in_at
                .map(|at| at.to_minute())
                .unwrap_or_default(),
        ),
        Cell::new(state).tone(tone),
    ]
}

fn account_id(text: &str) -> Result<AccountId, AppError> {
    text.parse().map_err(|_| AppError::no_account())
}

/// `GET /account/{id}`.
pub async fn account(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    show(&web, &person, account_id(&id)?, None, None).await
}

async fn show(
    web: &Web,
    person: &Person,
    id: AccountId,
    one_time: Option<String>,
    wrong: Option<&AppError>,
) -> Result<Response, Fault> {
    let account = accounts::account(&person.op, &web.app, id).await?;
    let (state, tone) = standing(&account, person);
    let is_own = person.op.person_id() == Some(id);
    let can_manage = person.can(Action::ManageAccounts);
    let devices = match (can_manage, is_own) {
        (true, _) => {
            let open = accounts::account_sessions(&person.op, &web.app, id).await?;
            let end = |session| format!("/account/{id}/session/{session}");
            Some(session::rows(&open, person.op.session, end))
        }
        (false, true) => {
            let open = accounts::sessions(&person.op, &web.app).await?;
            let end = |session| format!("/session/{session}/end");
            Some(session::rows(&open, person.op.session, end))
        }
        (false, false) => None,
    };
    // One's own binding is a matter of one's own page, with the password.
    let is_own = person.op.person_id() == Some(id);
    let identity = match can_manage && !is_own && identity::is_offered(&web.app) {
        true => Some(identity_card(web, person, id, wrong).await?),
        false => None,
    };
    let view = AccountPage {
        frame: person.frame(web, &account.name, Here::Account).await?,
        id: account.id.to_string(),
        sign_in_name: account.login.clone(),
        state: state.to_owned(),
        tone,
        is_active: account.disabled_at.is_none(),
        is_locked: account.locked_at(person.op.now()).is_some(),
        one_time,
        facts: [
            ("角色", Some(account.role.label().to_owned())),
            ("所属工会", account.union_name.clone()),
            ("数据范围", Some(reach_words(&account))),
            (
                "动态口令",
                Some(
                    if account.has_second_factor {
                        "已设置"
                    } else {
                        "未设置"
                    }
                    .to_owned(),
                ),
            ),
            ("最近登录", account.last_sign_in_at.map(|at| at.to_minute())),
            ("密码设置", Some(account.password_set_at.to_minute())),
            ("开通", Some(account.created_at.to_minute())),
            ("停用", account.disabled_at.map(|at| at.to_minute())),
        ]
        .into_iter()
        .filter(|(label, value)| value.is_some() || *label != "停用")
        .map(|(label, value)| (label.to_owned(), value.unwrap_or_else(|| "—".to_owned())))
        .collect(),
        reach: if account.reach.names_unions() {
            accounts::account_reach(&person.op, &web.app, id).await?
        } else {
            Vec::new()
        },
        devices,
        has_second_factor: account.has_second_factor,
        identity,
        tokens: api_token::tokens(&person.op, &web.app, id)
            .await?
            .iter()
            .filter(|token| token.is_valid(person.op.now()))
            .map(|token| row_of_token(token, person))
            .collect(),
        can_manage,
        is_own,
    };
    page(&view)
}

async fn identity_card(
    web: &Web,
    person: &Person,
    id: AccountId,
    wrong: Option<&AppError>,
) -> Result<IdentityCard, AppError> {
    let bound = identity::account_identity(&person.op, &web.app, id).await?;
    let wrong: Vec<(String, String)> = wrong
        .map(|error| match error.fields.first() {
            Some(field) => field.message.clone(),
            None => error.message.clone(),
        })
        .map(|message| ("subject".to_owned(), message))
        .into_iter()
        .collect();
    Ok(IdentityCard {
        facts: bound
            .map(|bound| {
                let used = bound.used_at.map(|at| at.to_minute());
                vec![
                    ("身份标识", bound.subject_hint),
                    (
                        "绑定",
                        format!("{}，{}", bound.bound_at.to_minute(), bound.bound_by_name),
                    ),
                    ("最近用它登录", used.unwrap_or_else(|| "还没有".to_owned())),
                ]
            })
            .unwrap_or_default(),
        subject: Field::text("subject", "身份标识（sub）", "")
            .longest(255)
            .errors(&wrong),
    })
}

/// `POST /account/{id}/identity`: binds it to a subject of the identity provider.
pub async fn bind(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let account = account_id(&id)?;
    match identity::bind_account(&person.op, &web.app, account, &form.text("subject")).await {
        Ok(()) => Ok(go(
            &format!("/account/{id}"),
            Flash::good("统一身份认证已绑定，本人可以用它登录。"),
        )),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let mut response = show(&web, &person, account, None, Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// Which account the form is about: one to be opened, or one to be changed.
struct Subject {
    title: String,
    action: String,
    back: String,
    submit: &'static str,
    is_new: bool,
}

impl Subject {
    fn new_account() -> Subject {
        Subject {
            title: "开通账号".to_owned(),
            action: "/account".to_owned(),
            back: "/account".to_owned(),
            submit: "开通",
            is_new: true,
        }
    }

    fn known(account: &Account) -> Subject {
        Subject {
            title: format!("修改账号 {}", account.login),
            action: format!("/account/{}/edit", account.id),
            back: format!("/account/{}", account.id),
            submit: "保存",
            is_new: false,
        }
    }
}

async fn form_page(
    web: &Web,
    person: &Person,
    subject: &Subject,
    typed: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    person.op.may(Action::ManageAccounts)?;
    let union = UnionPicker::of(web, person, typed, "所属工会").await?;
    let wrong: Vec<(String, String)> = error
        .map(|error| {
            error
                .fields
                .iter()
                .map(|field| (field.field.to_owned(), field.message.clone()))
                .collect()
        })
        .unwrap_or_default();
    let wrong_at = |field: &str| {
        let found = wrong.iter().find(|(name, _)| name == field);
        found.map(|(_, text)| text.clone())
    };
    let mut fields = vec![
        Field::text("name", "姓名", typed.text("name"))
            .longest(30)
            .autocomplete("off"),
        Field::select("role", "角色", typed.text("role"), roles()),
        Field::select("reach", "数据范围", typed.text("reach"), reaches()).help("看得见哪些工会和它们的数据"),
    ];
    if subject.is_new {
        let login = Field::text("login", "登录名", typed.text("login"))
            .longest(32)
            .autocomplete("off")
            .help("小写字母开头，3–32 位字母、数字、点、横线");
        fields.insert(1, login);
    }
    let mut response = page(&AccountForm {
        frame: person.frame(web, &subject.title, Here::Account).await?,
        action: subject.action.clone(),
        back: subject.back.clone(),
        submit: subject.submit,
        is_new: subject.is_new,
        wrong: error.map(|error| error.message.clone()),
        union: UnionPicker {
            from: "/account/union",
            help: "名称的一部分（如“西店”），或工会标识、代码；按 ↓ 进入候选。三员可不填",
            wrong: wrong_at("union_id"),
            ..union
        },
        reach: reach_picks(web, person, typed, wrong_at("reach_union")).await?,
        fields: fields.into_iter().map(|field| field.errors(&wrong)).collect(),
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// `GET /account/new`.
pub async fn create_form(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let typed = Posted::read(&query.unwrap_or_default());
    form_page(&web, &person, &Subject::new_account(), &typed, None).await
}

/// `GET /account/{id}/edit`.
pub async fn edit_form(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let account = accounts::account(&person.op, &web.app, account_id(&id)?).await?;
    let union = account.union_name.clone().unwrap_or_default();
    let mut held = UrlQuery::default()
        .with("name", &account.name)
        .with("role", account.role.code())
        .with("reach", account.reach.code())
        .with("union_text", &union);
    for union in accounts::account_reach(&person.op, &web.app, account.id).await? {
        held = held.and("reach_union", &union.union_id);
        if union.with_below {
            held = held.and("reach_below", &union.union_id);
        }
    }
    form_page(
        &web,
        &person,
        &Subject::known(&account),
        &Posted::read(&held.query()),
        None,
    )
    .await
}

/// `POST /account/{id}/edit`: name, role, union. Sessions go on, with the new reach from the next page.
pub async fn edit(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let account = accounts::account(&person.op, &web.app, account_id(&id)?).await?;
    let subject = Subject::known(&account);
    if form.get(FIND).is_some() {
        return form_page(&web, &person, &subject, &form, None).await;
    }
    match save(&web, &person, account.id, &form).await {
        Ok(saved) => Ok(go(
            &subject.back,
            Flash::good(format!("{} 的账号已修改。", saved.name)),
        )),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            form_page(&web, &person, &subject, &form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn save(web: &Web, person: &Person, id: AccountId, form: &Posted) -> Result<Account, AppError> {
    let changed = accounts::AccountForm {
        name: form.text("name"),
        role: role_of(form)?,
        union_id: union_of(web, person, form).await?,
        reach: reach_of(form)?,
    };
    accounts::save_account(&person.op, &web.app, id, changed).await
}

/// `GET /account/union`: the unions that fit what has been typed so far.
pub async fn unions(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    person.op.may(Action::ManageAccounts)?;
    let typed = Posted::read(&query.unwrap_or_default());
    page(&picks_for(&web, &person, &typed).await?)
}

/// `POST /account`: makes it and shows the one-time password, once.
pub async fn create(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let subject = Subject::new_account();
    if form.get(FIND).is_some() {
        return form_page(&web, &person, &subject, &form, None).await;
    }
    match new_account(&web, &person, &form).await {
        Ok((account, password)) => show(&web, &person, account.id, password, None).await,
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            form_page(&web, &person, &subject, &form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The unions ticked in the form.
fn named_of(form: &Posted) -> Vec<NamedUnion> {
    let below = form.all("reach_below");
    form.all("reach_union")
        .into_iter()
        .map(|union_id| NamedUnion {
            with_below: below.contains(&union_id),
            union_id,
        })
        .collect()
}

/// The reach that the form asks for. A form without the field means the usual one; ticks count only where the kind names unions.
fn reach_of(form: &Posted) -> Result<ReachForm, AppError> {
    let kind = match form.text("reach").as_str() {
        "" => Reach::Branch,
        code => Reach::from_code(code).ok_or_else(|| wrong("reach", "请选择数据范围"))?,
    };
    Ok(ReachForm {
        kind,
        unions: if kind.names_unions() {
            named_of(form)
        } else {
            Vec::new()
        },
    })
}

/// The check boxes of the form: what is ticked stays, what was looked for comes below.
async fn reach_picks(
    web: &Web,
    person: &Person,
    typed: &Posted,
    wrong: Option<String>,
) -> Result<ReachPicks, AppError> {
    let text = typed.text("reach_text");
    let chosen = accounts::named_unions(&person.op, &web.app, &named_of(typed)).await?;
    let found = accounts::union_choices(&person.op, &web.app, &text).await?;
    Ok(ReachPicks::new(&text, chosen, found, wrong))
}

fn role_of(form: &Posted) -> Result<Role, AppError> {
    Role::from_code(&form.text("role")).ok_or_else(|| wrong("role", "请选择角色"))
}

async fn new_account(
    web: &Web,
    person: &Person,
    form: &Posted,
) -> Result<(Account, Option<String>), AppError> {
    person.op.may(Action::ManageAccounts)?;
    let new = NewAccount {
        login: form.text("login"),
        name: form.text("name"),
        role: role_of(form)?,
        union_id: union_of(web, person, form).await?,
        reach: reach_of(form)?,
    };
    let (account, password) =
        accounts::create_account(&person.op, &web.app, new, FirstPassword::OneTime).await?;
    Ok((account, password.map(|password| password.as_str().to_owned())))
}

fn wrong(field: &'static str, message: impl Into<String>) -> AppError {
    AppError::invalid("ACC-120", "账号未保存").field(field, message)
}

/// The union that the form names: the chosen one, or the only one that its text can mean. Nobody's reach is guessed:
/// a text that several unions fit, or one of which it is only a part, comes back with the candidates.
async fn union_of(web: &Web, person: &Person, form: &Posted) -> Result<Option<UnionOrgId>, AppError> {
    let text = meant(form);
    if text.trim().is_empty() {
        return Ok(None);
    }
    match accounts::union_meant(&person.op, &web.app, text.trim()).await? {
        UnionMeant::One(id) => Ok(Some(id)),
        UnionMeant::Choose(choices) => Err(wrong("union_id", ask_to_choose(&text, choices.total))),
    }
}

/// `POST /account/{id}/reset`: the new one-time password is shown once and kept nowhere.
pub async fn reset(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
) -> Result<Response, Fault> {
    let id = account_id(&id)?;
    let password = accounts::reset_password(&person.op, &web.app, id).await?;
    show(&web, &person, id, Some(password.as_str().to_owned()), None).await
}

/// `POST /account/{id}/session/{session}`: ends one device of somebody.
pub async fn end_session(
    State(web): State<Web>,
    person: Person,
    Path((id, session)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let session = session::session_id(&session)?;
    accounts::end_account_session(&person.op, &web.app, account_id(&id)?, session).await?;
    Ok(go(
        &format!("/account/{id}"),
        Flash::good("该设备已退出，它的下一次操作就会被拒绝。"),
    ))
}

/// `POST /account/{id}/{what}`: disable, enable, unlock, reset the second factor, end all sessions.
pub async fn change(
    State(web): State<Web>,
    person: Person,
    Path((id, what)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let account = account_id(&id)?;
    let words = match what.as_str() {
        "disable" => {
            accounts::disable_account(&person.op, &web.app, account).await?;
            "账号已停用，全部会话已退出。"
        }
        "enable" => {
            accounts::enable_account(&person.op, &web.app, account).await?;
            "账号已恢复使用。"
        }
        "unlock" => {
            accounts::unlock_account(&person.op, &web.app, account).await?;
            "已解除锁定。"
        }
        "reset-second-factor" => {
            accounts::reset_second_factor(&person.op, &web.app, account).await?;
            "动态口令已重置，全部会话已退出。"
        }
        "unbind-identity" => {
            identity::unbind_account(&person.op, &web.app, account).await?;
            "统一身份认证的绑定已解除，用它登录的会话已退出。"
        }
        "end-sessions" => {
            accounts::end_account_sessions(&person.op, &web.app, account).await?;
            "该账号的会话已全部退出。"
        }
        _ => return Err(AppError::not_found("WEB-404", "没有这个页面").into()),
    };
    Ok(go(&format!("/account/{id}"), Flash::good(words)))
}
