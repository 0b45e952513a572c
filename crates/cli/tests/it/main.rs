//! The command line as its users meet it: exit status, what stands on stdout, what on stderr.
#![allow(clippy::unwrap_used)]

mod token;

use std::path::Path;
use std::process::{Command, Output};

fn gonghui(data: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gonghui"))
        .args(args)
        .env("GONGHUI_DATA", data)
        .env_remove("DATABASE_URL")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn done(data: &Path, args: &[&str]) -> String {
    let output = gonghui(data, args);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{args:?}: {}",
        text(&output.stderr)
    );
    text(&output.stdout)
}

fn refused(data: &Path, args: &[&str], status: i32) -> String {
    let output = gonghui(data, args);
    assert_eq!(output.status.code(), Some(status), "{args:?}");
    assert_eq!(text(&output.stdout), "", "a failure leaves stdout empty");
    text(&output.stderr)
}

#[test]
fn wrong_usage_is_2_and_help_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert!(refused(&data, &["exprot"], 2).contains("export"));
    assert!(
        refused(&data, &["import", "--kind", "people", "x.csv"], 2).contains("enterprises, unions, covers")
    );
    assert!(refused(&data, &["reconcile", "--as-of", "yesterday"], 2).contains("2026-11-20"));
    for command in ["init", "serve", "demo", "import", "reconcile", "check", "export"] {
        let help = done(&data, &[command, "--help"]);
        assert!(
            help.contains(&format!("gonghui {command}")) || help.contains("gonghui --data"),
            "{command} shows no line to copy"
        );
    }
    assert!(done(&data, &["completions", "bash"]).contains("_gonghui"));
    assert!(!data.exists(), "asking for help makes nothing");
}

#[test]
fn init_leaves_the_first_password_to_its_owner_only_and_changes_nothing_twice() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    done(&data, &["init"]);
    let path = data.join("first-password.txt");
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let first = std::fs::read_to_string(&path).unwrap();
    done(&data, &["init"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), first);
}

#[test]
fn a_command_before_init_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let said = refused(&folder.path().join("data"), &["export", "links"], 1);
    assert!(said.contains("gonghui init"), "{said}");
}

#[test]
fn a_refused_file_is_1_with_a_sentence_that_names_it_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    done(&data, &["init"]);
    let file = folder.path().join("单位.csv");
    std::fs::write(&file, "名称,电话\n甲,1\n").unwrap();
    let said = refused(
        &data,
        &["import", "--kind", "enterprises", file.to_str().unwrap()],
        1,
    );
    assert!(
        said.contains("单位.csv") && said.contains("统一社会信用代码"),
        "{said}"
    );
    assert!(refused(&data, &["import", file.to_str().unwrap()], 1).contains("--kind"));
    assert_eq!(
        done(&data, &["export", "list"]).lines().count(),
        1,
        "only the heads"
    );
}

#[test]
fn a_small_town_goes_through_the_whole_job_and_back_out_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let files = folder.path().join("files");
    std::fs::create_dir(&files).unwrap();
    let code = "91330226MA2T0TE13C";
    std::fs::write(
        files.join("enterprises.csv"),
        format!("enterprise_id,uscc,name,county,street,founded,status\nE1,{code},宁波腾浩户外用品有限公司,宁海县,西店镇,2020-01-02,存续\nE2,,宁海县双林五金有限公司,宁海县,西店镇,2015-03-04,存续\n"),
    )
    .unwrap();
    std::fs::write(
        files.join("unions.csv"),
        "union_id,union_name,county,street,union_type,parent_id\nU1,宁波市总工会,,,总工会,\nU2,宁海县总工会,宁海县,,总工会,U1\n\
         U3,宁海县西店镇总工会,宁海县,西店镇,总工会,U2\nU4,宁海县双林五金有限公司工会委员会,宁海县,西店镇,独立基层工会,U3\n",
    )
    .unwrap();
    let insured: String = (1..=30)
        .map(|i| {
            let born = codes::time::Day::new(1990, 1, 1).unwrap();
            let id = codes::resident_id::ResidentId::compose(330_226, born, i).unwrap();
            format!("I{i},{},王小明,{code},2025-01-01,\n", id.as_str())
        })
        .collect();
    std::fs::write(
        files.join("insurance.csv"),
        format!("ins_id,id_no,name,employer_uscc,start,end\n{insured}"),
    )
    .unwrap();
    let files = files.to_str().unwrap();
    done(&data, &["init"]);
    done(&data, &["import", files]);
    let again = done(&data, &["import", files, "--format", "csv"]);
    assert!(
        again.lines().skip(1).all(|line| line.contains("未变化")),
        "{again}"
    );
    assert!(refused(&data, &["link", "report"], 1).contains("gonghui reconcile"));
    done(&data, &["reconcile", "--as-of", "2026-11-20"]);
    let list = done(&data, &["export", "list", "--rule", "found-25"]);
    let item = list.lines().nth(1).unwrap();
    assert!(
        item.contains(",task,enterprise,E1,91330226MA2T0TE13C,宁波腾浩户外用品有限公司,宁海县,西店镇,"),
        "{list}"
    );
    assert_eq!(
        done(&data, &["export", "links"]).lines().count(),
        5,
        "one row per union"
    );
    let why = done(&data, &["link", "explain", "U4"]);
    assert!(
        why.contains("宁海县双林五金有限公司") && why.contains("名称完全一致"),
        "{why}"
    );
    let why = done(&data, &["link", "explain", "U4", "--format", "json"]);
    let why: serde_json::Value = serde_json::from_str(&why).unwrap();
    let weights = why["link"]["explanation"]["fields"].as_array().unwrap().iter();
    let sum: f64 = weights.map(|field| field["weight"].as_f64().unwrap()).sum();
    let explanation = &why["link"]["explanation"];
    let total = explanation["prior"].as_f64().unwrap() + sum;
    assert!(
        (total - explanation["total"].as_f64().unwrap()).abs() < 1e-6,
        "{explanation}"
    );
    assert!(refused(&data, &["link", "explain", "U9"], 1).contains("工会"));
    let report: serde_json::Value =
        serde_json::from_str(&done(&data, &["link", "report", "--format", "json"])).unwrap();
    assert!(report["linkage"]["pairs"].as_u64().unwrap() >= 1, "{report}");
    assert!(done(&data, &["link", "report", "--run", "1"]).contains("skipped keys"));
    assert!(refused(&data, &["link", "report", "--run", "9"], 1).contains("第 9 次"));
    let out = folder.path().join("links.parquet");
    done(
        &data,
        &[
            "export",
            "links",
            "--format",
            "parquet",
            "--out",
            out.to_str().unwrap(),
        ],
    );
    assert!(std::fs::read(&out).unwrap().starts_with(b"PAR1"));
    done(&data, &["reconcile", "--as-of", "2026-11-20"]);
    assert_eq!(
        done(&data, &["export", "list", "--rule", "found-25"]),
        list,
        "the same day again changes nothing"
    );
}

/// Nothing that a run leaves behind for the next one, neither record stores nor snapshots, may change what that one finds.
#[test]
fn the_next_day_is_the_same_whatever_was_kept_from_the_day_before() {
    const DAY: &str = "2026-11-20";
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let (kept, afresh, files) = (path("kept"), path("afresh"), path("files"));
    let (files, next) = (files.to_str().unwrap(), files.join("next-day"));
    done(
        &kept,
        &["demo", "--scale", "small", "--as-of", DAY, "--out", files],
    );
    done(&kept, &["init"]);
    done(&kept, &["import", files]);
    done(&kept, &["reconcile", "--as-of", DAY]);
    let first_day = done(&kept, &["export", "links"]);
    let snapshot = || {
        let entries = std::fs::read_dir(kept.join("lake/members")).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let is_table = |name: &String| name.ends_with(".parquet") && !name.ends_with(".base.parquet");
        let files: Vec<String> = names.filter(is_table).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        files.concat()
    };
    let of_first_day = snapshot();
    done(&kept, &["import", next.to_str().unwrap()]);
    assert_ne!(snapshot(), of_first_day, "the day's few changes are carried over");
    for kind in ["enterprises", "insurance", "tax", "members"] {
        let names = std::fs::read_dir(kept.join("lake").join(kind)).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let amended = names.filter(|name| name.ends_with(".base.parquet")).count();
        assert_eq!(amended, 1, "few changes of {kind} are written beside the table");
    }

    // The same folder without anything that can be made again: the next run there makes everything from the batches.
    copy_folder(&kept, &afresh);
    let mut stores = 0;
    for kind in ["enterprises", "insurance", "tax"] {
        for entry in std::fs::read_dir(afresh.join("lake").join(kind)).unwrap() {
            let entry = entry.unwrap().path();
            if entry.is_dir() {
                std::fs::remove_dir_all(entry).unwrap();
                stores += 1;
            }
        }
    }
    assert_eq!(stores, 3, "one record store a table, that of its last batch");
    std::fs::remove_dir_all(afresh.join("lake/members")).unwrap();
    std::fs::remove_dir_all(afresh.join("lake/links")).unwrap();

    done(&kept, &["reconcile", "--as-of", "2026-11-21"]);
    done(&afresh, &["reconcile", "--as-of", "2026-11-21", "--threads", "1"]);
    for what in [
        &["export", "links"][..],
        &["export", "members-insured"],
        &["export", "list", "--all"],
    ] {
        assert!(done(&kept, what) == done(&afresh, what), "{what:?} differ");
    }
    assert_ne!(
        done(&kept, &["export", "links"]),
        first_day,
        "the day brought news"
    );
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn the_journal_is_checked_exported_and_anchored_and_the_keys_say_how_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    done(&data, &["init"]);
    let verified = gonghui(&data, &["journal", "verify"]);
    assert_eq!(verified.status.code(), Some(0));
    assert!(
        text(&verified.stderr).contains("日志完整"),
        "{}",
        text(&verified.stderr)
    );
    let anchor = done(&data, &["journal", "anchor"]);
    assert_eq!(anchor.trim().split(',').count(), 6, "{anchor}");
    let lines = done(&data, &["journal", "export"]);
    assert!(lines.lines().last().unwrap().contains("\"head\""), "{lines}");
    assert!(
        std::fs::read_to_string(data.join("journal-anchors.csv"))
            .unwrap()
            .contains(anchor.trim())
    );
    let keys = done(&data, &["key", "status", "--format", "json"]);
    assert!(keys.contains("使用中"), "{keys}");
    assert!(refused(&data, &["key", "reseal", "--now"], 2).contains("--now"));
}
