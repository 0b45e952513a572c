//! Each refusal is one Chinese sentence, and nothing stands under the final names.

use crate::town::{Folder, PEOPLE, town};
use std::time::Instant;

/// Links and expects a refusal that says all of `words`, with this exit status.
fn check(folder: &Folder, spec: &str, left: &str, right: Option<&str>, status: u8, words: &[&str]) {
    let error = folder.link(spec, left, right, 2).expect_err("refused");
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "“{message}” does not say “{word}”");
    }
    assert!(!message.contains('\n'), "{message}");
    assert_eq!(error.status(), status, "{message}");
    let left_behind: Vec<String> = folder
        .names()
        .into_iter()
        .filter(|name| name.contains("pairs") || name.contains("report"))
        .collect();
    assert!(left_behind.is_empty(), "{left_behind:?}");
}

#[test]
fn a_column_that_is_not_there_is_named_with_those_that_are() {
    let folder = town(20);
    let spec = PEOPLE
        .replace("column = \"street\"", "column = \"strasse\"")
        .replace("\"family\", \"street\"", "\"family\"");
    check(
        &folder,
        &spec,
        "a.csv",
        Some("b.csv"),
        1,
        &["strasse", "a.csv", "given、family、street、born"],
    );
    check(
        &folder,
        &PEOPLE.replace("\"id\"", "\"nr\""),
        "a.csv",
        None,
        1,
        &["nr", "id、given"],
    );
    let block = PEOPLE.replace("on = [\"born\"]", "on = [\"birth\"]");
    check(&folder, &block, "a.csv", None, 1, &["birth"]);
}

#[test]
fn what_the_specification_does_not_know_is_named() {
    let folder = town(20);
    for (from, to, words) in [
        ("[output]", "[outputs]", &["outputs", "output"][..]),
        (
            "keep = \"one_to_one\"",
            "kept = \"one_to_one\"",
            &["kept", "keep", "行"],
        ),
        (
            "keep = \"one_to_one\"",
            "keep = \"some\"",
            &["some", "one_to_one"],
        ),
        ("keep = \"one_to_one\"", "threshold = 1.5", &["threshold", "1.5"]),
        ("keep = \"one_to_one\"", "threshold = \"high\"", &["类型"]),
        (
            "\"day_month_swapped\"",
            "\"month_swapped\"",
            &["month_swapped", "day_month_swapped"],
        ),
        (
            "clean = [\"date\"]",
            "clean = [\"dates\"]",
            &["dates", "date_day_first"],
        ),
        (
            "on = [\"born\"]",
            "on = [\"soundex(born)\"]",
            &["soundex(born)", "sound(列)"],
        ),
        ("on = [\"born\"]", "on = []", &["on", "空"]),
        ("id = \"id\"", "", &["id", "缺少"]),
        ("id = \"id\"", "id = \"id\"\nmax_pairs = -1", &["行"]),
        (
            "columns = [\"given\", \"family\"]",
            "columns = [\"given\", \"town\"]",
            &["town", "compare"],
        ),
        (
            "id = \"id\"",
            "id = \"id\"\nencoding = \"klingon\"",
            &["klingon", "windows-1252"],
        ),
        ("[output]", "[output", &["TOML"]),
    ] {
        check(
            &folder,
            &PEOPLE.replacen(from, to, 1),
            "a.csv",
            Some("b.csv"),
            2,
            words,
        );
    }
    let no_blocks = PEOPLE.split("[[block]]").next().expect("the part before");
    check(&folder, no_blocks, "a.csv", Some("b.csv"), 2, &["[[block]]"]);
    let twice = format!("{PEOPLE}\n[[compare]]\ncolumn = \"given\"\nlevels = [\"exact\"]\n");
    check(&folder, &twice, "a.csv", Some("b.csv"), 2, &["given", "两次"]);
}

#[test]
fn ids_must_be_there_and_differ() {
    let folder = Folder::new();
    folder.write(
        "a.csv",
        "id,given,family,street,born\n1,a,b,c,2000-01-01\n,a,b,c,2000-01-01\n",
    );
    folder.write(
        "b.csv",
        "id,given,family,street,born\n1,a,b,c,2000-01-01\n2,a,b,c,\n1,x,y,z,\n",
    );
    check(&folder, PEOPLE, "a.csv", None, 1, &["a.csv", "第 3 行", "编号"]);
    check(
        &folder,
        PEOPLE,
        "b.csv",
        None,
        1,
        &["b.csv", "第 2 行和第 4 行", "“1”"],
    );
}

#[test]
fn files_that_cannot_be_linked_are_refused() {
    let folder = town(20);
    folder.write("empty.csv", "");
    folder.write("heads.csv", "id,given,family,street,born\n");
    folder.write(
        "ragged.csv",
        "id,given,family,street,born\n1,a,b,c,2000-01-01\n2,a,b,c,2000-01-01,surplus\n",
    );
    std::fs::create_dir(folder.path("dir.csv")).expect("a folder");
    check(
        &folder,
        PEOPLE,
        "a.csv",
        Some("empty.csv"),
        1,
        &["empty.csv", "空"],
    );
    check(
        &folder,
        PEOPLE,
        "heads.csv",
        Some("a.csv"),
        1,
        &["heads.csv", "没有数据行"],
    );
    check(&folder, PEOPLE, "none.csv", None, 1, &["none.csv", "打不开"]);
    check(&folder, PEOPLE, "dir.csv", None, 1, &["dir.csv"]);
    check(&folder, PEOPLE, "ragged.csv", None, 1, &["ragged.csv", "第 3 行"]);
    check(
        &folder,
        PEOPLE,
        "a.csv",
        Some("a.csv"),
        2,
        &["同一个文件", "--left"],
    );
}

#[test]
fn an_output_never_replaces_an_input() {
    let folder = town(20);
    let before = folder.read("a.csv");
    let error = reconcile::any_table::link_tables(&reconcile::any_table::LinkTables {
        spec: folder.write("spec.toml", PEOPLE),
        left: folder.path("a.csv"),
        right: None,
        out: folder.path("a.csv"),
        report: None,
        threads: Some(1),
    });
    assert_eq!(error.expect_err("refused").status(), 2);
    assert_eq!(folder.read("a.csv"), before);
}

#[test]
fn a_rule_that_compares_everybody_is_refused_at_once() {
    let folder = Folder::new();
    let rows: String = (0..100_000).map(|i| format!("{i},n{i},cn\n")).collect();
    folder.write("a.csv", format!("id,name,country\n{rows}"));
    folder.write("b.csv", format!("id,name,country\n{rows}"));
    let spec =
        "id = \"id\"\n[[compare]]\ncolumn = \"name\"\nlevels = [\"exact\"]\n[[block]]\non = [\"country\"]\n";
    let started = Instant::now();
    check(
        &folder,
        spec,
        "a.csv",
        Some("b.csv"),
        1,
        &["country", "10000000000", "100000000", "“cn”"],
    );
    assert!(started.elapsed().as_secs() < 20);
    let small = spec
        .replace("id = \"id\"", "id = \"id\"\nmax_pairs = 1000")
        .replace("on = [\"country\"]", "on = [\"prefix(name, 2)\"]");
    check(
        &folder,
        &small,
        "a.csv",
        Some("b.csv"),
        1,
        &["prefix(name, 2)", "max_pairs"],
    );
}
