#![allow(clippy::unwrap_used)]

use crate::member_links::{DECISIONS, MemberLink, MemberLinkFiles, TIERS, number_in};
use crate::tables::{Link, Member, PersonLink};
use crate::{LakeRow, RowWriter, read_rows, row_count, texts_at, write_rows};

fn member(n: i64) -> Member {
    Member {
        member_id: format!("M{n}"),
        union_key: n,
        id_token: (n % 3 != 0).then_some(n * 7),
        id_status: 0,
        id_parts: None,
        name: "王芳".into(),
    }
}

#[test]
fn rows_come_back_as_they_went_in() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("members.parquet");
    let rows: Vec<Member> = (0..20_000).map(member).collect();
    assert_eq!(write_rows(&path, rows.clone()).unwrap(), 20_000);
    assert_eq!(row_count(&path).unwrap(), 20_000);
    let back: Vec<Member> = read_rows(&path).unwrap().map(Result::unwrap).collect();
    assert_eq!(back, rows);
}

#[test]
fn a_table_that_was_not_finished_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("members.parquet");
    let mut writer = RowWriter::<Member>::create(&path).unwrap();
    writer.push(&member(1)).unwrap();
    drop(writer);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_a_lake_file() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("members.parquet");
    write_rows(&path, [member(1)]).unwrap();
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_missing_column_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("members.parquet");
    write_rows(&path, [member(1)]).unwrap();
    let error = read_rows::<Link>(&path).err().unwrap();
    assert_eq!(error.to_string(), "lake table links: column union_id is missing");
    assert_eq!(Link::TABLE, "links");
}

#[test]
fn single_rows_are_read_out_of_a_column() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("members.parquet");
    write_rows(&path, (0..300_000).map(member)).unwrap();
    let ids = texts_at(&path, "member_id", &[0, 8_191, 8_192, 131_072, 299_999]).unwrap();
    assert_eq!(ids, ["M0", "M8191", "M8192", "M131072", "M299999"]);
    assert!(texts_at(&path, "member_id", &[]).unwrap().is_empty());
}

/// Imports replace the snapshots that a run has read; its links are still told by id.
#[test]
fn person_links_outlive_the_files_they_count_in() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    let files = MemberLinkFiles {
        links: file("links"),
        members: file("members"),
        insurance: Some(file("insured")),
    };
    write_rows(&files.members, (0..20_000).map(member)).unwrap();
    // Any table with a text column of that name will do as the insured rows.
    let mut insured = crate::columns::ColumnWriter::new(
        vec![crate::columns::Column {
            name: "ins_id".into(),
            kind: crate::columns::Kind::Text,
        }],
        std::fs::File::create(file("insured")).unwrap(),
        64,
    )
    .unwrap();
    for n in 0..10_000 {
        insured.text(0, &format!("P{n}"));
        insured.end_row().unwrap();
    }
    insured.finish().unwrap();
    let link = |i: i32| PersonLink {
        ins_row: (i % 2 == 0).then_some(9_999 - i / 2),
        probability: None,
        decision: number_in(&DECISIONS, if i % 2 == 0 { "linked" } else { "none" }),
        tier: number_in(&TIERS, if i % 2 == 0 { "id_name" } else { "" }),
    };
    write_rows(&files.links, (0..20_000).map(link)).unwrap();
    let kept = file("kept");
    std::fs::create_dir(&kept).unwrap();
    files.keep_in(&kept).unwrap();
    std::fs::remove_file(&files.members).unwrap();
    std::fs::remove_file(file("insured")).unwrap();
    let links: Vec<MemberLink> = MemberLinkFiles::in_folder(&kept)
        .read()
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(links.len(), 20_000);
    let told = |i: usize| {
        (
            links[i].member_id.as_str(),
            links[i].ins_id.as_deref(),
            links[i].tier,
        )
    };
    assert_eq!(told(0), ("M0", Some("P9999"), Some("id_name")));
    assert_eq!(told(1), ("M1", None, None));
    assert_eq!(told(19_998), ("M19998", Some("P0"), Some("id_name")));
    assert_eq!((links[0].decision, links[1].decision), ("linked", "none"));
}

#[test]
fn a_file_from_before_a_column_was_added_still_reads() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("members.parquet");
    write_rows(&path, [member(1)]).unwrap();
    let batch = crate::batches(
        &path,
        &["member_id", "union_key", "id_token", "id_status", "name"],
    )
    .unwrap()
    .next()
    .unwrap()
    .unwrap();
    let old = dir.path().join("old.parquet");
    let mut table = crate::ParquetTable::create_with_schema(&old, batch.schema()).unwrap();
    table.write(&batch).unwrap();
    table.finish().unwrap();
    let back: Vec<Member> = read_rows(&old).unwrap().map(Result::unwrap).collect();
    assert_eq!(back, [member(1)]);
}
