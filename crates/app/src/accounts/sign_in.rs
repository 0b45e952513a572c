//! Signing in (登录): a password, then a code where the account has a second factor; one's own password; who sent a request.

use codes::digest::Sm3Hasher;
use codes::id::SessionId;
use codes::time::Timestamp;
use domain::accounts::{self, Account, FirstDuty, SESSION_LENGTH, Session};
use domain::delegation::{Delegation, DelegationState, check_pair};
use domain::identity::SignInWay;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::password::PasswordFault;
use domain::security::SecurityPolicy;
use rand::RngExt as _;
use serde_json::json;
use store::session::SignInStep;
use store::{Reader, Tx};

use super::guess::{Guesser, Refusal, is_familiar};
use super::{password, second_factor};
use crate::error::AppError;
use crate::op::{App, Delegate, OpContext};
use crate::security;

/// A session is noted as alive at most this often.
const TOUCH_MILLIS: i64 = 60_000;
/// After a right password the code must come within this time (ASVS 6.5.5: at most ten minutes).
const CODE_TIME: std::time::Duration = std::time::Duration::from_secs(10 * 60);

/// What somebody enters to sign in, and where from.
#[derive(Clone, Default)]
pub struct SignIn {
    /// The login name.
    pub login: String,
    /// The password.
    pub password: String,
    /// The address the request came from.
    pub address: Option<String>,
    /// The browser, as it names itself.
    pub user_agent: Option<String>,
}

/// A right password, or a right password and code.
pub struct SignedIn {
    /// The secret for the cookie; it is stored nowhere. While a code is awaited it is good for [`sign_in_code`] alone.
    pub token: String,
    /// When the session, or the waiting, ends in any case.
    pub expires_at: Timestamp,
    /// Who it is.
    pub account: Account,
    /// Whether the second factor is still to come; there is no session before.
    pub awaits_code: bool,
}

/// A request that came with a valid token.
#[derive(Debug, Clone)]
pub struct SignedRequest {
    /// Who asks, and what they see.
    pub op: OpContext,
    /// The account whose role and scope count: the person's own, or the one they act for.
    pub account: Account,
    /// The person's own account.
    pub own: Account,
    /// The session.
    pub session: Session,
    /// Under which authorisation the person acts for another.
    pub delegation: Option<Delegation>,
    /// Until when the person must set a second factor up; `None` where nothing is asked, or nothing but that is allowed any more.
    pub factor_due: Option<Timestamp>,
}

/// What somebody enters to change their password.
#[derive(Clone, Default)]
pub struct ChangePassword {
    /// The present one.
    pub old: String,
    /// The new one.
    pub new: String,
    /// The new one again.
    pub again: String,
}

impl AppError {
    /// Wrong login or password; which of the two is not said.
    pub fn wrong_credentials() -> AppError {
        AppError::invalid("ACC-101", "登录名或密码不正确").hint("连续输错五次，账号将锁定 15 分钟")
    }

    /// Too many wrong passwords or codes.
    pub fn account_locked(until: Timestamp) -> AppError {
        AppError::forbidden(
            "ACC-102",
            format!("连续输错密码或动态口令，账号已锁定至 {}", until.to_minute()),
        )
        .hint("请到时再试，或联系安全管理员解除锁定")
    }

    /// Out of use.
    pub fn account_disabled() -> AppError {
        AppError::forbidden("ACC-103", "账号已停用").hint("请联系安全管理员")
    }

    /// Nobody waits for a code under this token, or no longer.
    pub fn code_too_late() -> AppError {
        AppError::conflict("ACC-104", "登录已超时").hint("请重新输入账号和密码")
    }

    /// A code that is wrong, over or used already; which of them is not said.
    pub fn wrong_code() -> AppError {
        AppError::invalid("ACC-105", "动态口令或恢复码不正确")
            .hint("动态口令每 30 秒更换、只能用一次；请等下一个再输。连续输错五次，账号将锁定 15 分钟")
    }

    /// Something else comes first.
    pub fn duty_first(duty: FirstDuty) -> AppError {
        match duty {
            FirstDuty::ReplacePassword => AppError::forbidden("ACC-428", "请先修改一次性密码"),
            FirstDuty::RenewPassword => AppError::forbidden("ACC-428", "密码已到更换期限，请先修改密码"),
            FirstDuty::SetUpSecondFactor => AppError::forbidden("ACC-428", "请先设置动态口令"),
        }
    }
}

/// Signs somebody in (登录), or, where the account has a second factor, as far as that.
///
/// # Errors
/// `ACC-101` wrong login or password, `ACC-429` too many guesses from this address; once the password is right `ACC-102`
/// locked, `ACC-103` out of use.
pub async fn sign_in(app: &App, form: SignIn) -> Result<SignedIn, AppError> {
    let login = form.login.trim().to_lowercase();
    let mut reader = app.store.read().await?;
    let known = reader.account_by_login(&login).await?;
    let now = app.now();
    let address = form.address.as_deref();
    let (hash, is_familiar) = match &known {
        Some(account) => (
            reader.password_hash(account.id).await?,
            is_familiar(&mut reader, account.id, address, now).await?,
        ),
        None => (None, false),
    };
    drop(reader);
    let guesser = Guesser {
        address,
        login: &login,
        is_familiar,
    };
    if let Err(refused) = guesser.attempt(app) {
        let refusal = Refusal::by_password(address, refused.code, "这个地址出错次数太多");
        refusal.tell(app, known.as_ref()).await?;
        return Err(refused);
    }
    // No transaction is open meanwhile: on SQLite it would hold up every other write.
    let fits = password::verify(&form.password, hash).await?;
    let Some(account) = known else {
        Refusal::by_password(address, "ACC-101", "没有这个登录名")
            .tell(app, None)
            .await?;
        return Err(AppError::wrong_credentials());
    };
    if !fits {
        let refusal = Refusal::by_password(address, "ACC-101", "密码不正确");
        // Also when it is locked by now: that is told to whoever knows the password.
        wrong_guess(app, &account, Some(refusal)).await?;
        return Err(AppError::wrong_credentials());
    }
    let from = (form.address.clone(), form.user_agent);
    let tx = app.store.begin().await?;
    let signed = let_in(app, tx, account.id, from, SignInWay::Password).await?;
    guesser.was_right(app, !signed.awaits_code);
    Ok(signed)
}

/// The second step: the code of the app, or a recovery code, for the token that [`sign_in`] answered.
///
/// # Errors
/// `ACC-104` too late, `ACC-105` wrong code, `ACC-429` too many guesses from this address, `ACC-102` locked, `ACC-103` out of use.
pub async fn sign_in_code(app: &App, token: &str, typed: &str) -> Result<SignedIn, AppError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let step = tx.sign_in_step(&digest(token)).await?;
    let step = step
        .filter(|step| now < step.expires_at)
        .ok_or_else(AppError::code_too_late)?;
    let address = step.address.clone();
    let address = address.as_deref();
    let refusal = |code, why| Refusal {
        address,
        way: step.way,
        code,
        why,
    };
    let (mut tx, account) = usable(app, tx, step.account_id, refusal("", "")).await?;
    let guesser = Guesser {
        address,
        login: &account.login,
        is_familiar: is_familiar(&mut tx, account.id, address, now).await?,
    };
    if let Err(refused) = guesser.attempt(app) {
        tx.rollback().await?;
        refusal(refused.code, "这个地址出错次数太多")
            .tell(app, Some(&account))
            .await?;
        return Err(refused);
    }
    if !second_factor::take(app, &mut tx, &account, address, typed).await? {
        tx.rollback().await?;
        let locked = wrong_guess(app, &account, Some(refusal("ACC-105", "动态口令或恢复码不正确"))).await?;
        // From where it comes the lock does not hold.
        let locked = locked.filter(|_| !guesser.is_familiar);
        return Err(locked.map_or_else(AppError::wrong_code, AppError::account_locked));
    }
    tx.forget_sign_in_steps(account.id, now).await?;
    let from = (step.address, step.user_agent);
    let signed = open_session(app, &mut tx, account.clone(), from, step.way).await?;
    tx.commit().await?;
    guesser.was_right(app, true);
    Ok(signed)
}

/// Lets somebody in whose password was right, or for whom the identity provider vouched: not when the account is locked or out of
/// use, and with the account's own code where it has one, unless the provider's word counts for that.
///
/// # Errors
/// `ACC-102` locked, `ACC-103` out of use.
pub(crate) async fn let_in(
    app: &App,
    tx: Tx,
    id: codes::id::AccountId,
    (address, user_agent): From,
    way: SignInWay,
) -> Result<SignedIn, AppError> {
    let user_agent = user_agent.map(|name| name.chars().take(300).collect());
    let refusal = Refusal {
        address: address.as_deref(),
        way,
        code: "",
        why: "",
    };
    let (mut tx, account) = usable(app, tx, id, refusal).await?;
    let from = (address, user_agent);
    let signed = if account.has_second_factor && way != SignInWay::ProviderWithFactor {
        await_code(app, &mut tx, account, from, way).await?
    } else {
        open_session(app, &mut tx, account, from, way).await?
    };
    tx.commit().await?;
    Ok(signed)
}

/// The login name behind a token that waits for a code; `None` when nobody waits any more.
pub async fn awaiting_code(app: &App, token: &str) -> Result<Option<String>, AppError> {
    let mut reader = app.store.read().await?;
    let step = reader.sign_in_step(&digest(token)).await?;
    let Some(step) = step.filter(|step| app.now() < step.expires_at) else {
        return Ok(None);
    };
    Ok(reader
        .account(step.account_id)
        .await?
        .map(|account| account.login))
}

/// Counts a wrong password or code, journals it where it was a sign-in, and answers until when the account is locked, if it is by
/// now. Guesses at the same moment queue for the row, so that the fifth locks whatever the others find.
async fn wrong_guess(
    app: &App,
    account: &Account,
    refusal: Option<Refusal<'_>>,
) -> Result<Option<Timestamp>, AppError> {
    let now = app.now();
    let mut tx = app.store.begin().await?;
    let count = tx.count_wrong_password(account.id).await?;
    let Some(account) = tx.account(account.id).await? else {
        return Ok(None);
    };
    // One of those guesses has locked it: this one is not counted towards the next lock.
    if let Some(until) = account.locked_at(now) {
        tx.rollback().await?;
        if let Some(refusal) = refusal {
            refusal.tell(app, Some(&account)).await?;
        }
        return Ok(Some(until));
    }
    let address = refusal
        .as_ref()
        .and_then(|refusal| refusal.address)
        .map(str::to_owned);
    if let Some((by, entry)) = refusal.and_then(|refusal| refusal.entry(app, Some(&account))) {
        tx.journal(&by, entry).await?;
    }
    let Some(until) = accounts::lock_after(count, now) else {
        tx.commit().await?;
        return Ok(None);
    };
    let locked = Account {
        failed_count: 0,
        locked_until: Some(until),
        changed_at: now,
        ..account
    };
    tx.save_account(&locked).await?;
    let entry = JournalEntry::new(
        JournalAction::AccountLocked,
        SubjectKind::Account,
        locked.id.uuid(),
    )
    .after(&json!({ "until": until.millis() }));
    let by = app.acting(&locked, None, None).from_address(address).by();
    tx.journal(&by, entry).await?;
    tx.commit().await?;
    Ok(Some(until))
}

/// The account as it stands now and until the transaction ends, unless it is locked or out of use: somebody else may have locked
/// it by guessing, or taken it out of use, while this password was being checked. A lock does not hold where the account comes
/// from: it keeps strangers out, not the person they try to be. `came` says how somebody came; that they are refused is journalled.
async fn usable(
    app: &App,
    mut tx: Tx,
    id: codes::id::AccountId,
    came: Refusal<'_>,
) -> Result<(Tx, Account), AppError> {
    let now = app.now();
    let account = tx
        .account_to_change(id)
        .await?
        .ok_or_else(AppError::wrong_credentials)?;
    let (why, refused) = match account.locked_at(now) {
        _ if account.disabled_at.is_some() => ("账号已停用", AppError::account_disabled()),
        Some(until) if !is_familiar(&mut tx, id, came.address, now).await? => {
            ("账号已锁定", AppError::account_locked(until))
        }
        _ => return Ok((tx, account)),
    };
    tx.rollback().await?;
    let code = refused.code;
    Refusal { code, why, ..came }.tell(app, Some(&account)).await?;
    Err(refused)
}

/// Address and browser.
pub(crate) type From = (Option<String>, Option<String>);

/// Wrong codes go on counting after a right password: whoever knows the password must not try codes without end.
async fn await_code(
    app: &App,
    tx: &mut Tx,
    account: Account,
    from: From,
    way: SignInWay,
) -> Result<SignedIn, AppError> {
    let now = app.now();
    let token = new_token();
    let (address, user_agent) = from;
    let step = SignInStep {
        account_id: account.id,
        expires_at: now.plus(CODE_TIME),
        address,
        user_agent,
        way,
    };
    tx.add_sign_in_step(&step, &digest(&token)).await?;
    Ok(SignedIn {
        token,
        expires_at: step.expires_at,
        account,
        awaits_code: true,
    })
}

async fn open_session(
    app: &App,
    tx: &mut Tx,
    account: Account,
    from: From,
    way: SignInWay,
) -> Result<SignedIn, AppError> {
    let now = app.now();
    let account = Account {
        failed_count: 0,
        locked_until: None,
        last_sign_in_at: Some(now),
        ..account
    };
    tx.save_account(&account).await?;
    let token = new_token();
    let (address, user_agent) = from;
    let session = Session {
        id: codes::id::Id::mint(&*app.ids, now),
        account_id: account.id,
        created_at: now,
        seen_at: now,
        expires_at: now.plus(SESSION_LENGTH),
        ended_at: None,
        address,
        user_agent,
        delegation_id: None,
        way,
    };
    tx.add_session(&session, &digest(&token)).await?;
    let entry = JournalEntry::new(JournalAction::SignedIn, SubjectKind::Session, session.id.uuid())
        .after(&json!({ "address": session.address, "way": way.code() }));
    let op = app
        .acting(&account, Some(session.id), None)
        .from_address(session.address);
    tx.journal(&op.by(), entry).await?;
    Ok(SignedIn {
        token,
        expires_at: session.expires_at,
        account,
        awaits_code: false,
    })
}

/// 256 random bits in hexadecimal.
fn new_token() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill(&mut bytes);
    codes::digest::to_hex(&bytes)
}

fn digest(token: &str) -> [u8; 32] {
    let mut hasher = Sm3Hasher::new();
    hasher.update(token.as_bytes());
    hasher.finish()
}

/// Who sent this token; `None` when it is unknown, ended, run out, or its account is out of use.
pub async fn authenticate(
    app: &App,
    token: &str,
    request_id: Option<String>,
) -> Result<Option<SignedRequest>, AppError> {
    let now = app.now();
    let mut reader = app.store.read().await?;
    let Some(session) = reader.session_by_token(&digest(token)).await? else {
        return Ok(None);
    };
    if !session.is_open(now) {
        return Ok(None);
    }
    let own = reader.account(session.account_id).await?;
    let Some(own) = own.filter(|account| account.disabled_at.is_none()) else {
        return Ok(None);
    };
    let policy = security::policy_in_force(&mut reader).await?;
    let first_duty = policy.first_duty(&own, session.way, now);
    let factor_due = policy
        .second_factor_due(&own, session.way)
        .filter(|due| now < *due);
    let acted_for = acted_for(app, &mut reader, &session, &own, &policy).await?;
    drop(reader);
    if now.millis_since(session.seen_at) >= TOUCH_MILLIS {
        touch_later(app, session.id, now);
    }
    let (account, delegation) = match acted_for {
        Some((principal, delegation)) => (principal, Some(delegation)),
        None => (own.clone(), None),
    };
    let mut op = app
        .acting(&account, Some(session.id), request_id)
        .with_first_duty(first_duty);
    if delegation.is_some() {
        let delegate = Delegate {
            id: own.id,
            name: own.name.clone(),
        };
        op = op.acted_by(delegate);
    }
    Ok(Some(SignedRequest {
        op,
        account,
        own,
        session,
        delegation,
        factor_due,
    }))
}

/// Whom the session acts for, as long as that may be: an authorisation that has run out, was taken back, whose two accounts no
/// longer fit or whose role needs a second factor that the person has not, counts for nothing, and the person is back in their
/// own name.
async fn acted_for(
    app: &App,
    reader: &mut Reader,
    session: &Session,
    own: &Account,
    policy: &SecurityPolicy,
) -> Result<Option<(Account, Delegation)>, AppError> {
    let Some(id) = session.delegation_id else {
        return Ok(None);
    };
    let delegation = reader.delegation(id).await?.filter(|delegation| {
        delegation.delegate_id == own.id && delegation.state(app.now().day()) == DelegationState::Running
    });
    let Some(delegation) = delegation else {
        return Ok(None);
    };
    let principal = reader.account(delegation.principal_id).await?;
    let principal = principal.filter(|principal| {
        check_pair(principal, own).is_ok() && policy.lets_act_for(principal, own, session.way, app.now())
    });
    Ok(principal.map(|principal| (principal, delegation)))
}

/// A page does not wait for the writer only to note that somebody is there: a large import may hold it for a minute.
fn touch_later(app: &App, id: SessionId, now: Timestamp) {
    let store = app.store.clone();
    tokio::spawn(async move {
        let touched = async {
            let mut tx = store.begin().await?;
            tx.touch_session(id, now).await?;
            tx.commit().await
        };
        if let Err(error) = touched.await {
            tracing::debug!(%error, "session not touched");
        }
    });
}

/// Refuses whoever does not know the account's password; a wrong one counts towards the lock.
///
/// # Errors
/// `code` with the field `field`, or `ACC-102`.
pub(crate) async fn prove_password(
    op: &OpContext,
    app: &App,
    typed: &str,
    refused: AppError,
) -> Result<Account, AppError> {
    let id = op.oneself()?;
    let mut reader = app.store.read().await?;
    let account = reader.account(id).await?.ok_or_else(AppError::account_disabled)?;
    let hash = reader.password_hash(id).await?;
    drop(reader);
    if let Some(until) = account.locked_at(op.now()) {
        return Err(AppError::account_locked(until));
    }
    if password::verify(typed, hash).await? {
        return Ok(account);
    }
    let refusal = Refusal::by_password(op.address.as_deref(), "ACC-101", "办理本人事项时密码不正确");
    let locked = wrong_guess(app, &account, Some(refusal)).await?;
    Err(locked.map_or(refused, AppError::account_locked))
}

/// Changes one's own password, and ends one's other sessions (修改密码).
///
/// # Errors
/// `ACC-110` with the fields that are wrong, everything that is wrong with the new password at once; a wrong present
/// password counts towards the lock.
pub async fn change_password(op: &OpContext, app: &App, form: ChangePassword) -> Result<(), AppError> {
    let unchanged = || AppError::invalid("ACC-110", "密码未修改");
    let refused = unchanged().field("old", "原密码不正确");
    let account = prove_password(op, app, &form.old, refused).await?;
    let id = account.id;
    let mut faults = domain::password::faults(&account.login, &account.name, &form.new);
    let policy = security::policy_in_force(&mut app.store.read().await?).await?;
    if faults.is_empty()
        && let Some(fault) = used_before(app, &account, &form.new, policy.password_history).await?
    {
        faults.push(fault);
    }
    if !faults.is_empty() {
        let each = faults.iter().map(PasswordFault::sentence);
        return Err(each.fold(unchanged(), |error, sentence| error.field("new", sentence)));
    }
    if form.new != form.again {
        return Err(unchanged().field("again", "两次输入的新密码不一致"));
    }
    let hash = password::hash(&form.new).await?;
    let now = op.now();
    let mut tx = app.store.begin().await?;
    tx.set_password(id, &hash, false, i64::from(policy.password_history), now)
        .await?;
    tx.end_sessions(id, op.session, now).await?;
    tx.forget_sign_in_steps(id, now).await?;
    tx.journal(
        &op.by(),
        JournalEntry::new(JournalAction::PasswordChanged, SubjectKind::Account, id.uuid()),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// The present password is one of those remembered, so that there is always one.
async fn used_before(
    app: &App,
    account: &Account,
    new: &str,
    remembered: u32,
) -> Result<Option<PasswordFault>, AppError> {
    let remembered = remembered.max(1);
    let mut reader = app.store.read().await?;
    let present = reader.password_hash(account.id).await?;
    let former = reader
        .former_passwords(account.id, i64::from(remembered) - 1)
        .await?;
    drop(reader);
    for hash in present.into_iter().chain(former) {
        if password::verify(new, Some(hash)).await? {
            let count = usize::try_from(remembered).unwrap_or(1);
            return Ok(Some(PasswordFault::Reused(count)));
        }
    }
    Ok(None)
}
