#![allow(clippy::unwrap_used)]

use crate::tables::{Link, Member};
use crate::{LakeRow, RowWriter, read_rows, row_count, write_rows};

fn member(n: i64) -> Member {
    Member {
        member_id: format!("M{n}"),
        union_key: n,
        id_token: (n % 3 != 0).then_some(n * 7),
        id_status: 0,
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
