use super::bucket_server::BucketServer;
use super::*;
use crate::records::Records;
use crate::tables::Tax;
use crate::{Amendment, amend, read_rows, write_rows};
use proptest::prelude::*;
use std::time::Instant;

const BIG_BYTES: usize = 20 << 20;

fn place(text: &str) -> Place {
    Place::parse(text).unwrap()
}

fn settings(server: &BucketServer) -> Settings {
    Settings::of(&server.known())
}

/// Every file below a folder, by name.
fn files_below(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => names.extend(files_below(&path)),
            false => names.push(path.file_name().unwrap().to_string_lossy().into_owned()),
        }
    }
    names
}

fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 7u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    (0..bytes).map(|_| next()).collect()
}

#[test]
fn paths_and_addresses_are_read() {
    for (text, said, is_local) in [
        ("甲表.csv", "甲表.csv", true),
        ("/data/a b%20.csv", "/data/a b%20.csv", true),
        ("C:\\data\\a.csv", "C:\\data\\a.csv", true),
        ("file:///data/a%20b.csv", "/data/a b.csv", true),
        ("file:///data/%E7%94%B2.csv", "/data/甲.csv", true),
        ("s3://lake/2026/甲 表%.csv", "s3://lake/2026/甲 表%.csv", false),
        ("s3://lake/2026/", "s3://lake/2026", false),
        ("s3://lake", "s3://lake/", false),
    ] {
        let place = place(text);
        assert_eq!((place.to_string().as_str(), place.is_local()), (said, is_local));
        assert_eq!(Place::parse(&place.to_string()).unwrap(), place, "{text}");
    }
}

#[test]
fn what_is_no_address_is_refused_with_what_to_write() {
    for (text, words) in [
        ("", &["空的", "s3://"][..]),
        ("https://host/a.csv", &["https://host/a.csv", "s3://桶名/"]),
        ("S3://lake/a.csv", &["不认识", "s3://桶名/"]),
        ("file://data/a.csv", &["绝对路径", "file:///"]),
        ("file:///data/../a.csv", &["file:///"]),
        ("s3:///a.csv", &["没有桶名", "s3://桶名/"]),
        ("s3://lake/a//b.csv", &["空的一段"]),
        ("s3://lake/../b.csv", &["s3://桶名/"]),
        ("s3://lake", &["到文件为止"]),
        ("s3://lake/", &["到文件为止"]),
        ("s3://lake/folder/", &["到文件为止"]),
        ("s3://store:9000/a.csv", &["AWS_ENDPOINT_URL"]),
    ] {
        let sentence = Place::parse_file(text).unwrap_err().to_string();
        for word in words {
            assert!(sentence.contains(word), "{text}: {sentence}");
        }
    }
    let sentence = Place::parse("s3://me:hush@lake/a.csv").unwrap_err().to_string();
    assert!(sentence.contains("AWS_SECRET_ACCESS_KEY") && !sentence.contains("hush"));
}

proptest! {
    #[test]
    fn an_address_reads_as_what_it_says(
        bucket in "[a-z0-9][a-z0-9.-]{2,20}",
        parts in prop::collection::vec("[^/\\p{Cc}]{1,9}", 0..5),
        name in "[^/\\p{Cc}]{1,9}",
    ) {
        prop_assume!(parts.iter().chain([&name]).all(|part| part != "." && part != ".."));
        let folder = place(&format!("s3://{bucket}/{}", parts.join("/")));
        let file = folder.join(&name);
        prop_assert_eq!(&Place::parse(&folder.to_string()).unwrap(), &folder);
        prop_assert_eq!(&Place::parse_file(&file.to_string()).unwrap(), &file);
        prop_assert_eq!(file.beside(Path::new(&name)), file.clone());
        let mut all = parts;
        all.push(name);
        prop_assert_eq!(file.to_string(), format!("s3://{bucket}/{}", all.join("/")));
    }
}

#[test]
fn keys_and_passwords_are_never_shown() {
    for (endpoint, host) in [
        ("https://store.example:9000", "store.example:9000"),
        ("https://me:hush@store.example:9000", "None"),
    ] {
        let settings = Settings::of(&[
            ("AWS_ENDPOINT_URL", endpoint),
            ("AWS_ACCESS_KEY_ID", "whoami"),
            ("AWS_SECRET_ACCESS_KEY", "hush"),
        ]);
        let shown = format!("{settings:?}");
        assert!(shown.contains(host), "{shown}");
        assert!(!shown.contains("hush") && !shown.contains("whoami"), "{shown}");
    }
}

#[test]
fn an_endpoint_that_can_be_none_is_refused() {
    for endpoint in [
        "store",
        "ftp://store",
        "https://",
        "https://me:hush@store",
        "https://a b",
        "https://a:b:c",
        "https://[x]",
        "https://store:99999",
        "https://主机:端口",
    ] {
        let account = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
        let settings = Settings::of(&[("AWS_ENDPOINT_URL", endpoint), account[0], account[1]]);
        let told = place("s3://lake/a").names(&settings).unwrap_err().to_string();
        assert!(
            told.contains("AWS_ENDPOINT_URL") && !told.contains("hush"),
            "{endpoint}: {told}"
        );
    }
}

#[test]
fn a_local_file_is_used_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a b.csv");
    std::fs::write(&file, "1").unwrap();
    let address = format!("file://{}", file.display()).replace(' ', "%20");
    let nowhere = Path::new("/nowhere");
    assert_eq!(
        place(&address).fetch(nowhere, &Settings::default()).unwrap(),
        file
    );
    let copy = Place::from(folder.path()).join("b.csv");
    copy.put(&file, &Settings::default()).unwrap();
    copy.put(&folder.path().join("b.csv"), &Settings::default())
        .unwrap();
    std::fs::create_dir(folder.path().join("c")).unwrap();
    let names = Place::from(folder.path()).names(&Settings::default()).unwrap();
    assert_eq!(names, ["a b.csv", "b.csv"]);
    assert!(
        Place::from(nowhere)
            .names(&Settings::default())
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_object_comes_and_goes_byte_for_byte() {
    let (server, folder) = (BucketServer::start(), tempfile::tempdir().unwrap());
    let settings = settings(&server);
    let file = folder.path().join("file");
    for (address, bytes) in [
        ("s3://lake/empty", 0),
        ("s3://lake/deep/一 二%+&.csv", 1_000),
        ("s3://lake/deep/big.parquet", BIG_BYTES),
    ] {
        std::fs::write(&file, noise(bytes)).unwrap();
        place(address).put(&file, &settings).unwrap();
        assert!(server.object(&address[5..]).unwrap() == noise(bytes), "{address}");
        let fetched = place(address).fetch(folder.path(), &settings).unwrap();
        assert!(std::fs::read(&fetched).unwrap() == noise(bytes), "{address}");
    }
    assert_eq!(server.count("partNumber="), 3);
    assert_eq!(server.count("GET /lake/deep/big.parquet"), 3);
    assert_eq!(server.names().1, 0);
    server.insert("lake/deep/deeper/x", "");
    // Some tools mark a folder so.
    server.insert("lake/deep/", "");
    assert_eq!(
        place("s3://lake/deep").names(&settings).unwrap(),
        ["big.parquet", "一 二%+&.csv"]
    );
    assert_eq!(place("s3://lake").names(&settings).unwrap(), ["empty"]);
    assert!(place("s3://lake/nothing").names(&settings).unwrap().is_empty());
    assert!(place("s3://lake").fetch(folder.path(), &settings).is_err());
    assert!(place("s3://lake").put(&file, &settings).is_err());
}

#[test]
fn it_works_where_a_runtime_is() {
    let (server, folder) = (BucketServer::start(), tempfile::tempdir().unwrap());
    server.insert("lake/a", "1");
    let settings = settings(&server);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let fetched = runtime.block_on(async { place("s3://lake/a").fetch(folder.path(), &settings) });
    assert_eq!(std::fs::read(fetched.unwrap()).unwrap(), b"1");
}

#[test]
fn what_is_not_there_or_not_allowed_is_said() {
    let (server, folder) = (BucketServer::start(), tempfile::tempdir().unwrap());
    server.insert("lake/a.csv", "1");
    let file = folder.path().join("file");
    std::fs::write(&file, "1").unwrap();
    let known = settings(&server);
    let stranger = Settings::of(&server.variables("stranger"));
    let all = place("s3://lake/a.csv");
    for (told, words) in [
        (
            place("s3://lake/b.csv").fetch(folder.path(), &known).map(drop),
            &["s3://lake/b.csv 不存在"][..],
        ),
        (
            all.fetch(folder.path(), &stranger).map(drop),
            &["没有权限读取 s3://lake/a.csv", "403", "AWS_ACCESS_KEY_ID"],
        ),
        (
            all.put(&file, &stranger),
            &["没有权限写入 s3://lake/a.csv", "403"],
        ),
        (
            place("s3://lake").names(&stranger).map(drop),
            &["没有权限列出 s3://lake/", "403"],
        ),
    ] {
        let sentence = told.unwrap_err().to_string();
        assert!(words.iter().all(|word| sentence.contains(word)), "{sentence}");
        assert!(!sentence.contains("secret-of-the-test") && !sentence.contains('\n'));
    }
    assert_eq!(files_below(folder.path()), ["file"]);
}

#[test]
fn an_endpoint_that_is_not_there_is_said_soon() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let endpoint = format!("http://{closed}");
    let settings = |variables: &[(&str, &str)]| {
        let mut all = vec![("AWS_ENDPOINT_URL", endpoint.as_str())];
        all.extend(variables);
        Settings::of(&all)
    };
    let account = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
    let allowed = [account[0], account[1], ("AWS_ALLOW_HTTP", "true")];
    let folder = tempfile::tempdir().unwrap();
    for (settings, word) in [
        (settings(&allowed), &format!("连不上对象存储 {endpoint}")),
        (settings(&account), &"AWS_ALLOW_HTTP=true".to_owned()),
        (
            settings(&[("AWS_ALLOW_HTTP", "true")]),
            &"请设 AWS_ACCESS_KEY_ID".to_owned(),
        ),
        (settings(&allowed[1..]), &"请设 AWS_ACCESS_KEY_ID".to_owned()),
    ] {
        let started = Instant::now();
        let told = place("s3://lake/a.csv").fetch(folder.path(), &settings);
        let sentence = told.unwrap_err().to_string();
        assert!(sentence.contains(word.as_str()), "{sentence}");
        assert!(started.elapsed().as_secs() < 15);
    }
}

#[test]
fn what_breaks_off_leaves_nothing() {
    let (server, folder) = (BucketServer::start(), tempfile::tempdir().unwrap());
    let settings = settings(&server);
    let file = folder.path().join("file");
    std::fs::write(&file, noise(BIG_BYTES)).unwrap();
    server.refuse("partNumber=3", 400);
    let told = place("s3://lake/up")
        .put(&file, &settings)
        .unwrap_err()
        .to_string();
    assert!(told.contains("没能写入 s3://lake/up（Refused）"), "{told}");
    assert_eq!(server.names(), (Vec::new(), 0));

    server.insert("lake/down", noise(BIG_BYTES));
    server.insert("lake/turned", noise(BIG_BYTES));
    server.refuse("/lake/down bytes=16777216-", 400);
    server.refuse("/lake/turned bytes=16777216-", 412);
    for (address, word) in [("s3://lake/down", "没能读取"), ("s3://lake/turned", "被改写")] {
        let told = place(address)
            .fetch(folder.path(), &settings)
            .unwrap_err()
            .to_string();
        assert!(told.contains(word) && told.contains(address), "{told}");
    }
    assert_eq!(files_below(folder.path()), ["file"]);
}

#[test]
fn a_server_error_is_tried_again() {
    let (server, folder) = (BucketServer::start(), tempfile::tempdir().unwrap());
    server.insert("lake/a", "1");
    server.refuse("GET /lake/a", 503);
    let started = Instant::now();
    let told = place("s3://lake/a")
        .fetch(folder.path(), &settings(&server))
        .unwrap_err();
    assert!(told.to_string().contains("没能读取 s3://lake/a"), "{told}");
    assert!(server.count("GET /lake/a") > 1);
    assert!(started.elapsed().as_secs() < 15);
}

fn declared(n: i64) -> Tax {
    Tax {
        tax_id: format!("T{n:04}"),
        mention_key: n % 7,
        employer_code: None,
        employer_name: Some(format!("第{}号厂", n % 7)),
        tax_year: Some(2025),
        headcount: Some(n),
        payroll_fen: None,
        union_fee_fen: None,
        prep_fee_fen: None,
        unread: None,
        row_hash: n,
    }
}

#[test]
fn an_amended_table_comes_whole_or_not_at_all() {
    let (server, folder) = (BucketServer::start(), tempfile::tempdir().unwrap());
    let settings = settings(&server);
    let (first, second) = (folder.path().join("1.parquet"), folder.path().join("2.parquet"));
    write_rows(&first, (0..100).map(declared)).unwrap();
    let amendment = Amendment {
        gone: vec![3, 97],
        added: vec![declared(100), declared(101), declared(102)],
    };
    amend(&first, &amendment, &second).unwrap();
    for path in files_of(&second) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        server.insert(&format!("lake/tax/{name}"), std::fs::read(&path).unwrap());
    }
    server.insert("lake/tax/1.parquet", std::fs::read(&first).unwrap());

    let scratch = folder.path().join("scratch");
    let fetched = place("s3://lake/tax/2.parquet")
        .fetch_table(&scratch, &settings)
        .unwrap();
    let rows = |path: &Path| -> Vec<Tax> { read_rows::<Tax>(path).unwrap().map(Result::unwrap).collect() };
    assert_eq!(rows(&fetched).len(), 101);
    assert_eq!(rows(&fetched), rows(&second));
    let records = |path: &Path| Records::of::<Tax>(path).unwrap();
    let ids = |path: &Path| records(path).array("headcount").unwrap().unwrap();
    assert_eq!(records(&fetched).rows(), 101);
    assert_eq!(&ids(&fetched), &ids(&second));

    // A table that amends nothing asks for no more than its file.
    place("s3://lake/tax/1.parquet")
        .fetch_table(&scratch, &settings)
        .unwrap();
    assert_eq!(server.count("1.base.parquet"), 0);

    for part in ["base.parquet", "gone.arrow"] {
        server.remove(&format!("lake/tax/2.{part}"));
        let told = place("s3://lake/tax/2.parquet")
            .fetch_table(&scratch, &settings)
            .unwrap_err();
        assert!(matches!(told, LakeError::Io { .. }));
        assert!(
            told.to_string().contains(&format!("s3://lake/tax/2.{part}")),
            "{told}"
        );
        server.insert(
            &format!("lake/tax/2.{part}"),
            std::fs::read(second.with_extension(part)).unwrap(),
        );
    }
}

#[test]
fn a_job_finds_local_files_and_nothing_is_sent_before_its_end() {
    let (server, folder) = (BucketServer::start(), tempfile::tempdir().unwrap());
    server.insert("lake/in.csv", "1");
    let scratch = folder.path().join("scratch");
    for is_done in [false, true] {
        let mut staging = Staging::new(&scratch, settings(&server));
        let input = staging.bring(&place("s3://lake/in.csv")).unwrap();
        assert_eq!(staging.origin_of(&input), Path::new("s3://lake/in.csv"));
        assert_eq!(staging.origin_of(folder.path()), folder.path());
        let local = folder.path().join("out.csv");
        assert_eq!(staging.prepare(&Place::from(local.as_path())).unwrap(), local);
        let out = staging.prepare(&place("s3://lake/out/a.csv")).unwrap();
        let out_folder = staging.prepare_folder(&place("s3://lake/run")).unwrap();
        for path in [out, out_folder.join("b.csv"), out_folder.join("c.csv")] {
            std::fs::copy(&input, path).unwrap();
        }
        std::fs::create_dir_all(out_folder.join("b.records")).unwrap();
        assert_eq!(server.names().0, ["lake/in.csv"]);
        if is_done {
            staging.send().unwrap();
        }
    }
    let sent = [
        "lake/in.csv",
        "lake/out/a.csv",
        "lake/run/b.csv",
        "lake/run/c.csv",
    ];
    assert_eq!(server.names().0, sent);
}
