//! The running application and the context of one operation.
//!
//! Every use case is one function `(op: &OpContext, app: &App, …)`: load → may → decide → save → journal → commit.
//! [`App`] is what the installation has, [`OpContext`] is who asks, for what part of the tree, and when.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use codes::crypto::{FieldKeys, KeyProvider};
use codes::id::{AccountId, Id, IdSource, SessionId, SystemIds, UnionOrgId};
use codes::time::{Clock, Day, SystemClock, Timestamp};
use domain::accounts::{Account, Role};
use domain::journal::By;
use domain::permission::{self, Action};
use domain::scope::{Scope, UnionPath};
use domain::working_days::WorkingDays;
use store::{Store, StoreConfig};

use crate::error::AppError;
use crate::job::Jobs;
use crate::keys::{self, FileKeyProvider};
use crate::run::BulkJob;

/// What an installation is opened with.
#[derive(Debug, Clone)]
pub struct AppConfig {
    /// The folder of keys, lake and embedded store.
    pub data_dir: PathBuf,
    /// A PostgreSQL address; the embedded store in the data folder when `None`.
    pub database_url: Option<String>,
}

impl AppConfig {
    /// An installation in one folder with the embedded store.
    pub fn embedded(data_dir: impl Into<PathBuf>) -> AppConfig {
        AppConfig {
            data_dir: data_dir.into(),
            database_url: None,
        }
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
    pub key_provider: Option<Arc<dyn KeyProvider>>,
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
    /// Makes the data folder, a fresh master key and an empty store. Refuses a folder that has a key already.
    pub async fn init(config: &AppConfig) -> Result<App, AppError> {
        keys::create_private_dir(&config.data_dir)?;
        FileKeyProvider::in_data_dir(&config.data_dir).create()?;
        App::open(config).await
    }

    /// Opens an installation that [`App::init`] has made, and brings its tables up to date.
    ///
    /// # Errors
    /// When the key is absent, readable for others or not the one the store was made with, or when the store cannot
    /// be opened.
    pub async fn open(config: &AppConfig) -> Result<App, AppError> {
        let provider = FileKeyProvider::in_data_dir(&config.data_dir);
        let keys = provider.field_keys().map_err(AppError::from)?;
        let store = Store::open(&config.store()).await?;
        let mut app = App::assemble(
            store,
            keys,
            &config.data_dir,
            Arc::new(SystemClock),
            Arc::new(SystemIds),
        )
        .await?;
        app.key_provider = Some(Arc::new(provider));
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
        Ok(App {
            store,
            keys: Arc::new(keys),
            key_provider: None,
            clock,
            ids,
            data_dir: data_dir.to_owned(),
            calendar: WorkingDays::shipped(),
            bulk: None,
            jobs: Jobs::default(),
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
                must_change_password: false,
            },
            scope: Scope::Everything,
            session: None,
            request_id: None,
            on_behalf: None,
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
                must_change_password: account.must_change_password,
            },
            scope: account.scope(),
            session,
            request_id,
            on_behalf: None,
            clock: Arc::clone(&self.clock),
            ids: Arc::clone(&self.ids),
        }
    }
}

/// Who acts.
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
    /// True until the person has chosen a password; nothing else is allowed before.
    pub must_change_password: bool,
}

/// One operation: who asks, what they see, and when it is.
#[derive(Clone)]
pub struct OpContext {
    /// Who acts.
    pub actor: Actor,
    /// The session it came through.
    pub session: Option<SessionId>,
    /// The request or command it belongs to.
    pub request_id: Option<String>,
    /// On whose behalf, when somebody acts for another.
    pub on_behalf: Option<String>,
    scope: Scope,
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
        if self.actor.must_change_password {
            return Err(AppError::forbidden("ACC-428", "请先修改一次性密码"));
        }
        Err(AppError::forbidden(
            "ACC-403",
            format!("您的角色（{}）不能{}", self.actor.role.label(), action.label()),
        )
        .hint("如确需办理，请联系系统管理员调整角色"))
    }

    /// Whether the actor's role allows it: for showing or hiding a button.
    pub fn can(&self, action: Action) -> bool {
        !self.actor.must_change_password && permission::may(self.actor.role, action)
    }

    /// The author of the journal entries of this operation, at this instant.
    pub fn by(&self) -> By {
        By {
            actor_id: self.actor.id,
            actor_name: self.actor.name.clone(),
            on_behalf: self.on_behalf.clone(),
            at: self.now(),
            request_id: self.request_id.clone(),
            path: self.actor.path.clone(),
        }
    }
}
