//! Files in a bucket give what local files give, and a refused run sends nothing.

use crate::bucket_server::BucketServer;
use crate::town::{Folder, PEOPLE, town};
use lake::place::{Place, Settings};
use reconcile::any_table::{AnyTableError, LinkTables, Summary, link_places};

fn place(text: &str) -> Place {
    Place::parse_file(text).expect("an address")
}

/// The files of a town in the bucket `lake`.
fn stored(folder: &Folder, spec: &str) -> BucketServer {
    let server = BucketServer::start();
    server.insert("lake/spec.toml", spec);
    for name in ["a.csv", "b.csv"] {
        server.insert(&format!("lake/in/{name}"), folder.read(name));
    }
    server
}

fn link(server: &BucketServer, out: &str) -> Result<Summary, AnyTableError> {
    let request = LinkTables {
        spec: place("s3://lake/spec.toml"),
        left: place("s3://lake/in/a.csv"),
        right: Some(place("s3://lake/in/b.csv")),
        out: place(out),
        report: Some(place("s3://lake/out/report.json")),
        threads: Some(2),
    };
    link_places(&request, &Settings::of(&server.known()))
}

#[test]
fn objects_are_linked_as_local_files_are() {
    let folder = town(200);
    folder.link(PEOPLE, "a.csv", Some("b.csv"), 2).expect("linked");
    let server = stored(&folder, PEOPLE);
    link(&server, "s3://lake/out/pairs.csv").expect("linked");
    let object = |name: &str| String::from_utf8(server.object(name).expect(name)).expect("text");
    assert!(folder.read("pairs.csv").lines().count() > 150);
    assert_eq!(object("lake/out/pairs.csv"), folder.read("pairs.csv"));
    assert_eq!(object("lake/out/report.json"), folder.read("report.json"));

    // A local output stays local, wherever the inputs come from.
    let here = folder.path("here.csv");
    link(&server, &format!("file://{}", here.display())).expect("linked");
    assert_eq!(folder.read("here.csv"), folder.read("pairs.csv"));
}

#[test]
fn a_refused_run_sends_nothing() {
    let folder = town(20);
    let wrong = PEOPLE.replace("column = \"street\"", "column = \"strasse\"");
    for (spec, out, status, words) in [
        (
            wrong.as_str(),
            "s3://lake/out/pairs.csv",
            1,
            &["strasse", "a.csv"][..],
        ),
        (PEOPLE, "s3://lake/in/a.csv", 2, &["输出文件 s3://lake/in/a.csv"]),
        (
            "id = 1",
            "s3://lake/out/pairs.csv",
            2,
            &["规格文件 s3://lake/spec.toml"],
        ),
    ] {
        let server = stored(&folder, spec);
        let before = server.names();
        let error = link(&server, out).expect_err("refused");
        let sentence = error.to_string();
        assert!(words.iter().all(|word| sentence.contains(word)), "{sentence}");
        assert_eq!(error.status(), status, "{sentence}");
        assert_eq!(server.names(), before);
        assert_eq!(
            server.object("lake/in/a.csv"),
            Some(folder.read("a.csv").into_bytes())
        );
    }
    let server = stored(&folder, PEOPLE);
    server.remove("lake/in/b.csv");
    let sentence = link(&server, "s3://lake/out/pairs.csv")
        .expect_err("refused")
        .to_string();
    assert!(sentence.contains("s3://lake/in/b.csv 不存在"), "{sentence}");
}
