//! The security policy (安全策略) of the installation: one setting, changed by the security administrator.

use codes::time::Timestamp;
use domain::accounts::Role;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::security::{Limit, SETTING, SecurityPolicy};
use serde_json::{Value, json};
use store::{Reader, Store};
use uuid::Uuid;

use crate::error::AppError;
use crate::op::{App, OpContext};

/// Writes the policy of a new installation down, so that the time for what it asks begins now. An installation that has decided keeps
/// what it decided.
pub(crate) async fn begin(store: &Store, now: Timestamp) -> Result<(), AppError> {
    if store.read().await?.setting(SETTING).await?.is_some() {
        return Ok(());
    }
    let text = serde_json::to_string(&SecurityPolicy::from_now(now)).map_err(AppError::internal)?;
    let mut tx = store.begin().await?;
    if tx.setting(SETTING).await?.is_none() {
        tx.set_setting(SETTING, &text, now).await?;
    }
    Ok(tx.commit().await?)
}

/// The policy that counts now. One that cannot be read is an error: it must not turn into a laxer one.
pub(crate) async fn policy_in_force(reader: &mut Reader) -> Result<SecurityPolicy, AppError> {
    match reader.setting(SETTING).await? {
        None => Ok(SecurityPolicy::default()),
        Some(text) => serde_json::from_str(&text).map_err(AppError::internal),
    }
}

/// The policy, to be looked at and changed.
pub async fn security_policy(op: &OpContext, app: &App) -> Result<SecurityPolicy, AppError> {
    op.may(Action::ManageSecurity)?;
    policy_in_force(&mut app.store.read().await?).await
}

/// Changes the policy (修改安全策略). It counts from everybody's next request.
///
/// # Errors
/// `SEC-120` with the fields that are wrong.
pub async fn save_security_policy(op: &OpContext, app: &App, policy: SecurityPolicy) -> Result<(), AppError> {
    op.may(Action::ManageSecurity)?;
    let faults = policy.faults();
    if !faults.is_empty() {
        let error = AppError::invalid("SEC-120", "安全策略未保存");
        return Err(faults
            .into_iter()
            .fold(error, |error, (field, words)| error.field(field, words)));
    }
    let mut tx = app.store.begin().await?;
    let before = policy_in_force(&mut tx).await?;
    let policy = policy.asking_since(&before.second_factor_since, &before.second_factor_roles, op.now());
    if before == policy {
        return Ok(());
    }
    let text = serde_json::to_string(&policy).map_err(AppError::internal)?;
    tx.set_setting(SETTING, &text, op.now()).await?;
    let entry = JournalEntry::new(JournalAction::SettingChanged, SubjectKind::Setting, Uuid::nil());
    tx.journal(&op.by(), entry.before(&told(&before)?).after(&told(&policy)?))
        .await?;
    Ok(tx.commit().await?)
}

/// The policy as the journal tells it: the limits of roles in words.
fn told(policy: &SecurityPolicy) -> Result<Value, AppError> {
    let mut told = serde_json::to_value(policy).map_err(AppError::internal)?;
    let limits = policy.by_role.iter().flat_map(|(code, limits)| {
        let role = match Role::from_code(code) {
            Some(role) => role.label(),
            None => code.as_str(),
        };
        Limit::ALL
            .into_iter()
            .filter_map(move |limit| Some(format!("{role}{} {}", limit.label(), limits.of(limit)?)))
    });
    // Since when is what the earlier entries say.
    if let Some(told) = told.as_object_mut() {
        told.remove("second_factor_since");
    }
    told["by_role"] = json!(limits.collect::<Vec<_>>().join("；"));
    Ok(told)
}

/// Whether this is more than somebody of this role does alone (双人复核). The built-in account works on the machine itself and is
/// not asked.
pub async fn needs_second_person(
    op: &OpContext,
    reader: &mut Reader,
    limit: Limit,
    count: i64,
) -> Result<bool, AppError> {
    if op.role() == Role::System {
        return Ok(false);
    }
    let alone = policy_in_force(reader).await?.alone(op.role(), limit);
    Ok(alone.is_some_and(|alone| count > i64::from(alone)))
}
