//! A run whose tables and results are in a bucket finds what a run on local files finds.

#![allow(clippy::unwrap_used)]

use crate::bucket_server::BucketServer;
use crate::fixture::{Town, code};
use lake::place::{Place, Settings, Staging};
use lake::tables::{Enterprise, Finding, Link};
use lake::{Amendment, LakeRow, amend, files_of, read_rows};
use reconcile::{ReconcileError, RunInput, RunOutput, run_staged};
use std::fmt::Debug;
use std::path::Path;

fn rows<R: LakeRow + Debug>(path: &Path) -> Vec<String> {
    let rows = read_rows::<R>(path).unwrap();
    rows.map(|row| format!("{:?}", row.unwrap())).collect()
}

/// Puts what a run reads into the bucket `lake`.
fn stored(server: &BucketServer, input: &RunInput) -> RunInput<Place> {
    let place = |path: &Path| {
        for file in files_of(path).iter().filter(|file| file.exists()) {
            let name = file.file_name().unwrap().to_string_lossy();
            server.insert(&format!("lake/in/{name}"), std::fs::read(file).unwrap());
        }
        let name = path.file_name().unwrap().to_string_lossy();
        Place::parse(&format!("s3://lake/in/{name}")).unwrap()
    };
    RunInput {
        as_of: input.as_of,
        enterprises: input.enterprises.as_deref().map(place),
        insurance: input.insurance.as_deref().map(place),
        tax: input.tax.as_deref().map(place),
        drivers: None,
        unions: place(&input.unions),
        covers: place(&input.covers),
        members: place(&input.members),
        verdicts: place(&input.verdicts),
        open_items: place(&input.open_items),
        unsound_unions: input.unsound_unions.clone(),
        rules: input.rules.clone(),
        model: None,
        retrain: false,
        out: Place::parse("s3://lake/out").unwrap(),
        threads: Some(2),
    }
}

fn run(server: &BucketServer, input: &RunInput<Place>, scratch: &Path) -> Result<RunOutput, ReconcileError> {
    let staging = Staging::new(scratch, Settings::of(&server.known()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime
        .unwrap()
        .block_on(run_staged(input, staging, &|_, _, _| ()))
}

#[test]
fn a_run_reads_from_a_bucket_and_writes_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut town = Town::ordinary();
    town.staff("more", &code(1), "宁海县恒达服饰有限公司", 30, None);
    let mut local = town.write(folder.path());
    // The register as a day's few changes leave it: three files.
    let before = local.enterprises.clone().unwrap();
    let after = folder.path().join("amended.parquet");
    let first: Enterprise = read_rows(&before).unwrap().next().unwrap().unwrap();
    let amendment = Amendment {
        gone: vec![0],
        added: vec![first],
    };
    amend(&before, &amendment, &after).unwrap();
    local.enterprises = Some(after);

    let server = BucketServer::start();
    let places = stored(&server, &local);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let here = runtime
        .unwrap()
        .block_on(reconcile::run(&local, &|_, _, _| ()))
        .unwrap();
    run(&server, &places, &folder.path().join("scratch")).unwrap();

    let fetched = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy();
        let bytes = server.object(&format!("lake/out/{name}")).unwrap();
        let path = folder.path().join("fetched.parquet");
        std::fs::write(&path, bytes).unwrap();
        path
    };
    assert!(server.object("lake/in/amended.base.parquet").is_some());
    assert!(!rows::<Finding>(&here.findings).is_empty());
    assert_eq!(
        rows::<Finding>(&fetched(&here.findings)),
        rows::<Finding>(&here.findings)
    );
    assert_eq!(rows::<Link>(&fetched(&here.links)), rows::<Link>(&here.links));
    let written = server
        .names()
        .0
        .into_iter()
        .filter(|name| name.starts_with("lake/out/"));
    assert_eq!(written.count(), 8);
}

#[test]
fn a_run_that_fails_writes_nothing_into_the_bucket() {
    let folder = tempfile::tempdir().unwrap();
    let local = Town::ordinary().write(folder.path());
    let server = BucketServer::start();
    let mut places = stored(&server, &local);
    places.enterprises = None;
    let before = server.names();
    let error = run(&server, &places, &folder.path().join("scratch")).unwrap_err();
    assert!(matches!(error, ReconcileError::NoEnterprises));
    assert_eq!(server.names(), before);
    server.remove("lake/in/members.parquet");
    let error = run(&server, &places, &folder.path().join("again")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("s3://lake/in/members.parquet 不存在"),
        "{error}"
    );
}
