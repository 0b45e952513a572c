//! 安全策略: what the security administrator decides about passwords, second factors and the two-person rule.

pub mod view;

use std::collections::BTreeMap;

use app::error::{AppError, ErrorKind};
use app::security::{save_security_policy, security_policy};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::accounts::Role;
use domain::security::{Limit, RoleLimits, SecurityPolicy};

use self::view::SecurityPage;
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::ui::{Field, Flash, Here};

/// `GET /security`.
pub async fn form(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let policy = security_policy(&person.op, &web.app).await?;
    let typed = Typed {
        days: policy.password_days.to_string(),
        history: policy.password_history.to_string(),
        grace: policy.second_factor_grace_days.to_string(),
        limits: Limit::ALL.map(|limit| policy.for_everybody(limit).to_string()),
        by_role: by_role_of(&policy),
        roles: policy.second_factor_roles.into_iter().collect(),
    };
    show(&web, &person, typed, None).await
}

/// The limits of single roles, as they are typed.
fn by_role_of(policy: &SecurityPolicy) -> BTreeMap<(String, &'static str), String> {
    let limits = policy.by_role.iter().flat_map(|(code, limits)| {
        let own = |limit: Limit| Some(((code.clone(), limit.field()), limits.of(limit)?.to_string()));
        Limit::ALL.into_iter().filter_map(own)
    });
    limits.collect()
}

/// The name of the field of a role's own limit.
fn role_field(role: Role, limit: Limit) -> String {
    format!("{}.{}", limit.field(), role.code())
}

/// The roles that have something to limit.
fn limited_roles() -> impl Iterator<Item = Role> {
    Role::ALL
        .into_iter()
        .filter(|role| Limit::ALL.iter().any(|limit| limit.concerns(*role)))
}

/// The fields as they were typed.
struct Typed {
    days: String,
    history: String,
    grace: String,
    limits: [String; 3],
    /// By role and limit; empty: that of everybody.
    by_role: BTreeMap<(String, &'static str), String>,
    roles: Vec<String>,
}

async fn show(web: &Web, person: &Person, typed: Typed, error: Option<&AppError>) -> Result<Response, Fault> {
    let wrong: Vec<(String, String)> = error
        .map(|error| {
            let fields = error.fields.iter();
            fields
                .map(|field| (field.field.to_owned(), field.message.clone()))
                .collect()
        })
        .unwrap_or_default();
    let count = |name, label, value: String, help: &'static str| {
        Field::text(name, label, value)
            .longest(9)
            .help(help)
            .errors(&wrong)
    };
    let roles = Role::ALL.into_iter().filter(|role| *role != Role::System);
    let mut response = page(&SecurityPage {
        frame: person.frame(web, "安全策略", Here::Security).await?,
        wrong: error.map(|error| error.message.clone()),
        requirements: domain::password::REQUIREMENTS,
        passwords: vec![
            count(
                "password_days",
                "密码更换期限（天）",
                typed.days,
                "0 表示不限；等级保护三级要求定期更换，一般填 90",
            ),
            count(
                "password_history",
                "不得重复最近几次的密码",
                typed.history,
                "0–24；填 0 也不能与现用密码相同",
            ),
        ],
        grace: count(
            "second_factor_grace_days",
            "宽限（天）",
            typed.grace,
            "从要求这个角色或开通账号起算，0–90；填 0 的，下一次操作就须设置",
        ),
        limits: Limit::ALL
            .into_iter()
            .zip(typed.limits)
            .map(|(limit, value)| count(limit.field(), limit.label(), value, help_of(limit)))
            .collect(),
        limit_heads: Limit::ALL.iter().map(|limit| limit.short()).collect(),
        by_role: limited_roles()
            .map(|role| {
                let cell = |limit: Limit| {
                    let key = (role.code().to_owned(), limit.field());
                    let value = typed.by_role.get(&key).cloned().unwrap_or_default();
                    limit.concerns(role).then(|| (role_field(role, limit), value))
                };
                (role.label(), Limit::ALL.map(cell).to_vec())
            })
            .collect(),
        by_role_wrong: error.and_then(|error| {
            let field = error.fields.iter().find(|field| field.field == "by_role");
            field.map(|field| field.message.clone())
        }),
        roles: roles
            .map(|role| {
                let is_asked = typed.roles.iter().any(|code| code == role.code());
                (role.code().to_owned(), role.label().to_owned(), is_asked)
            })
            .collect(),
    })?;
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn help_of(limit: Limit) -> &'static str {
    match limit {
        Limit::ExportRows => "超过时须由另一人复核同意；不脱敏的按人按天累计；0 表示不限",
        Limit::ChangeUnions => "调整上级、合并、分立、撤销涉及的工会更多时须复核；0 表示不限",
        Limit::ChangeRows => {
            "组织变更涉及的会员、匿名化的会籍、导入改动或撤销批次的行更多时须复核；0 表示不限"
        }
    }
}

/// `POST /security`.
pub async fn save(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let typed = Typed {
        days: form.text("password_days"),
        history: form.text("password_history"),
        grace: form.text("second_factor_grace_days"),
        limits: Limit::ALL.map(|limit| form.text(limit.field())),
        by_role: limited_roles()
            .flat_map(|role| Limit::ALL.map(|limit| (role, limit)))
            .map(|(role, limit)| {
                let value = form.text(&role_field(role, limit));
                ((role.code().to_owned(), limit.field()), value)
            })
            .collect(),
        roles: form.all("second_factor_role"),
    };
    let saved = match policy_of(&typed) {
        Ok(policy) => save_security_policy(&person.op, &web.app, policy).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(go(
            "/security",
            Flash::good("安全策略已保存，从各人下一次操作起生效。"),
        )),
        Err(error) if error.kind == ErrorKind::Invalid => show(&web, &person, typed, Some(&error)).await,
        Err(error) => Err(error.into()),
    }
}

/// An empty or unreadable number is a mistake, never a zero: here a zero means "no limit".
fn policy_of(typed: &Typed) -> Result<SecurityPolicy, AppError> {
    let mut error = AppError::invalid("SEC-120", "安全策略未保存");
    let mut number = |field, text: &str| {
        text.trim().parse::<u32>().unwrap_or_else(|_| {
            error.fields.push(app::error::FieldError {
                field,
                message: "请填写整数".to_owned(),
            });
            0
        })
    };
    let [exported, unions, rows] = &typed.limits;
    let policy = SecurityPolicy {
        password_days: number("password_days", &typed.days),
        password_history: number("password_history", &typed.history),
        second_factor_roles: typed.roles.iter().cloned().collect(),
        second_factor_grace_days: number("second_factor_grace_days", &typed.grace),
        second_factor_since: BTreeMap::new(),
        export_rows_alone: number(Limit::ExportRows.field(), exported),
        change_unions_alone: number(Limit::ChangeUnions.field(), unions),
        change_rows_alone: number(Limit::ChangeRows.field(), rows),
        by_role: BTreeMap::new(),
    };
    let mut by_role: BTreeMap<String, RoleLimits> = BTreeMap::new();
    for ((code, field), text) in typed.by_role.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let limit = Limit::ALL.into_iter().find(|limit| limit.field() == *field);
        let (Some(role), Some(limit)) = (Role::from_code(code), limit) else {
            continue;
        };
        match text.trim().parse::<u32>() {
            Ok(value) => by_role.entry(code.clone()).or_default().set(limit, Some(value)),
            Err(_) => error.fields.push(app::error::FieldError {
                field: "by_role",
                message: format!("{}的{}：请填写整数，或留空", role.label(), limit.label()),
            }),
        }
    }
    let policy = SecurityPolicy { by_role, ..policy };
    if error.fields.is_empty() {
        Ok(policy)
    } else {
        Err(error)
    }
}
