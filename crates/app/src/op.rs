//! The running application and the context of one operation.
//!
//! Every use case is one function `(op: &OpContext, app: &App, …)`: load → may → decide → save → journal → commit.
//! [`App`] is what the installation has, [`OpContext`] is who asks, for what part of the tree, and when.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codes::crypto::FieldKeys;
use codes::id::{AccountId, Id, IdSource, SessionId, SystemIds, UnionOrgId};
use codes::time::{Clock, Day, SystemClock, Timestamp};
use domain::accounts::{Account, FirstDuty, Role};
use domain::api_token::ApiToken;
use domain::journal::By;
use domain::permission::{self, Action};
use domain::scope::{Scope, UnionPath};
use domain::working_days::WorkingDays;
use office::pdf::Fonts;
use store::{Store, StoreConfig};

use crate::error::AppError;
use crate::identity::IdentityProvider;
use crate::job::Jobs;
use crate::journal::anchor::Outlets;
use crate::keys::token::TokenAccess;
use crate::keys::{self, KeyRing, MasterPlace};
use crate::pace::Paces;
use crate::run::BulkJob;
use crate::security;

/// What an installation is opened with.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// The folder of keys, lake and embedded store.
    pub data_dir: PathBuf,
    /// A PostgreSQL address; the embedded store in the data folder when `None`.
    pub database_url: Option<String>,
    /// Where a new installation's master key is to lie; an existing one's says so itself (`root.key`).
    pub master: MasterPlace,
    /// How a token with the master key is reached, where one is used.
    pub token: TokenAccess,
}

impl AppConfig {
    /// An installation in one folder with the embedded store.
    pub fn embedded(data_dir: impl Into<PathBuf>) -> AppConfig {
        AppConfig {
            data_dir: data_dir.into(),
            database_url: None,
            master: MasterPlace::File,
            token: TokenAccess::default(),
        }
    }

    /// The keys of the data folder.
    pub fn key_ring(&self) -> KeyRing {
        KeyRing::in_data_dir(&self.data_dir, self.token.clone())
    }

    /// Where the store lives.
    pub fn store(&self) -> StoreConfig {
        match &self.database_url {
            Some(url) => StoreConfig::from_url(url),
            None => StoreConfig::sqlite(self.data_dir.join("gonghui.db")),
        }
    }
}

/// A running installation: the store, the keys, the clock and what works in the background.
#[derive(Clone)]
pub struct App {
    /// Everything the platform remembers.
    pub store: Store,
    /// The keys of sealed values.
    pub keys: Arc<FieldKeys>,
    /// What wraps data keys; `None` where no data key of its own can be made or read.
    pub key_ring: Option<Arc<KeyRing>>,
    /// Where "now" comes from.
    pub clock: Arc<dyn Clock>,
    /// Where identifiers come from.
    pub ids: Arc<dyn IdSource>,
    /// The folder of keys, lake and embedded store.
    pub data_dir: PathBuf,
    /// The working-day calendar (工作日历).
    pub calendar: &'static WorkingDays,
    /// The bulk job, where the command line wired one.
    pub bulk: Option<Arc<dyn BulkJob>>,
    /// Background jobs.
    pub jobs: Jobs,
    /// The unit's own identity provider, where one is configured.
    pub identity_provider: Option<Arc<IdentityProvider>>,
    /// Where anchors of the journal go besides the store and the data folder.
    pub anchor_outlets: Arc<Outlets>,
    /// What papers are set with.
    pub fonts: Fonts,
    /// How often what is limited was asked for.
    pub(crate) paces: Arc<Paces>,
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("data_dir", &self.data_dir)
            .field("engine", &self.store.engine())
            .finish()
    }
}

impl App {
    /// Makes the data folder, fresh keys and an empty store. Refuses a folder that has keys already.
    pub async fn init(config: &AppConfig) -> Result<App, AppError> {
        keys::create_private_dir(&config.data_dir)?;
        config.key_ring().create(&config.master)?;
        App::open(config).await
    }

    /// Opens an installation that [`App::init`] has made, and brings its tables up to date.
    ///
    /// # Errors
    /// When the keys are absent, readable for others, out of reach or not those the store was made with, or when the store
    /// cannot be opened.
    pub async fn open(config: &AppConfig) -> Result<App, AppError> {
        let ring = config.key_ring();
        let keys = ring.field_keys().map_err(AppError::from)?;
        let store = Store::open(&config.store()).await?;
        let mut app = App::assemble(
            store,
            keys,
            &config.data_dir,
            Arc::new(SystemClock),
            Arc::new(SystemIds),
        )
        .await?;
        app.key_ring = Some(Arc::new(ring));
        keys::rotation::refresh(&app).await?;
        Ok(app)
    }

    /// Puts an installation together from its parts; tests bring their own clock and ids.
    pub async fn assemble(
        store: Store,
        keys: FieldKeys,
        data_dir: &Path,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Result<App, AppError> {
        keys::check_belongs(&store, &keys, clock.now()).await?;
        security::begin(&store, clock.now()).await?;
        Ok(App {
            store,
            keys: Arc::new(keys),
            key_ring: None,
            clock,
            ids,
            data_dir: data_dir.to_owned(),
            calendar: WorkingDays::shipped(),
            bulk: None,
            jobs: Jobs::default(),
            identity_provider: None,
            anchor_outlets: Arc::default(),
            fonts: Fonts::of_machine(None),
            paces: Arc::default(),
        })
    }

    /// This instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The context of the built-in account `system`; `purpose` names the command and the operating system's user.
    pub fn system(&self, purpose: &str) -> OpContext {
        OpContext {
            actor: Actor {
                id: None,
                login: "system".to_owned(),
                name: format!("system({purpose})"),
                role: Role::System,
                union_id: None,
                path: None,
            },
            scope: Scope::Everything,
            session: None,
            address: None,
            token: None,
            request_id: None,
            delegate: None,
            first_duty: None,
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
        }
    }

    /// The context of a person's request.
    pub fn acting(
        &self,
        account: &Account,
        session: Option<SessionId>,
        request_id: Option<String>,
    ) -> OpContext {
        OpContext {
            actor: Actor {
                id: Some(account.id),
                login: account.login.clone(),
                name: account.name.clone(),
                role: account.role,
                union_id: account.union_id,
                path: account.path.clone(),
            },
            scope: account.scope(),
            session,
            address: None,
            token: None,
            request_id,
            delegate: None,
            first_duty: account.must_change_password.then_some(FirstDuty::ReplacePassword),
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
        }
    }

    /// The context of a program's request: the account's role and scope, and of that only what the token opens.
    pub fn acting_by_token(
        &self,
        account: &Account,
        token: &ApiToken,
        request_id: Option<String>,
    ) -> OpContext {
        OpContext {
            token: Some(Arc::new(token.clone())),
            ..self.acting(account, None, request_id)
        }
    }
}

/// Whose role and scope count: the person who asks or, while somebody acts for another, that other (委托人).
#[derive(Debug, Clone)]
pub struct Actor {
    /// The account; `None` for the built-in system account.
    pub id: Option<AccountId>,
    /// The login name.
    pub login: String,
    /// The name that journals show.
    pub name: String,
    /// What the person is here for.
    pub role: Role,
    /// The person's union.
    pub union_id: Option<UnionOrgId>,
    /// That union's place in the tree.
    pub path: Option<UnionPath>,
}

/// Who really sits there while acting for another (代办人).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegate {
    /// The account.
    pub id: AccountId,
    /// The name that journals show.
    pub name: String,
}

/// One operation: who asks, what they see, and when it is.
#[derive(Clone)]
pub struct OpContext {
    /// Whose role and scope count.
    pub actor: Actor,
    /// The session it came through.
    pub session: Option<SessionId>,
    /// The address it came from; `None` on the machine itself and for what is done later in the background.
    pub address: Option<String>,
    /// The request or command it belongs to.
    pub request_id: Option<String>,
    /// Who acts for the actor, when that is somebody else (代办).
    pub delegate: Option<Delegate>,
    /// What the person must do first; nothing else is allowed before.
    pub first_duty: Option<FirstDuty>,
    scope: Scope,
    token: Option<Arc<ApiToken>>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl fmt::Debug for OpContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpContext")
            .field("actor", &self.actor)
            .field("scope", &self.scope)
            .finish()
    }
}

impl OpContext {
    /// This instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Today in Asia/Shanghai.
    pub fn today(&self) -> Day {
        self.clock.today()
    }

    /// A fresh identifier.
    pub fn new_id<K>(&self) -> Id<K> {
        Id::mint(&*self.ids, self.now())
    }

    /// The actor's role.
    pub fn role(&self) -> Role {
        self.actor.role
    }

    /// Which rows the actor sees.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether a row at this place is in sight.
    pub fn sees(&self, place: Option<&UnionPath>) -> bool {
        self.scope.contains(place)
    }

    /// Refuses what the actor's role does not allow.
    pub fn may(&self, action: Action) -> Result<(), AppError> {
        if self.can(action) {
            return Ok(());
        }
        if let Some(duty) = self.first_duty {
            return Err(AppError::duty_first(duty));
        }
        if permission::may(self.actor.role, action) && self.reaches(action) {
            return Err(
                AppError::forbidden("TOK-403", format!("这个接口令牌不能{}", action.label()))
                    .hint("请由账号本人新建一个带有所需范围的令牌；有的操作只能在控制台进行"),
            );
        }
        if permission::may(self.actor.role, action) && !self.reaches(action) {
            return Err(AppError::forbidden(
                "ACC-407",
                format!("{}涉及全市数据，您的数据范围不是全市", action.label()),
            )
            .hint("请由数据范围为全市的人员办理"));
        }
        Err(AppError::forbidden(
            "ACC-403",
            format!("您的角色（{}）不能{}", self.actor.role.label(), action.label()),
        )
        .hint("如确需办理，请联系安全管理员调整角色"))
    }

    /// Whether the actor's role allows it: for showing or hiding a button.
    pub fn can(&self, action: Action) -> bool {
        self.first_duty.is_none()
            && permission::may(self.actor.role, action)
            && self.reaches(action)
            && self.token.as_ref().is_none_or(|token| token.opens(action))
    }

    /// What concerns the whole city is for those who see it.
    fn reaches(&self, action: Action) -> bool {
        !action.is_city_wide() || self.scope.is_whole_city()
    }

    /// Whether a program asks, with a token, and not a person who has signed in.
    pub fn is_by_token(&self) -> bool {
        self.token.is_some()
    }

    /// The request as the journal names it; a program's with the name of its token, so that one sees who acted through what.
    fn traced(&self) -> Option<String> {
        match &self.token {
            Some(token) => {
                let request = self.request_id.as_deref().unwrap_or("-");
                Some(format!("{request} 令牌 {}", token.name))
            }
            None => self.request_id.clone(),
        }
    }

    /// The person who really asks: the delegate while acting for another; `None` for the built-in system account.
    pub fn person_id(&self) -> Option<AccountId> {
        self.delegate
            .as_ref()
            .map_or(self.actor.id, |delegate| Some(delegate.id))
    }

    /// The person and whom they act for: where somebody must have had no part in a thing, neither of them counts as another.
    pub fn parties(&self) -> Vec<AccountId> {
        [self.person_id(), self.actor.id].into_iter().flatten().collect()
    }

    /// Whom the person acts for, when that is somebody else.
    pub fn acted_for(&self) -> Option<AccountId> {
        self.delegate.as_ref().and(self.actor.id)
    }

    /// The name to sign with where there is room for one: with both names while acting for another.
    pub fn signature(&self) -> String {
        match &self.delegate {
            Some(delegate) => format!("{}（代 {}）", delegate.name, self.actor.name),
            None => self.actor.name.clone(),
        }
    }

    /// The account of a person who acts in their own name, for what nobody does for another: passwords, codes, giving and
    /// taking authority.
    ///
    /// # Errors
    /// `ACC-450` while acting for another, `ACC-111` for the built-in account.
    pub fn oneself(&self) -> Result<AccountId, AppError> {
        if self.delegate.is_some() {
            return Err(
                AppError::forbidden("ACC-450", "代办期间不能办理本人账号的事项").hint("请先点“恢复本人身份”")
            );
        }
        self.actor
            .id
            .ok_or_else(|| AppError::invalid("ACC-111", "系统账号不能登录，没有密码和授权"))
    }

    /// The same operation as it came from this address.
    #[must_use]
    pub fn from_address(self, address: Option<String>) -> OpContext {
        OpContext { address, ..self }
    }

    /// The same operation by somebody who acts for the actor.
    pub(crate) fn acted_by(self, delegate: Delegate) -> OpContext {
        OpContext {
            delegate: Some(delegate),
            ..self
        }
    }

    /// The same operation as it came through a program: the journal names request and token.
    pub(crate) fn through(self, program: &OpContext) -> OpContext {
        OpContext {
            request_id: program.traced(),
            ..self
        }
    }

    /// The same operation by somebody who must do something else first.
    pub(crate) fn with_first_duty(self, first_duty: Option<FirstDuty>) -> OpContext {
        OpContext { first_duty, ..self }
    }

    /// The author of the journal entries of this operation, at this instant: the person, and on whose behalf.
    pub fn by(&self) -> By {
        let (actor_id, actor_name, on_behalf) = match &self.delegate {
            Some(delegate) => (
                Some(delegate.id),
                delegate.name.clone(),
                Some(self.actor.name.clone()),
            ),
            None => (self.actor.id, self.actor.name.clone(), None),
        };
        By {
            actor_id,
            actor_name,
            on_behalf,
            role: Some(self.actor.role),
            session_id: match &self.token {
                Some(token) => Some(token.id.uuid()),
                None => self.session.map(|session| session.uuid()),
            },
            address: self.address.clone(),
            at: self.now(),
            request_id: self.traced(),
            path: self.actor.path.clone(),
        }
    }
}
