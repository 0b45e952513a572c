//! 安全策略: what the security administrator decides about passwords, second factors and the two-person rule.

pub mod view;

use app::error::{AppError, ErrorKind};
use app::security::{save_security_policy, security_policy};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::accounts::Role;
use domain::security::SecurityPolicy;

use self::view::SecurityPage;
use crate::http::{Fault, Person, Posted, Web, go, page};
use crate::ui::{Field, Flash, Here};

/// `GET /security`.
pub async fn form(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let policy = security_policy(&person.op, &web.app).await?;
    let typed = Typed {
        days: policy.password_days.to_string(),
        history: policy.password_history.to_string(),
        rows: policy.export_rows_alone.to_string(),
        roles: policy.second_factor_roles.into_iter().collect(),
    };
    show(&web, &person, typed, None).await
}

/// The fields as they were typed.
struct Typed {
    days: String,
    history: String,
    rows: String,
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
        export: count(
            "export_rows_alone",
            "一人可单独导出的行数",
            typed.rows,
            "超过时须由另一人复核同意；0 表示不限",
        ),
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

/// `POST /security`.
pub async fn save(State(web): State<Web>, person: Person, form: Posted) -> Result<Response, Fault> {
    let typed = Typed {
        days: form.text("password_days"),
        history: form.text("password_history"),
        rows: form.text("export_rows_alone"),
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
    let policy = SecurityPolicy {
        password_days: number("password_days", &typed.days),
        password_history: number("password_history", &typed.history),
        second_factor_roles: typed.roles.iter().cloned().collect(),
        export_rows_alone: number("export_rows_alone", &typed.rows),
    };
    if error.fields.is_empty() {
        Ok(policy)
    } else {
        Err(error)
    }
}
