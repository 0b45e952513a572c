//! API tokens (接口令牌): an account makes them, sees when they were last used, and takes them back.

use codes::digest::Sm3Hasher;
use codes::id::{AccountId, ApiTokenId, Id};
use codes::time::{Day, Timestamp};
use domain::accounts::{Account, Role};
use domain::api_token::{ApiToken, TOKEN_PREFIX, TOKENS_MAX, TokenScope, check_token};
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use rand::RngExt as _;
use serde_json::{Value, json};

use crate::accounts;
use crate::error::AppError;
use crate::op::{App, OpContext};

/// A token is noted as used at most this often.
const TOUCH_MILLIS: i64 = 60_000;

/// A token to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenForm {
    /// What it is for.
    pub name: String,
    /// Codes of [`TokenScope`].
    pub scopes: Vec<String>,
    /// The last day on which it is taken, `2026-12-31`.
    pub last_day: String,
}

/// A token that was just made.
pub struct MadeToken {
    /// As it is listed from now on.
    pub token: ApiToken,
    /// What the program sends. It is stored nowhere and shown once.
    pub secret: String,
}

/// A request that came with a valid token.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// Who asks, and what they see: never more than the account, nor than the token.
    pub op: OpContext,
    /// Whose token it is.
    pub account: Account,
    /// The token.
    pub token: ApiToken,
}

impl AppError {
    /// No such token of one's own.
    pub fn no_token() -> AppError {
        AppError::not_found("TOK-404", "没有这个接口令牌")
    }
}

/// Makes a token for one's own account, once its password is proved: a token outlives the session, so an open desk or somebody
/// who acts for another must not get one. The built-in account makes one for anybody and is asked no password. 新建接口令牌
///
/// # Errors
/// `TOK-101` with the fields that are wrong, `TOK-102` when there are too many, `ACC-450` while acting for another.
pub async fn make_token(
    op: &OpContext,
    app: &App,
    account: AccountId,
    password: &str,
    form: TokenForm,
) -> Result<MadeToken, AppError> {
    let is_system = op.role() == Role::System;
    if !is_system && op.oneself()? != account {
        return Err(AppError::forbidden("TOK-403", "只能为自己的账号新建接口令牌"));
    }
    if op.is_by_token() {
        return Err(AppError::forbidden("TOK-403", "接口令牌不能新建接口令牌").hint("请登录控制台新建"));
    }
    if op.first_duty.is_some() {
        return Err(AppError::forbidden("ACC-428", "请先完成登录后的首次设置"));
    }
    let refused = || AppError::invalid("TOK-101", "接口令牌未新建");
    if !is_system {
        accounts::prove_password(op, app, password, refused().field("password", "密码不正确")).await?;
    }
    let mut tx = app.store.begin().await?;
    let owner = tx.account(account).await?.ok_or_else(AppError::no_account)?;
    let (scopes, last_day) = read_form(&form, refused)?;
    let name = form.name.trim().to_owned();
    check_token(owner.role, &name, &scopes, last_day, op.today()).map_err(|unfit| {
        unfit
            .into_iter()
            .fold(refused(), |error, one| error.field(one.field, one.reason))
    })?;
    let now = op.now();
    let valid = tx.tokens_of(account).await?;
    if valid.iter().filter(|token| token.is_valid(now)).count() >= TOKENS_MAX {
        return Err(
            AppError::conflict("TOK-102", format!("有效的接口令牌已有 {TOKENS_MAX} 个"))
                .hint("请先撤回不用的令牌"),
        );
    }
    let secret = new_secret();
    let token = ApiToken {
        id: op.new_id(),
        account_id: account,
        name,
        scopes,
        tail: secret[secret.len() - 4..].to_owned(),
        created_at: now,
        expires_at: last_day.add_days(1).start(),
        used_at: None,
        withdrawn_at: None,
    };
    tx.add_token(&token, &digest(&secret)).await?;
    tx.journal(
        &op.by(),
        entry(JournalAction::TokenMade, &token, &owner).after(&told(&token, &owner)),
    )
    .await?;
    tx.commit().await?;
    Ok(MadeToken { token, secret })
}

fn read_form(form: &TokenForm, refused: impl Fn() -> AppError) -> Result<(Vec<TokenScope>, Day), AppError> {
    let mut scopes = Vec::new();
    for code in &form.scopes {
        let scope = TokenScope::from_code(code)
            .ok_or_else(|| refused().field("scope", format!("没有“{code}”这项范围")))?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    let last_day = Day::parse_iso(form.last_day.trim())
        .map_err(|_| refused().field("last_day", "日期应写作 2026-12-31"))?;
    Ok((scopes, last_day))
}

/// 256 random bits in hexadecimal behind the prefix that scanners look for.
fn new_secret() -> String {
    let mut bytes = [0u8; 32];
    rand::rng().fill(&mut bytes);
    format!("{TOKEN_PREFIX}{}", codes::digest::to_hex(&bytes))
}

fn digest(secret: &str) -> [u8; 32] {
    let mut hasher = Sm3Hasher::new();
    hasher.update(secret.as_bytes());
    hasher.finish()
}

fn told(token: &ApiToken, owner: &Account) -> Value {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.code()).collect();
    json!({
        "name": token.name,
        "login": owner.login,
        "scopes": scopes.join(" "),
        "last_day": last_day(token).to_string(),
    })
}

fn entry(action: JournalAction, token: &ApiToken, owner: &Account) -> JournalEntry {
    JournalEntry {
        path: owner.path.clone(),
        ..JournalEntry::new(action, SubjectKind::ApiToken, token.id.uuid())
    }
}

/// The last day on which a token is taken.
pub fn last_day(token: &ApiToken) -> Day {
    Timestamp(token.expires_at.0 - 1).day()
}

/// The tokens of an account, the newest first: one's own, or for those who look after accounts anybody's in sight. Whoever acts for
/// another does not see that other's by it.
pub async fn tokens(op: &OpContext, app: &App, account: AccountId) -> Result<Vec<ApiToken>, AppError> {
    let mut reader = app.store.read().await?;
    if op.person_id() != Some(account) {
        op.may(Action::SeeAccounts)?;
        let owner = reader.account(account).await?;
        owner
            .filter(|owner| op.sees(owner.path.as_ref()))
            .ok_or_else(AppError::no_account)?;
    }
    Ok(reader.tokens_of(account).await?)
}

/// Takes a token back, at once and for good (撤回): one's own, or for those who manage accounts anybody's in sight.
///
/// # Errors
/// `TOK-404` when there is none, `TOK-410` when it was taken back before, `ACC-450` for the tokens of either while acting for another.
pub async fn withdraw_token(op: &OpContext, app: &App, id: ApiTokenId) -> Result<ApiToken, AppError> {
    let mut tx = app.store.begin().await?;
    let token = tx.api_token(id).await?.ok_or_else(AppError::no_token)?;
    let owner = tx
        .account(token.account_id)
        .await?
        .ok_or_else(AppError::no_token)?;
    if [op.person_id(), op.actor.id].contains(&Some(owner.id)) {
        op.oneself()?;
    } else if !op.can(Action::ManageAccounts) || !op.sees(owner.path.as_ref()) {
        return Err(AppError::no_token());
    }
    if !tx.withdraw_token(id, op.now()).await? {
        return Err(AppError::conflict("TOK-410", "这个接口令牌已经撤回"));
    }
    let entry = entry(JournalAction::TokenWithdrawn, &token, &owner).before(&told(&token, &owner));
    tx.journal(&op.by(), entry).await?;
    tx.commit().await?;
    Ok(token)
}

/// Who sent this secret; `None` when it is unknown, taken back, run out, or its account is out of use.
pub async fn authenticate_token(
    app: &App,
    secret: &str,
    request_id: Option<String>,
) -> Result<Option<TokenRequest>, AppError> {
    if !secret.starts_with(TOKEN_PREFIX) {
        return Ok(None);
    }
    let now = app.now();
    let mut reader = app.store.read().await?;
    let Some(token) = reader.token_by_secret(&digest(secret)).await? else {
        return Ok(None);
    };
    if !token.is_valid(now) {
        return Ok(None);
    }
    let account = reader.account(token.account_id).await?;
    drop(reader);
    let Some(account) = account.filter(|account| account.disabled_at.is_none()) else {
        return Ok(None);
    };
    if token
        .used_at
        .is_none_or(|used| now.millis_since(used) >= TOUCH_MILLIS)
    {
        touch_later(app, token.id, now);
    }
    let op = app.acting_by_token(&account, &token, request_id);
    Ok(Some(TokenRequest { op, account, token }))
}

/// As with sessions: no request waits for the writer only to note that somebody is there.
fn touch_later(app: &App, id: Id<codes::id::ApiToken>, now: Timestamp) {
    let store = app.store.clone();
    tokio::spawn(async move {
        let touched = async {
            let mut tx = store.begin().await?;
            tx.touch_token(id, now).await?;
            tx.commit().await
        };
        if let Err(error) = touched.await {
            tracing::debug!(%error, "token not touched");
        }
    });
}
