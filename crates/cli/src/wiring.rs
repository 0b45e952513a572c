//! Puts an installation together: store, keys, clock, and the bulk job behind the trait that `app` knows.

use std::sync::Arc;

use anyhow::{Result, bail};
use app::journal::anchor::Outlets;
use app::keys::MasterPlace;
use app::keys::token::{TokenAccess, TokenKey};
use app::op::{App, AppConfig, OpContext};
use office::pdf::Fonts;

use crate::args::{Args, KeyProviderArg, TokenArgs};
use crate::printer::say;

/// Logs go to stderr; `RUST_LOG` chooses, warnings by default. A slow statement is no warning to whoever reads a
/// terminal: a whole city's bulk load is one.
pub fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| "warn,sqlx::query=error".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}

/// Where this command's installation lies.
pub fn config(args: &Args) -> AppConfig {
    AppConfig {
        data_dir: args.data.clone(),
        database_url: args.database_url.clone(),
        master: MasterPlace::File,
        token: TokenAccess {
            module: args.token.pkcs11_module.clone(),
            pin_file: args.token.pkcs11_pin_file.clone(),
        },
    }
}

/// Where a new master key is to lie.
pub fn place(provider: KeyProviderArg, args: &TokenArgs) -> Result<MasterPlace> {
    match (provider, &args.token) {
        (KeyProviderArg::File, _) => Ok(MasterPlace::File),
        (KeyProviderArg::Pkcs11, Some(token)) => Ok(MasterPlace::Token(TokenKey {
            token: token.clone(),
            key: args.key.clone(),
            mechanism: args.mechanism,
        })),
        (KeyProviderArg::Pkcs11, None) => bail!("没有说明令牌：请加 --token 标签，或设 GONGHUI_PKCS11_TOKEN"),
    }
}

/// The installation, recovered from whatever interrupted it last, with the bulk job wired in.
pub async fn open(args: &Args) -> Result<App> {
    let mut app = with_bulk_job(App::open(&config(args)).await?);
    app.anchor_outlets = Arc::new(Outlets {
        folder: args.anchor_dir.clone(),
        syslog: args.anchor_syslog.clone(),
    });
    if let Some(folder) = &args.fonts {
        if !folder.is_dir() {
            bail!(
                "字体目录 {} 不存在或不是目录：请改正 --fonts 或 GONGHUI_FONTS",
                folder.display()
            );
        }
        app.fonts = Fonts::of_machine(Some(folder));
    }
    let interrupted = app::intake::recover(&app).await?;
    if interrupted > 0 {
        say(format!(
            "{interrupted} 个数据批次上次被中断，没有写入任何数据；请重新导入"
        ));
    }
    let interrupted = app::run::recover(&system(&app, "recover"), &app).await?;
    if interrupted > 0 {
        say(format!(
            "{interrupted} 次比对上次被中断，没有写入任何数据；请重新运行"
        ));
    }
    Ok(app)
}

/// The built-in account `system`, with the command and the operating system's user in the journal.
pub fn system(app: &App, command: &str) -> OpContext {
    let user = ["SUDO_USER", "USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok())
        .unwrap_or_else(|| "unknown".to_owned());
    app.system(&format!("{command} {user}"))
}

#[cfg(feature = "reconcile")]
fn with_bulk_job(mut app: App) -> App {
    app.bulk = Some(Arc::new(bulk::DataFusionJob));
    app
}

#[cfg(not(feature = "reconcile"))]
fn with_bulk_job(app: App) -> App {
    app
}

#[cfg(feature = "reconcile")]
mod bulk {
    use std::future::Future;
    use std::pin::Pin;

    use app::progress::Progress;
    use app::run::BulkJob;
    use lake::run::{RunInput, RunOutput};

    /// `reconcile` on this machine.
    pub struct DataFusionJob;

    impl BulkJob for DataFusionJob {
        fn reconcile(
            &self,
            input: RunInput,
            progress: Progress,
        ) -> Pin<Box<dyn Future<Output = Result<RunOutput, String>> + Send>> {
            Box::pin(async move {
                // A wish to stop is heard when the job is done, before anything is written back: it takes a minute at most.
                let told = |stage: &str, done, of| drop(progress(stage, done, of));
                reconcile::run(&input, &told)
                    .await
                    .map_err(|error| error.to_string())
            })
        }
    }
}
