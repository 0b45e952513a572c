//! The security policy (安全策略) of the installation: one setting, changed by the security administrator.

use domain::accounts::Role;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::security::{SETTING, SecurityPolicy};
use store::Reader;
use uuid::Uuid;

use crate::error::AppError;
use crate::op::{App, OpContext};

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
    if before == policy {
        return Ok(());
    }
    let text = serde_json::to_string(&policy).map_err(AppError::internal)?;
    tx.set_setting(SETTING, &text, op.now()).await?;
    let entry = JournalEntry::new(JournalAction::SettingChanged, SubjectKind::Setting, Uuid::nil());
    tx.journal(&op.by(), entry.before(&before).after(&policy)).await?;
    Ok(tx.commit().await?)
}

/// Whether an export of so many rows is more than one person takes alone. The built-in account works on the machine itself
/// and is not asked.
pub async fn needs_second_person(op: &OpContext, app: &App, rows: usize) -> Result<bool, AppError> {
    if op.role() == Role::System {
        return Ok(false);
    }
    let policy = policy_in_force(&mut app.store.read().await?).await?;
    let limit = usize::try_from(policy.export_rows_alone).unwrap_or(usize::MAX);
    Ok(limit > 0 && rows > limit)
}
