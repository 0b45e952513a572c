//! The city as a reader sees it: files against truth, at a tiny size.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use city::{Format, Size, Summary, generate};
use codes::employer_code::EmployerCode;
use codes::resident_id::{IdStatus, read_id};
use codes::time::Day;
use codes::uscc::Uscc;

const TINY: Size = Size {
    unions: 220,
    members: 6_000,
    enterprises: 5_000,
    tax: 3_000,
    drivers: 60,
    towns_per_county: Some(2),
};

fn as_of() -> Day {
    Day::new(2026, 8, 1).unwrap()
}

fn make(dir: &Path, seed: u64, format: Format) -> Summary {
    generate(TINY, seed, dir, format, as_of(), &|_, _, _| {}).unwrap()
}

fn read(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn files_of(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let folders = ["", "truth", "next-day", "truth/next-day", "by-hand"];
    for folder in folders.map(|folder| dir.join(folder)) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files.insert(
                    path.strip_prefix(dir).unwrap().display().to_string(),
                    fs::read(&path).unwrap(),
                );
            }
        }
    }
    files
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_does_not() {
    for format in [Format::Csv, Format::Parquet] {
        let (a, b, c) = (
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
        );
        make(a.path(), 7, format);
        make(b.path(), 7, format);
        make(c.path(), 8, format);
        assert!(files_of(a.path()) == files_of(b.path()));
        assert!(files_of(a.path()) != files_of(c.path()));
    }
}

#[test]
fn counts_are_exactly_those_of_the_size() {
    let dir = tempfile::tempdir().unwrap();
    let summary = make(dir.path(), 1, Format::Csv);
    assert_eq!(summary.rows["unions"], 220);
    assert_eq!(summary.rows["members"], 6_000);
    assert_eq!(summary.rows["enterprises"], 5_000);
    for (kind, rows) in &summary.rows {
        assert_eq!(
            read(&dir.path().join(format!("{kind}.csv"))).len() as u64,
            *rows,
            "{kind}"
        );
    }
    assert!(summary.found_25 > 20, "{}", summary.found_25);
}

#[test]
fn clean_codes_and_numbers_keep_their_standards() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 2, Format::Csv);
    let enterprises = read(&dir.path().join("enterprises.csv"));
    let codes: Vec<&str> = enterprises
        .iter()
        .map(|row| row["uscc"].as_str())
        .filter(|code| !code.is_empty())
        .collect();
    assert!(codes.iter().all(|code| Uscc::parse(code).is_ok()));
    assert_eq!(
        codes.iter().collect::<BTreeSet<_>>().len(),
        codes.len(),
        "codes are unique"
    );
    let clean = read(&dir.path().join("insurance.csv"));
    let read_well = clean
        .iter()
        .filter(|row| matches!(read_id(&row["id_no"]).1, IdStatus::Ok | IdStatus::From15))
        .count();
    assert!(read_well as f64 > 0.98 * clean.len() as f64);
    let unions = read(&dir.path().join("unions.csv"));
    let mut kinds: HashMap<&str, usize> = HashMap::new();
    for row in &unions {
        let kind = match EmployerCode::read(&row["employer_uscc"]) {
            EmployerCode::Uscc(_) => "code",
            EmployerCode::UnionCode(_) => "union",
            EmployerCode::Org(_) => "org",
            EmployerCode::Reg(_) => "reg",
            EmployerCode::Damaged { .. } => "damaged",
            EmployerCode::Mistyped { .. } => "mistyped",
            EmployerCode::Placeholder => "placeholder",
            EmployerCode::Empty => "empty",
        };
        *kinds.entry(kind).or_default() += 1;
    }
    for kind in ["code", "org", "empty", "placeholder", "mistyped"] {
        assert!(
            kinds.get(kind).is_some_and(|count| *count > 0),
            "{kind}: {kinds:?}"
        );
    }
}

#[test]
fn the_truth_speaks_about_the_rows_of_the_files() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 3, Format::Csv);
    let column = |file: &str, name: &str| -> BTreeSet<String> {
        read(&dir.path().join(file))
            .into_iter()
            .map(|mut row| row.remove(name).unwrap())
            .filter(|cell| !cell.is_empty())
            .collect()
    };
    let enterprises = column("enterprises.csv", "enterprise_id");
    assert_eq!(enterprises.len(), 5_000);
    assert_eq!(
        column("unions.csv", "union_id"),
        column("truth/links.csv", "union_id")
    );
    assert!(column("truth/links.csv", "enterprise_id").is_subset(&enterprises));
    assert!(column("truth/found_25.csv", "enterprise_id").is_subset(&enterprises));
    assert!(column("truth/covers.csv", "enterprise_id").is_subset(&enterprises));
    assert_eq!(
        column("members.csv", "member_id"),
        column("truth/members.csv", "member_id")
    );
    let insurance = column("insurance.csv", "ins_id");
    assert!(column("truth/members.csv", "ins_id").is_subset(&insurance));
    let unions = column("unions.csv", "union_id");
    assert!(column("members.csv", "union_id").is_subset(&unions));
    assert!(column("unions.csv", "parent_id").is_subset(&unions));
    assert!(
        column("truth/links.csv", "enterprise_id")
            .is_disjoint(&column("truth/found_25.csv", "enterprise_id"))
    );
}

#[test]
fn the_story_stands_in_every_city() {
    let dir = tempfile::tempdir().unwrap();
    let summary = make(dir.path(), 4, Format::Csv);
    let enterprises = read(&dir.path().join("enterprises.csv"));
    let own = enterprises
        .iter()
        .find(|row| row["enterprise_id"] == summary.story.enterprise_id)
        .unwrap();
    assert_eq!(own["name"], "宁波市腾浩户外用品有限公司");
    assert_eq!(
        (
            own["street"].as_str(),
            own["founded"].as_str(),
            own["status"].as_str()
        ),
        ("西店镇", "2025-07-01", "存续")
    );
    assert!(
        !enterprises
            .iter()
            .any(|row| row["name"] == "宁海县腾浩服饰有限公司")
    );
    let insured = read(&dir.path().join("insurance.csv"));
    let rows: Vec<_> = insured
        .iter()
        .filter(|row| row["employer_uscc"] == summary.story.uscc)
        .collect();
    assert_eq!(rows.len(), 60);
    assert!(
        rows.iter()
            .all(|row| row["end"].is_empty() && row["start"].as_str() < "2026-08-01")
    );
    let links = read(&dir.path().join("truth/links.csv"));
    assert!(
        !links
            .iter()
            .any(|row| row["enterprise_id"] == summary.story.enterprise_id)
    );
    let sibling = links
        .iter()
        .find(|row| row["union_id"] == summary.story.sibling_union_id)
        .unwrap();
    assert_eq!(sibling["enterprise_id"], "");
    let unions = read(&dir.path().join("unions.csv"));
    let sibling = unions
        .iter()
        .find(|row| row["union_id"] == summary.story.sibling_union_id)
        .unwrap();
    assert!(sibling["union_name"].starts_with("宁海县腾浩服饰有限公司"));
    let found = read(&dir.path().join("truth/found_25.csv"));
    assert!(
        found
            .iter()
            .any(|row| row["enterprise_id"] == summary.story.enterprise_id && row["insured_now"] == "60")
    );
}

#[test]
fn a_workbook_can_be_written() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 5, Format::Xlsx);
    assert!(dir.path().join("enterprises.xlsx").metadata().unwrap().len() > 100_000);
    assert!(!dir.path().join("truth/members.xlsx").exists());
}

#[test]
fn the_next_day_changes_a_few_rows_of_every_file() {
    let dir = tempfile::tempdir().unwrap();
    let summary = make(dir.path(), 6, Format::Csv);
    let (mut inserted, mut left) = (0, 0);
    for (kind, count) in &summary.next_day_rows {
        let today = read(&dir.path().join(format!("{kind}.csv")));
        let next = read(&dir.path().join(format!("next-day/{kind}.csv")));
        let truth = read(&dir.path().join(format!("truth/next-day/{kind}.csv")));
        assert_eq!((next.len() as u64, truth.len()), (*count, next.len()), "{kind}");
        if today.len() > 1000 {
            let share = next.len() as f64 / today.len() as f64;
            assert!((0.001..0.004).contains(&share), "{kind}: {share}");
        }
        let key = truth_key(kind);
        let row_of = |wanted: &BTreeMap<String, String>| {
            today
                .iter()
                .find(|row| key.iter().all(|column| row[*column] == wanted[*column]))
        };
        for (row, told) in next.iter().zip(&truth) {
            assert_eq!((&row["op"], &row[key[0]]), (&told["op"], &told["key"]), "{kind}");
            let before = row_of(row);
            assert_eq!(before.is_none(), row["op"] == "I", "{kind}: {row:?}");
            inserted += u32::from(row["op"] == "I");
            left += u32::from(row["op"] == "D");
            if row["op"] == "U" {
                let mut expected = before.unwrap().clone();
                assert_eq!(expected[&told["column"]], told["before"], "{kind}");
                expected.insert(told["column"].clone(), told["after"].clone());
                expected.insert("op".into(), "U".into());
                assert_eq!(*row, expected, "{kind}: the row is whole");
            }
        }
    }
    assert!(inserted > 5 && left > 2, "{inserted} in, {left} out");
}

/// The columns that name a row.
fn truth_key(kind: &str) -> &'static [&'static str] {
    match kind {
        "unions" => &["union_id"],
        "covers" => &["union_id", "employer_uscc", "employer_name"],
        "enterprises" => &["enterprise_id"],
        "members" => &["member_id"],
        "insurance" => &["ins_id"],
        "tax" => &["tax_id"],
        _ => &["driver_id"],
    }
}

#[test]
fn the_next_days_truth_follows_from_both_days() {
    let dir = tempfile::tempdir().unwrap();
    let summary = make(dir.path(), 6, Format::Csv);
    let ids = |file: &str| -> BTreeSet<String> {
        read(&dir.path().join(file))
            .into_iter()
            .map(|mut row| row.remove("enterprise_id").unwrap())
            .collect()
    };
    let (today, next) = (ids("truth/found_25.csv"), ids("truth/next-day/found_25.csv"));
    assert_eq!(next.len() as u64, summary.next_day_found_25);
    assert!(next.contains(&summary.story.enterprise_id));
    let founded: BTreeSet<String> = read(&dir.path().join("next-day/unions.csv"))
        .into_iter()
        .filter(|row| row["op"] == "I")
        .map(|mut row| row.remove("employer_name").unwrap())
        .collect();
    let of_founded: Vec<String> = read(&dir.path().join("enterprises.csv"))
        .into_iter()
        .filter(|row| founded.contains(&row["name"]))
        .map(|mut row| row.remove("enterprise_id").unwrap())
        .collect();
    assert!(!of_founded.is_empty(), "{founded:?}");
    for id in &of_founded {
        assert!(!next.contains(id), "{id} has its union");
    }
    assert!(today.symmetric_difference(&next).count() < today.len() / 2);
}

#[test]
fn chairs_are_members_insured_there_but_for_those_who_left() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 9, Format::Csv);
    let dirt: HashMap<String, String> = read(&dir.path().join("truth/links.csv"))
        .into_iter()
        .map(|mut row| (row.remove("union_id").unwrap(), row.remove("dirt").unwrap()))
        .collect();
    let count = |tag: &str| {
        dirt.values()
            .filter(|kinds| kinds.split(';').any(|kind| kind == tag))
            .count()
    };
    assert!(count("D33") > 0);
    let mut insured: HashMap<String, bool> = HashMap::new();
    for row in read(&dir.path().join("insurance.csv")) {
        *insured.entry(row["name"].replace(' ', "")).or_default() |= row["end"].is_empty();
    }
    let known = read(&dir.path().join("unions.csv"))
        .iter()
        .filter(|row| !dirt[&row["union_id"]].contains("D33") && row["union_type"] == "独立基层工会")
        .filter(|row| insured.get(&row["chair"]).copied().unwrap_or(false))
        .count();
    assert!(known > 120, "{known} chairs stand in the insurance file");
}

#[test]
fn partners_of_platforms_have_their_riders_paid_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path(), 10, Format::Csv);
    let partners = read(&dir.path().join("truth/platforms.csv"));
    assert!(!partners.is_empty());
    let elsewhere = read(&dir.path().join("insurance.csv"))
        .iter()
        .filter(|row| row["employer_name"].contains("企业服务外包"))
        .count();
    assert!(elsewhere > 0);
}
