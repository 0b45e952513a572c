//! A job while it works: the page listens, and the last thing it hears is how it ended.

use std::sync::Arc;

use app::job;
use axum::http::{StatusCode, header};
use serde_json::json;
use tokio::sync::Notify;

use crate::client::{Client, console};

#[tokio::test]
async fn a_listening_page_hears_each_change_and_the_end() {
    let (test, router) = console().await;
    let may_end = Arc::new(Notify::new());
    let waits = Arc::clone(&may_end);
    test.app.jobs.register("count", move |context| {
        let waits = Arc::clone(&waits);
        async move {
            context.reporter()("计数", 3, 7)?;
            waits.notified().await;
            Ok(json!({ "message": "数到七" }))
        }
    });
    let op = test.system();
    let id = job::enqueue(&op, &test.app, "count", "数数", json!({}))
        .await
        .unwrap();
    let mut client = Client::signed_in(&router, "city-officer").await;
    let page = client.get(&format!("/job/{id}")).await.text;
    assert!(
        page.contains(&format!(r#"data-progress="/job/{id}/progress""#))
            && page.contains("<noscript>请<a href=\"\">刷新</a>")
    );
    let app = test.app.clone();
    let works = tokio::spawn(async move { job::run_next(&app).await.unwrap() });
    let ends = tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
        may_end.notify_one();
    });
    // The client reads to the end of the stream, which is the end of the job.
    let heard = client.get(&format!("/job/{id}/events")).await;
    assert!(works.await.unwrap());
    ends.await.unwrap();
    assert_eq!(heard.headers[header::CONTENT_TYPE], "text/event-stream");
    assert_eq!(heard.headers[header::CACHE_CONTROL], "no-store");
    assert!(
        heard.text.matches("data: <div id=\"progress\"").count() >= 2,
        "{}",
        heard.text
    );
    assert!(heard.text.contains("数到七"), "{}", heard.text);
    let again = client.get(&format!("/job/{id}/events")).await.text;
    assert_eq!(
        again.matches("data: <div id=\"progress\"").count(),
        1,
        "a job that is over says so once"
    );
}

#[tokio::test]
async fn what_is_not_there_is_said_before_anything_streams() {
    let (_test, router) = console().await;
    let mut client = Client::signed_in(&router, "city-officer").await;
    for path in [
        "/job/x/events",
        "/job/01939f5a-0000-7000-8000-000000000000/events",
    ] {
        assert_eq!(client.get(path).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn whoever_may_stops_a_job_from_its_page() {
    let (test, router) = console().await;
    test.app.jobs.register("count", |_| async { Ok(json!({})) });
    let op = test.system();
    let id = job::enqueue(&op, &test.app, "count", "数数", json!({}))
        .await
        .unwrap();
    let button = format!(r#"action="/job/{id}/cancel""#);
    let mut worker = Client::signed_in(&router, "field-worker").await;
    assert_eq!(
        worker.post(&format!("/job/{id}/cancel"), "").await.status,
        StatusCode::NOT_FOUND
    );
    let mut officer = Client::signed_in(&router, "city-officer").await;
    assert!(officer.get(&format!("/job/{id}")).await.text.contains(&button));
    let answer = officer.post(&format!("/job/{id}/cancel"), "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let page = officer.get(&format!("/job/{id}")).await.text;
    assert!(page.contains("已取消") && !page.contains(&button), "{page}");
    assert!(!job::run_next(&test.app).await.unwrap(), "it is never begun");
}
