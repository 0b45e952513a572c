//! Signing in with the unit's own identity provider (统一身份认证): who may, what an account is bound to, the way there and back.
//!
//! No account is ever made here. Whoever the provider vouches for comes in when somebody bound that subject to an account:
//! the person, signed in with a password, or the security administrator. What holds for passwords holds here: locked and
//! disabled accounts stay out, sessions are listed and ended, first duties come first. See decision 31.

mod provider;
mod trouble;

use codes::digest::{from_hex, sm3_hex};
use codes::id::{AccountId, SessionId};
use codes::mask::mask_key;
use codes::time::Timestamp;
use domain::identity::{Identity, SignInWay, is_subject};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{StoreError, Tx};

pub use provider::{IdentityProvider, ProviderSettings, RETURN_PATH};

use crate::accounts::{self, Refusal, SignedIn};
use crate::error::AppError;
use crate::op::{App, OpContext};

/// The way there and back must be done within this time.
pub const ERRAND_TIME: std::time::Duration = std::time::Duration::from_secs(10 * 60);
/// What the sealed errand is bound to.
const SEAL: &[u8] = b"identity errand";

/// Somebody on their way to the provider.
pub struct Departure {
    /// Where the browser goes.
    pub url: String,
    /// What the browser keeps meanwhile, sealed: only this installation reads it, and only this browser has it.
    pub errand: String,
}

/// What came back in the address.
#[derive(Debug, Clone, Default)]
pub struct Returned {
    /// The code to be exchanged for the token.
    pub code: Option<String>,
    /// What was sent along.
    pub state: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
    /// Who answers (RFC 9207), where the provider says so.
    pub issuer: Option<String>,
}

/// Where somebody has come back to.
pub enum Arrival {
    /// Signed in, or as far as their code; and where they wanted to go.
    SignedIn(Box<SignedIn>, String),
    /// Their account is bound now.
    Bound,
}

/// What one errand is for.
#[derive(Serialize, Deserialize)]
enum Purpose {
    SignIn {
        next: String,
    },
    Bind {
        account: AccountId,
        session: Option<SessionId>,
    },
}

#[derive(Serialize, Deserialize)]
struct Errand {
    state: String,
    nonce: String,
    verifier: String,
    expires_at: i64,
    purpose: Purpose,
}

/// Whether the sign-in page offers it.
pub fn is_offered(app: &App) -> bool {
    app.identity_provider.is_some()
}

fn provider(app: &App) -> Result<&IdentityProvider, AppError> {
    app.identity_provider.as_deref().ok_or_else(trouble::none_here)
}

/// Sends somebody to the provider to sign in; `next` is where they want to go, a path of this site.
///
/// # Errors
/// `IDP-404` none is configured, `IDP-503` out of reach, `IDP-502` an answer that does not fit.
pub async fn depart(app: &App, next: &str) -> Result<Departure, AppError> {
    send(
        app,
        Purpose::SignIn {
            next: next.to_owned(),
        },
    )
    .await
}

/// Sends the account holder to the provider to bind their own account (绑定统一身份认证), once they have proved their password.
///
/// # Errors
/// `IDP-112` wrong password, `IDP-111` bound already, and as [`depart`].
pub async fn depart_to_bind(op: &OpContext, app: &App, password: &str) -> Result<Departure, AppError> {
    let account = op.oneself()?;
    let provider = provider(app)?;
    prove(op, app, password).await?;
    if app
        .store
        .read()
        .await?
        .identity_of(account, provider.issuer())
        .await?
        .is_some()
    {
        return Err(trouble::bound_already());
    }
    let session = op.session;
    send(app, Purpose::Bind { account, session }).await
}

async fn prove(op: &OpContext, app: &App, password: &str) -> Result<(), AppError> {
    let refused = AppError::invalid("IDP-112", "没有办理").field("password", "密码不正确");
    accounts::prove_password(op, app, password, refused)
        .await
        .map(drop)
}

async fn send(app: &App, purpose: Purpose) -> Result<Departure, AppError> {
    let now = app.now();
    // Whoever is signed in at the provider with this browser may be somebody else who sat here: they are not to be bound.
    let signs_in_anew = matches!(purpose, Purpose::Bind { .. });
    let way = provider(app)?.errand(now, signs_in_anew).await?;
    let errand = Errand {
        state: way.state,
        nonce: way.nonce,
        verifier: way.verifier,
        expires_at: now.plus(ERRAND_TIME).millis(),
        purpose,
    };
    let text = serde_json::to_vec(&errand).map_err(AppError::internal)?;
    Ok(Departure {
        url: way.url,
        errand: codes::digest::to_hex(&app.keys.seal_bytes(SEAL, &text)),
    })
}

/// The errand that this browser is on; nothing else counts than what we sealed, in time, with the same state.
fn errand_of(app: &App, kept: Option<&str>, returned: &Returned, now: Timestamp) -> Option<Errand> {
    let sealed = from_hex(kept?)?;
    let text = app.keys.open_bytes(SEAL, &sealed).ok()?;
    let errand: Errand = serde_json::from_slice(&text).ok()?;
    // Both are digested first, so that the comparison takes the same time wherever they differ.
    let is_same = sm3_hex(errand.state.as_bytes()) == sm3_hex(returned.state.as_deref()?.as_bytes());
    (is_same && now.millis() < errand.expires_at).then_some(errand)
}

/// Takes up whoever comes back from the provider. `op` is who is signed in with this browser, for a binding.
///
/// # Errors
/// `IDP-101` lost or late, `IDP-102` cancelled, `IDP-103` to `IDP-105` refused, `IDP-106` bound to nobody, `IDP-110` and
/// `IDP-111` bound already, `ACC-102` locked, `ACC-103` out of use, and as [`depart`].
pub async fn arrive(
    app: &App,
    kept: Option<&str>,
    returned: Returned,
    from: (Option<String>, Option<String>),
    op: Option<&OpContext>,
) -> Result<Arrival, AppError> {
    let address = from.0.clone();
    let arrived = taken_up(app, kept, returned, from, op).await;
    if let Err(error) = &arrived
        && let Some(why) = trouble::refusal(error)
    {
        let refusal = Refusal {
            address: address.as_deref(),
            way: SignInWay::Provider,
            code: error.code,
            why,
        };
        refusal.tell(app, None).await?;
    }
    arrived
}

async fn taken_up(
    app: &App,
    kept: Option<&str>,
    returned: Returned,
    from: (Option<String>, Option<String>),
    op: Option<&OpContext>,
) -> Result<Arrival, AppError> {
    let provider = provider(app)?;
    let now = app.now();
    let errand = errand_of(app, kept, &returned, now).ok_or_else(trouble::lost)?;
    if returned
        .issuer
        .as_deref()
        .is_some_and(|issuer| issuer != provider.issuer())
    {
        return Err(trouble::lost());
    }
    match (returned.error.as_deref(), &returned.code) {
        (Some("access_denied"), _) => return Err(trouble::cancelled()),
        (Some(code), _) => return Err(trouble::answered(code)),
        (None, None) => return Err(trouble::lost()),
        (None, Some(_)) => {}
    }
    let code = returned.code.unwrap_or_default();
    let proven = provider
        .prove(&code, &errand.nonce, &errand.verifier, now)
        .await?;
    match errand.purpose {
        Purpose::SignIn { next } => {
            let index = app.keys.subject_index(provider.issuer(), &proven.subject);
            let mut tx = app.store.begin().await?;
            let identity = tx.identity_by_subject(provider.issuer(), &index).await?;
            let identity = identity.ok_or_else(|| trouble::unbound(&proven.subject))?;
            // The account before its binding, as everybody takes them, so that two never wait for each other; and the binding
            // before the session, which would else not be among those that whoever takes the binding away ends.
            tx.account_to_change(identity.account_id).await?;
            let is_still_bound = tx
                .note_identity_used(identity.account_id, provider.issuer(), now)
                .await?;
            if !is_still_bound {
                return Err(trouble::unbound(&proven.subject));
            }
            let signed = accounts::let_in(app, tx, identity.account_id, from, proven.way).await?;
            Ok(Arrival::SignedIn(Box::new(signed), next))
        }
        Purpose::Bind { account, session } => {
            // The same person in the same session as when the password was proved.
            let op = op.filter(|op| op.session == session && op.oneself().is_ok_and(|id| id == account));
            let op = op.ok_or_else(trouble::lost)?;
            let tx = app.store.begin().await?;
            bind(op, app, tx, account, &proven.subject).await?;
            Ok(Arrival::Bound)
        }
    }
}

async fn bind(
    op: &OpContext,
    app: &App,
    mut tx: Tx,
    account_id: AccountId,
    subject: &str,
) -> Result<(), AppError> {
    let issuer = provider(app)?.issuer();
    let index = app.keys.subject_index(issuer, subject);
    if tx.identity_of(account_id, issuer).await?.is_some() {
        return Err(trouble::bound_already());
    }
    if tx.identity_by_subject(issuer, &index).await?.is_some() {
        return Err(trouble::taken());
    }
    let identity = Identity {
        account_id,
        issuer: issuer.to_owned(),
        subject_hint: mask_key(subject),
        bound_by_name: op.signature(),
        bound_at: op.now(),
        used_at: None,
    };
    let added = tx.add_identity(&identity, &index).await;
    // Two at the same moment: the second one finds the row.
    added.map_err(|error| match error {
        StoreError::Conflict(_) => trouble::taken(),
        other => AppError::from(other),
    })?;
    journal(op, &mut tx, JournalAction::IdentityBound, &identity).await?;
    Ok(tx.commit().await?)
}

async fn journal(
    op: &OpContext,
    tx: &mut Tx,
    action: JournalAction,
    identity: &Identity,
) -> Result<(), AppError> {
    let account = tx.account(identity.account_id).await?;
    let entry = JournalEntry::new(action, SubjectKind::Account, identity.account_id.uuid()).after(&json!({
        "login": account.as_ref().map(|account| account.login.as_str()),
        "issuer": identity.issuer,
        "subject_hint": identity.subject_hint,
    }));
    let entry = match account.as_ref().and_then(|account| account.path.as_ref()) {
        Some(path) => entry.at_path(path),
        None => entry,
    };
    Ok(tx.journal(&op.by(), entry).await?)
}

/// What one's own account is bound to.
pub async fn own_identity(op: &OpContext, app: &App) -> Result<Option<Identity>, AppError> {
    let issuer = provider(app)?.issuer();
    match op.person_id() {
        Some(account) => Ok(app.store.read().await?.identity_of(account, issuer).await?),
        None => Ok(None),
    }
}

/// What an account in sight is bound to, for whoever manages accounts; `None` as well where no provider is configured.
pub async fn account_identity(
    op: &OpContext,
    app: &App,
    id: AccountId,
) -> Result<Option<Identity>, AppError> {
    accounts::managed(op, app, id).await?;
    match provider(app) {
        Ok(provider) => Ok(app.store.read().await?.identity_of(id, provider.issuer()).await?),
        Err(_) => Ok(None),
    }
}

/// One's own binding asks for one's password: who finds an administrator's session open must not get in for good by it.
fn not_ones_own(op: &OpContext, id: AccountId) -> Result<(), AppError> {
    if [op.person_id(), op.actor.id].contains(&Some(id)) {
        return Err(AppError::conflict("IDP-122", "不能在这里办理自己的绑定")
            .hint("请在右上角姓名 → 统一身份认证 里凭密码办理"));
    }
    Ok(())
}

/// Binds an account in sight to a subject that the provider's administrator has told (安全管理员代为绑定).
///
/// # Errors
/// `IDP-122` one's own, `IDP-121` with the field, `IDP-110` and `IDP-111` bound already.
pub async fn bind_account(op: &OpContext, app: &App, id: AccountId, subject: &str) -> Result<(), AppError> {
    provider(app)?;
    let (tx, _) = accounts::load(op, app, id).await?;
    not_ones_own(op, id)?;
    let subject = subject.trim();
    if !is_subject(subject) {
        return Err(AppError::invalid("IDP-121", "没有绑定").field(
            "subject",
            "身份标识须是 1–255 个英文字母、数字或符号，照统一身份认证系统里的原样填写",
        ));
    }
    bind(op, app, tx, id, subject).await
}

/// Takes the binding of an account in sight away, and ends the sessions that came by it (解除绑定).
///
/// # Errors
/// `IDP-122` one's own, `IDP-405` not bound.
pub async fn unbind_account(op: &OpContext, app: &App, id: AccountId) -> Result<(), AppError> {
    let (tx, _) = accounts::load(op, app, id).await?;
    not_ones_own(op, id)?;
    unbind(op, app, tx, id).await
}

/// Takes one's own binding away, with one's password: whoever does not know it could not come in any more.
///
/// # Errors
/// `IDP-112` wrong password, `IDP-405` not bound.
pub async fn unbind_own(op: &OpContext, app: &App, password: &str) -> Result<(), AppError> {
    let account = op.oneself()?;
    provider(app)?;
    prove(op, app, password).await?;
    let tx = app.store.begin().await?;
    unbind(op, app, tx, account).await
}

async fn unbind(op: &OpContext, app: &App, mut tx: Tx, account: AccountId) -> Result<(), AppError> {
    let issuer = provider(app)?.issuer();
    let identity = tx.identity_of(account, issuer).await?;
    let identity = identity.ok_or_else(trouble::not_bound)?;
    tx.remove_identity(account, issuer).await?;
    tx.end_provider_sessions(account, op.session, op.now()).await?;
    // Who came by it and still owes the code has not come in.
    tx.forget_sign_in_steps(account, op.now()).await?;
    journal(op, &mut tx, JournalAction::IdentityUnbound, &identity).await?;
    Ok(tx.commit().await?)
}

/// Where the browser goes after signing out, to end the provider's own session too; `None` where there is none to end.
pub async fn way_out(app: &App) -> Option<String> {
    app.identity_provider.as_deref()?.way_out(app.now()).await
}
