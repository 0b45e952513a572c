//! The second factor (动态口令): set up by its owner, asked for at every sign-in, reset by the security administrator.

use std::fmt;

use codes::id::AccountId;
use codes::totp::TotpSecret;
use domain::accounts::Account;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::second_factor::{
    RECOVERY_CODES, RECOVERY_LENGTH, RECOVERY_LETTERS, TypedCode, accepted_step, recovery_digest,
    recovery_shown,
};
use rand::RngExt as _;
use serde_json::json;
use store::Tx;
use store::second_factor::SEALED_CELL;

use super::manage::load;
use super::sign_in::prove_password;
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::security;

/// What authenticator apps show beside the login name.
pub const ISSUER: &str = "数字工会";

/// How one's own second factor stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactorState {
    /// It is asked for at sign-in.
    pub is_set: bool,
    /// The security policy asks it of this role.
    pub is_required: bool,
    /// Recovery codes that are still good.
    pub recovery_left: i64,
    /// A set-up that was begun and waits for its first code.
    pub enrolment: Option<Enrolment>,
}

/// What the app must be told.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret as people type it, in groups of four.
    pub key: String,
    /// What the QR code says.
    pub uri: String,
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Enrolment(…)")
    }
}

/// Ten codes, each good once, shown once and kept as digests (恢复码).
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    /// The codes to write down.
    pub fn shown(&self) -> Vec<String> {
        self.0.iter().map(|code| recovery_shown(code)).collect()
    }

    fn make() -> RecoveryCodes {
        let mut rng = rand::rng();
        let mut letter = || char::from(RECOVERY_LETTERS[rng.random_range(0..RECOVERY_LETTERS.len())]);
        let codes = (0..RECOVERY_CODES).map(|_| (0..RECOVERY_LENGTH).map(|_| letter()).collect());
        RecoveryCodes(codes.collect())
    }
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCodes(…)")
    }
}

fn sealed(app: &App, id: AccountId, secret: &TotpSecret) -> Vec<u8> {
    let (table, column) = SEALED_CELL;
    let plain = codes::digest::to_hex(secret.as_bytes());
    app.keys.seal(table, column, id.uuid().as_bytes(), &plain)
}

/// A secret that this installation's key does not open is damage, not a wrong code.
fn opened(app: &App, id: AccountId, sealed: &[u8]) -> Result<TotpSecret, AppError> {
    let (table, column) = SEALED_CELL;
    let plain = app
        .keys
        .open(table, column, id.uuid().as_bytes(), sealed)
        .map_err(AppError::internal)?;
    let digits: Option<Vec<u8>> = (0..plain.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(plain.get(at..at + 2)?, 16).ok())
        .collect();
    digits
        .and_then(|bytes| TotpSecret::from_bytes(&bytes))
        .ok_or_else(|| AppError::internal("a second factor that is none"))
}

fn entry(action: JournalAction, id: AccountId) -> JournalEntry {
    JournalEntry::new(action, SubjectKind::Account, id.uuid())
}

/// Takes a typed code of the account's app, or one of its recovery codes, within the caller's transaction. No code is taken
/// twice, whoever else tries it at the same moment.
pub(super) async fn take(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    address: Option<&str>,
    typed: &str,
) -> Result<bool, AppError> {
    let factor = tx.second_factor(account.id).await?;
    let Some(factor) = factor.filter(|factor| factor.confirmed_at.is_some()) else {
        return Ok(false);
    };
    let secret = opened(app, account.id, &factor.secret_sealed)?;
    match TypedCode::read(typed) {
        None => Ok(false),
        Some(TypedCode::Totp(code)) => match accepted_step(&secret, &code, app.now(), factor.last_step) {
            Some(step) => Ok(tx.take_second_factor_step(account.id, step).await?),
            None => Ok(false),
        },
        Some(TypedCode::Recovery(code)) => {
            let digest = recovery_digest(&secret, &code);
            let is_taken = tx.use_recovery_code(account.id, &digest, app.now()).await?;
            if is_taken {
                let left = tx.recovery_codes_left(account.id).await?;
                let entry =
                    entry(JournalAction::RecoveryCodeUsed, account.id).after(&json!({ "left": left }));
                let op = app.acting(account, None, None);
                tx.journal(&op.from_address(address.map(str::to_owned)).by(), entry)
                    .await?;
            }
            Ok(is_taken)
        }
    }
}

/// How one's own second factor stands.
pub async fn second_factor(op: &OpContext, app: &App) -> Result<SecondFactorState, AppError> {
    let id = op.oneself()?;
    let mut reader = app.store.read().await?;
    let account = reader.account(id).await?.ok_or_else(AppError::account_disabled)?;
    let factor = reader.second_factor(id).await?;
    let recovery_left = reader.recovery_codes_left(id).await?;
    let policy = security::policy_in_force(&mut reader).await?;
    let pending = factor
        .as_ref()
        .filter(|factor| factor.confirmed_at.is_none())
        .map(|factor| opened(app, id, &factor.secret_sealed))
        .transpose()?;
    Ok(SecondFactorState {
        is_set: account.has_second_factor,
        is_required: policy.asks_second_factor(account.role),
        recovery_left,
        enrolment: pending.map(|secret| Enrolment {
            key: grouped(&secret.to_base32()),
            uri: secret.to_uri(ISSUER, &account.login),
        }),
    })
}

fn grouped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

/// Begins the set-up of an app with a fresh secret, for whoever knows the password (ASVS 7.5.1): who finds a session open must not
/// shut its owner out with a telephone of their own. It counts for nothing until [`confirm_second_factor`].
///
/// # Errors
/// `ACC-143` wrong password, `ACC-140` when one is set up already.
pub async fn start_second_factor(op: &OpContext, app: &App, password: &str) -> Result<(), AppError> {
    let id = prove_password(op, app, password, wrong_password()).await?.id;
    let mut tx = app.store.begin().await?;
    let known = tx.second_factor(id).await?;
    if known.is_some_and(|factor| factor.confirmed_at.is_some()) {
        return Err(AppError::conflict("ACC-140", "动态口令已经设置").hint("换手机时请先停用，再重新设置"));
    }
    tx.remove_second_factor(id).await?;
    tx.start_second_factor(id, &sealed(app, id, &TotpSecret::make()), op.now())
        .await?;
    Ok(tx.commit().await?)
}

/// Proves by a first code that the app works, ends one's other sessions, which came without it, and answers the recovery
/// codes.
///
/// # Errors
/// `ACC-141` when the code is wrong, `ACC-142` when no set-up was begun.
pub async fn confirm_second_factor(
    op: &OpContext,
    app: &App,
    typed: &str,
) -> Result<RecoveryCodes, AppError> {
    let id = op.oneself()?;
    let now = op.now();
    let mut tx = app.store.begin().await?;
    let factor = tx.second_factor(id).await?;
    let factor = factor
        .filter(|factor| factor.confirmed_at.is_none())
        .ok_or_else(|| AppError::conflict("ACC-142", "没有正在进行的动态口令设置").hint("请重新开始设置"))?;
    let secret = opened(app, id, &factor.secret_sealed)?;
    let step = match TypedCode::read(typed) {
        Some(TypedCode::Totp(code)) => accepted_step(&secret, &code, now, factor.last_step),
        _ => None,
    };
    let Some(step) = step else {
        return Err(AppError::invalid("ACC-141", "动态口令未确认").field(
            "code",
            "动态口令不正确：请核对手机时间是否准确，再输入应用中当前显示的 6 位数字",
        ));
    };
    tx.take_second_factor_step(id, step).await?;
    tx.confirm_second_factor(id, now).await?;
    let codes = keep_codes(&mut tx, id, &secret).await?;
    tx.end_sessions(id, op.session, now).await?;
    tx.journal(&op.by(), entry(JournalAction::SecondFactorSet, id))
        .await?;
    tx.commit().await?;
    Ok(codes)
}

async fn keep_codes(tx: &mut Tx, id: AccountId, secret: &TotpSecret) -> Result<RecoveryCodes, AppError> {
    let codes = RecoveryCodes::make();
    let digests: Vec<[u8; 32]> = codes.0.iter().map(|code| recovery_digest(secret, code)).collect();
    tx.set_recovery_codes(id, &digests).await?;
    Ok(codes)
}

fn wrong_password() -> AppError {
    AppError::invalid("ACC-143", "动态口令未变动").field("password", "密码不正确")
}

/// Ten new recovery codes in place of the old ones, for whoever knows the password.
pub async fn renew_recovery_codes(
    op: &OpContext,
    app: &App,
    password: &str,
) -> Result<RecoveryCodes, AppError> {
    let account = prove_password(op, app, password, wrong_password()).await?;
    let mut tx = app.store.begin().await?;
    let factor = tx.second_factor(account.id).await?;
    let factor = factor
        .filter(|factor| factor.confirmed_at.is_some())
        .ok_or_else(|| AppError::conflict("ACC-142", "还没有设置动态口令"))?;
    let secret = opened(app, account.id, &factor.secret_sealed)?;
    let codes = keep_codes(&mut tx, account.id, &secret).await?;
    tx.journal(&op.by(), entry(JournalAction::RecoveryCodesMade, account.id))
        .await?;
    tx.commit().await?;
    Ok(codes)
}

/// Takes one's own app out of use, for whoever knows the password. Where the role needs one, a new one must be set up before
/// anything else.
pub async fn remove_second_factor(op: &OpContext, app: &App, password: &str) -> Result<(), AppError> {
    let account = prove_password(op, app, password, wrong_password()).await?;
    let mut tx = app.store.begin().await?;
    if tx.remove_second_factor(account.id).await? {
        tx.journal(&op.by(), entry(JournalAction::SecondFactorRemoved, account.id))
            .await?;
    }
    Ok(tx.commit().await?)
}

/// Takes somebody's lost app out of use and ends their sessions (重置动态口令). A new password does not do so (ASVS 6.4.3), and
/// nobody resets their own: whoever found an open desk would.
///
/// # Errors
/// `ACC-132` for one's own, `ACC-142` when there is none.
pub async fn reset_second_factor(op: &OpContext, app: &App, id: AccountId) -> Result<(), AppError> {
    let (mut tx, account) = load(op, app, id).await?;
    if op.person_id() == Some(id) {
        return Err(AppError::conflict("ACC-132", "不能重置自己的动态口令")
            .hint("请在“动态口令”页凭密码停用后重新设置"));
    }
    if !tx.remove_second_factor(id).await? {
        return Err(AppError::conflict("ACC-142", "该账号没有设置动态口令"));
    }
    tx.end_sessions(id, None, op.now()).await?;
    tx.forget_sign_in_steps(id, op.now()).await?;
    let entry = entry(JournalAction::SecondFactorReset, id);
    let entry = match &account.path {
        Some(path) => entry.at_path(path),
        None => entry,
    };
    tx.journal(&op.by(), entry.after(&json!({ "login": account.login })))
        .await?;
    Ok(tx.commit().await?)
}
