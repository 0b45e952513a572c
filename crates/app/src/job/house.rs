//! What is done by the clock beside the jobs (例行维护): reminders, the night's work, the hourly anchor of the journal, clearing up.
//! It goes on while a job works for hours, and a night that nobody was there for is made up for.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use codes::time::{Day, Timestamp};

use crate::error::AppError;
use crate::journal::chain;
use crate::keys::rotation;
use crate::lock::WorkLock;
use crate::op::App;
use crate::{quality, search, union_org};

/// How often the clock is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How often what nobody needs any more is removed.
const CLEAR_EVERY: Duration = Duration::from_secs(24 * 3600);
/// How often the end of the journal is written down, where it has grown.
const ANCHOR_EVERY: Duration = Duration::from_secs(3600);
/// After how long something is tried again that failed: the store may have been held by an import.
const AGAIN_AFTER: Duration = Duration::from_secs(600);
/// The setting that names the last night whose work was queued.
const NIGHT: &str = "night_done";
/// An upload that nobody has written to for this long and that no job needs was left behind.
const UPLOAD_IDLE: Duration = Duration::from_secs(3600);

/// One thing that is done every so often.
struct Chore {
    every: Duration,
    next: Timestamp,
}

impl Chore {
    fn first_at(next: Timestamp, every: Duration) -> Chore {
        Chore { every, next }
    }

    fn is_due(&self, now: Timestamp) -> bool {
        now >= self.next
    }

    fn done(&mut self, now: Timestamp, is_well: bool) {
        self.next = now.plus(if is_well { self.every } else { AGAIN_AFTER });
    }
}

/// Tells the log what failed; answers whether nothing did.
fn is_well<T>(outcome: Result<T, AppError>, what: &str) -> bool {
    if let Err(error) = &outcome {
        tracing::warn!(%error, what, "housekeeping failed and is tried again");
    }
    outcome.is_ok()
}

/// Looks after the house for ever.
pub(super) async fn keep(app: &App) {
    let now = app.now();
    let mut clearing = Chore::first_at(now, CLEAR_EVERY);
    let mut anchoring = Chore::first_at(now.plus(ANCHOR_EVERY), ANCHOR_EVERY);
    let mut night = Chore::first_at(now, LOOK_EVERY);
    let mut reminding = Chore::first_at(now, LOOK_EVERY);
    let (mut reminded, mut last_night) = (None, None);
    is_well(search::enqueue_if_needed(app, false).await, "search keys");
    is_well(rotation::enqueue_if_pending(app).await, "change of keys");
    loop {
        let now = app.now();
        if clearing.is_due(now) {
            let well = keep_house(app).await;
            clearing.done(now, well);
        }
        if reminding.is_due(now) && reminded != Some(now.day()) {
            let well = is_well(union_org::term::remind(app).await, "reminders of terms")
                & is_well(
                    union_org::vacancy::remind_of_vacancies(app).await,
                    "reminders of vacant chairs",
                )
                & is_well(
                    union_org::legal::remind_of_certificates(app).await,
                    "reminders of certificates",
                );
            reminded = well.then(|| now.day());
            reminding.done(now, well);
        }
        if night.is_due(now) && last_night != Some(last_night_before(now)) {
            let worked = work_of_the_night(app).await;
            last_night = worked.as_ref().ok().copied();
            let well = is_well(worked, "work of the night");
            night.done(now, well);
        }
        if anchoring.is_due(now) {
            let anchored = chain::anchor_if_grown(&app.system("anchor"), app).await;
            let well = is_well(anchored, "anchor of the journal");
            anchoring.done(now, well);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The day whose night has begun last: before its hour it is still the night of yesterday.
fn last_night_before(now: Timestamp) -> Day {
    if quality::has_night_begun(now) {
        now.day()
    } else {
        now.day().add_days(-1)
    }
}

/// Queues the night's count of the register, the sweep of search keys and what is left of a change of keys, once a night: in it, or
/// as soon as possible after one in which nobody was there. A new installation has missed none. Answers the night that is done.
async fn work_of_the_night(app: &App) -> Result<Day, AppError> {
    let now = app.now();
    let due = last_night_before(now);
    let done = app.store.read().await?.setting(NIGHT).await?;
    let is_new = done.is_none() && !quality::is_night(now);
    // A day that cannot be read counts as missed: work that is done twice does no harm.
    let done = done.and_then(|text| Day::parse_iso(&text).ok());
    if done.is_some_and(|done| done >= due) {
        return Ok(due);
    }
    if !is_new {
        quality::enqueue_nightly(app).await?;
        search::enqueue_if_needed(app, true).await?;
        rotation::enqueue_if_pending(app).await?;
    }
    let mut tx = app.store.begin().await?;
    tx.set_setting(NIGHT, &due.to_string(), now).await?;
    tx.commit().await?;
    Ok(due)
}

/// Removes what nobody needs any more: sessions that ran out, answers of the interface that are older than a day, uploads that
/// no job waits for, scratch of runs that died, exports that have expired; and folds the lists' counts together. What fails is
/// told in the log. Answers whether all went well.
pub async fn keep_house(app: &App) -> bool {
    is_well(forget_sessions(app).await, "sessions that ran out")
        & is_well(fold_counts(app).await, "the lists' counts")
        & is_well(clear_uploads(app).await, "left uploads")
        & is_well(clear_runs(app).await, "scratch of runs")
        & is_well(crate::export::register::sweep(app).await, "old exports")
        & is_well(crate::intake::recover(app).await, "old batches")
}

async fn forget_sessions(app: &App) -> Result<(), AppError> {
    let mut tx = app.store.begin().await?;
    // Those of the last weeks tell from which addresses an account comes.
    let familiar = Timestamp(app.now().0 - crate::accounts::FAMILIAR.as_millis() as i64);
    tx.forget_sessions(familiar).await?;
    tx.forget_answers(crate::api_answer::kept_since(app.now()))
        .await?;
    Ok(tx.commit().await?)
}

async fn fold_counts(app: &App) -> Result<(), AppError> {
    let mut tx = app.store.begin().await?;
    tx.fold_tally().await?;
    Ok(tx.commit().await?)
}

/// Uploads hold people's rows in plain, so they lie in a private folder, and no longer than their job needs them.
async fn clear_uploads(app: &App) -> Result<(), AppError> {
    let folder = app.data_dir.join("uploads");
    crate::keys::create_private_dir(&folder)?;
    #[cfg(unix)]
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))
        .map_err(|error| AppError::io(folder.display(), error))?;
    let ahead = app.store.read().await?.jobs_ahead().await?;
    let needed = |path: &Path| {
        ahead
            .iter()
            .filter_map(|job| job.arguments.get("path")?.as_str())
            .any(|needed| Path::new(needed).file_name() == path.file_name())
    };
    for path in crate::intake::entries(&folder) {
        if !needed(&path) && is_left(&path, app.now()) {
            crate::intake::remove(&path);
        }
    }
    Ok(())
}

/// Whether nobody has written to the file for a while: an upload under way has no job yet.
fn is_left(path: &Path, now: Timestamp) -> bool {
    let written = || {
        let at = std::fs::metadata(path).and_then(|meta| meta.modified()).ok()?;
        i64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_millis()).ok()
    };
    written().is_some_and(|at| Timestamp(at).plus(UPLOAD_IDLE) < now)
}

async fn clear_runs(app: &App) -> Result<(), AppError> {
    let Some(_lock) = WorkLock::try_take(app, crate::run::LOCK).await? else {
        return Ok(()); // a run is at work
    };
    for folder in crate::intake::entries(&app.data_dir.join("runs")) {
        std::fs::remove_dir_all(&folder).map_err(|error| AppError::io(folder.display(), error))?;
    }
    for folder in ["members", "models"] {
        crate::intake::remove_parts(&app.data_dir.join("lake").join(folder));
    }
    Ok(())
}
