//! Background jobs: one after the other, with progress, cancelling and a restart in the middle.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use app::error::{AppError, ErrorKind};
use app::job::{self, JobState};
use domain::accounts::Role;
use serde_json::json;
use testkit::{TestApp, both_engines};
use tokio::sync::Notify;

both_engines! {
    async fn a_job_is_done_with_progress_log_and_result(database: Database) {
        let test = TestApp::on(database).await;
        let (app, op) = (&test.app, test.system());
        app.jobs.register("count", |context| async move {
            context.log("开始").await?;
            context.reporter()("计数", 3, 7)?;
            Ok(json!({ "given": context.job.arguments["number"] }))
        });
        let id = job::enqueue(&op, app, "count", "数数", json!({ "number": 7 })).await.unwrap();
        assert_eq!(job::job(&op, app, id).await.unwrap().state, JobState::Queued);
        assert!(job::run_next(app).await.unwrap());
        assert!(!job::run_next(app).await.unwrap(), "nothing left");
        let done = job::job(&op, app, id).await.unwrap();
        assert_eq!((done.state, done.result), (JobState::Done, Some(json!({ "given": 7 }))));
        assert_eq!((done.stage.as_deref(), done.done_count, done.total_count), (Some("计数"), 3, Some(7)));
        assert_eq!(job::job_log(&op, app, id).await.unwrap()[0].1, "开始");
        assert_eq!(job::jobs(&op, app, 1).await.unwrap().1, 1);
    }

    async fn a_failure_and_a_panic_are_outcomes(database: Database) {
        let test = TestApp::on(database).await;
        let (app, op) = (&test.app, test.system());
        app.jobs.register("fail", |_| async { Err(AppError::invalid("X-1", "第 3 行读不懂")) });
        app.jobs.register("panic", |_| async { panic!("on purpose") });
        let failing = job::enqueue(&op, app, "fail", "失败", json!({})).await.unwrap();
        let panicking = job::enqueue(&op, app, "panic", "崩溃", json!({})).await.unwrap();
        assert!(job::run_next(app).await.unwrap() && job::run_next(app).await.unwrap());
        let failed = job::job(&op, app, failing).await.unwrap();
        assert_eq!(failed.state, JobState::Failed);
        assert!(failed.error.unwrap().contains("第 3 行"));
        assert_eq!(job::job(&op, app, panicking).await.unwrap().state, JobState::Failed);
        let unknown = job::enqueue(&op, app, "unknown", "未知", json!({})).await.unwrap_err();
        assert_eq!(unknown.kind, ErrorKind::Unavailable);
    }

    async fn cancelling_stops_waiting_and_running_jobs(database: Database) {
        let test = TestApp::on(database).await;
        let (app, op) = (test.app.clone(), test.system());
        let (begun, seen) = (Arc::new(Notify::new()), Arc::new(AtomicU32::new(0)));
        let (begun_inside, seen_inside) = (Arc::clone(&begun), Arc::clone(&seen));
        app.jobs.register("long", move |context| {
            let (begun, seen) = (Arc::clone(&begun_inside), Arc::clone(&seen_inside));
            async move {
                seen.fetch_add(1, Ordering::SeqCst);
                let progress = context.reporter();
                progress("第一步", 1, 0)?;
                begun.notify_one();
                loop {
                    progress("第一步", 1, 0)?;
                    tokio::task::yield_now().await;
                }
            }
        });
        let running = job::enqueue(&op, &app, "long", "长", json!({})).await.unwrap();
        test.clock.advance(std::time::Duration::from_millis(1));
        let waiting = job::enqueue(&op, &app, "long", "长", json!({})).await.unwrap();
        job::cancel(&op, &app, waiting).await.unwrap();
        let worker = tokio::spawn({
            let app = app.clone();
            async move { job::run_next(&app).await.unwrap() && !job::run_next(&app).await.unwrap() }
        });
        begun.notified().await;
        let live = job::job(&op, &app, running).await.unwrap();
        assert_eq!((live.state, live.stage.as_deref()), (JobState::Running, Some("第一步")), "live progress");
        job::cancel(&op, &app, running).await.unwrap();
        assert!(worker.await.unwrap());
        assert_eq!(job::job(&op, &app, running).await.unwrap().state, JobState::Cancelled);
        assert_eq!(job::job(&op, &app, waiting).await.unwrap().state, JobState::Cancelled);
        assert_eq!(seen.load(Ordering::SeqCst), 1, "the waiting one never began");
        assert_eq!(job::cancel(&op, &app, running).await.unwrap_err().kind, ErrorKind::Conflict);
    }

    async fn what_a_power_cut_stopped_is_begun_again_once(database: Database) {
        let test = TestApp::on(database).await;
        let (app, op) = (&test.app, test.system());
        app.jobs.register("work", |_| async { Ok(json!({})) });
        // As far as a power cut lets it come.
        let take = async || {
            let mut tx = app.store.begin().await.unwrap();
            let taken = tx.take_job(app.now()).await.unwrap().unwrap();
            tx.commit().await.unwrap();
            taken.id
        };
        let id = job::enqueue(&op, app, "work", "干活", json!({})).await.unwrap();
        assert_eq!(take().await, id);
        assert_eq!(job::recover(app).await.unwrap(), 1);
        let waiting = job::job(&op, app, id).await.unwrap();
        assert_eq!((waiting.state, waiting.done_count), (JobState::Queued, 0));
        assert!(job::job_log(&op, app, id).await.unwrap().iter().any(|line| line.1.contains("从头重做")));
        assert!(job::run_next(app).await.unwrap());
        assert_eq!(job::job(&op, app, id).await.unwrap().state, JobState::Done);

        // What stops the process every time is not begun for ever.
        let id = job::enqueue(&op, app, "work", "干活", json!({})).await.unwrap();
        for _ in 0..2 {
            assert_eq!(take().await, id);
            assert_eq!(job::recover(app).await.unwrap(), 1);
        }
        let failed = job::job(&op, app, id).await.unwrap();
        assert_eq!(failed.state, JobState::Failed);
        assert!(failed.error.unwrap().contains("两次"));
        assert!(!job::run_next(app).await.unwrap());

        // Nor what somebody wanted to stop.
        let id = job::enqueue(&op, app, "work", "干活", json!({})).await.unwrap();
        take().await;
        job::cancel(&op, app, id).await.unwrap();
        job::recover(app).await.unwrap();
        assert_eq!(job::job(&op, app, id).await.unwrap().state, JobState::Cancelled);
    }

    async fn the_runner_works_until_it_is_told_to_stop(database: Database) {
        let test = TestApp::on(database).await;
        let (app, op) = (test.app.clone(), test.system());
        app.jobs.register("work", |_| async { Ok(json!({})) });
        let stop = Arc::new(Notify::new());
        let runner = tokio::spawn({
            let (app, stop) = (app.clone(), Arc::clone(&stop));
            async move { job::run(app, async move { stop.notified().await }).await.unwrap() }
        });
        let id = job::enqueue(&op, &app, "work", "干活", json!({})).await.unwrap();
        while !job::job(&op, &app, id).await.unwrap().state.is_final() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert!(!job::run(app.clone(), std::future::pending()).await.unwrap(), "one process does jobs");
        stop.notify_one();
        assert!(runner.await.unwrap());
    }

    async fn the_night_is_not_lost_behind_a_long_job(database: Database) {
        let test = TestApp::on(database).await;
        let (app, op) = (test.app.clone(), test.system());
        let at = |minutes: u64| app.now().day().start().plus(std::time::Duration::from_secs(minutes * 60));
        test.clock.set(at(2 * 60 + 50));
        let release = Arc::new(Notify::new());
        let held = Arc::clone(&release);
        app.jobs.register("long", move |_| {
            let held = Arc::clone(&held);
            async move {
                held.notified().await;
                Ok(json!({}))
            }
        });
        app.jobs.register(app::quality::JOB, |_| async { Ok(json!({})) });
        let long = job::enqueue(&op, &app, "long", "长", json!({})).await.unwrap();
        let runner = |app: &app::op::App| {
            let (app, stop) = (app.clone(), Arc::new(Notify::new()));
            let told = Arc::clone(&stop);
            (tokio::spawn(async move { job::run(app, async move { told.notified().await }).await.unwrap() }), stop)
        };
        let state = async |id| job::job(&op, &app, id).await.unwrap().state;
        let counts = async || {
            let (jobs, _) = job::jobs(&op, &app, 1).await.unwrap();
            jobs.iter().filter(|job| job.kind == app::quality::JOB).count()
        };
        let wait = async |what: &str, wanted: usize| {
            for _ in 0..400 {
                if counts().await == wanted {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(25)).await;
            }
            panic!("{what}: {} counts are queued", counts().await);
        };
        let (working, stop) = runner(&app);
        while state(long).await != JobState::Running {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        while app.store.read().await.unwrap().setting("night_done").await.unwrap().is_none() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        // The job works through the night, from before it until after it.
        test.clock.set(at(6 * 60 + 10));
        wait("the night's count waits behind the job", 1).await;
        assert_eq!(state(long).await, JobState::Running);
        let anchors = async || app::journal::chain::seals(&op, &app).await.unwrap().1.len();
        for _ in 0..400 {
            if anchors().await == 1 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        assert_eq!(anchors().await, 1, "the journal is anchored every hour, whatever is at work");
        release.notify_one();
        while !state(long).await.is_final() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        stop.notify_one();
        assert!(working.await.unwrap());

        // Nobody was there the next night: it is made up for in the morning, once.
        test.clock.set(at(24 * 60 + 9 * 60));
        for _ in 0..2 {
            let (working, stop) = runner(&app);
            wait("a missed night", 2).await;
            stop.notify_one();
            assert!(working.await.unwrap());
        }
    }

    async fn jobs_of_others_are_out_of_sight(database: Database) {
        let test = TestApp::on(database).await;
        let app = &test.app;
        app.jobs.register("work", |_| async { Ok(json!({})) });
        let id = job::enqueue(&test.system(), app, "work", "干活", json!({})).await.unwrap();
        let mut worker = test.system();
        worker.actor.role = Role::FieldWorker;
        assert_eq!(job::job(&worker, app, id).await.unwrap_err().kind, ErrorKind::NotFound);
        assert_eq!(job::cancel(&worker, app, id).await.unwrap_err().kind, ErrorKind::NotFound);
        assert_eq!(job::jobs(&worker, app, 1).await.unwrap_err().kind, ErrorKind::Forbidden);
    }
}
