use super::*;
use crate::tables::Insurance;
use codes::resident_id::IdStatus;
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

fn row(n: usize, (token, status, name, employer): (Option<i64>, u8, u8, u8)) -> Insurance {
    Insurance {
        ins_id: format!("I{n:04}"),
        id_token: token,
        id_status: status,
        id_parts: None,
        name: ["", "王芳", "李海燕"][name as usize % 3].into(),
        mention_key: i64::from(employer) * 7 - 3,
        employer_code: (employer % 2 == 0).then(|| format!("CODE{employer}")),
        employer_name: (employer % 3 != 0).then(|| format!("第{employer}号厂")),
        start: None,
        start_status: 0,
        end: None,
        end_status: 0,
        row_hash: 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// What the store says of a row is what the row says of itself, whatever the order of keys.
    #[test]
    fn says_of_each_row_what_the_file_says(
        cells in prop::collection::vec((prop::option::of(-4i64..4), 0u8..8, 0u8..3, 0u8..9), 0..60),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("1.parquet");
        let rows: Vec<Insurance> = cells.into_iter().enumerate().map(|(n, cell)| row(n, cell)).collect();
        crate::write_rows(&path, rows.clone()).expect("written");
        let records = Records::of::<Insurance>(&path).expect("made");
        prop_assert_eq!(records.rows(), rows.len());

        let persons = records.persons().expect("persons");
        let mut first_names: HashMap<i64, String> = HashMap::new();
        for (n, row) in rows.iter().enumerate() {
            let key = row.id_token.and_then(|token| {
                IdStatus::from_u8(row.id_status).and_then(|status| status.person_key(token, &row.name))
            });
            let number = persons.of_row.value(n);
            match key {
                None => prop_assert_eq!(number, NONE),
                Some(key) => {
                    prop_assert_eq!(persons.keys.value(number as usize), key);
                    let first = first_names.entry(key).or_insert_with(|| row.name.clone());
                    prop_assert_eq!(persons.renamed.value(n) == 1, *first != row.name);
                }
            }
        }

        let mentions = records.mentions().expect("mentions");
        let distinct: BTreeMap<i64, &Insurance> = rows.iter().rev().map(|row| (row.mention_key, row)).collect();
        prop_assert_eq!(mentions.len(), distinct.len());
        for (n, row) in rows.iter().enumerate() {
            let at = mentions.of_row.value(n) as usize;
            prop_assert_eq!(mentions.keys.value(at), row.mention_key);
            let text = |texts: &StringArray| texts.is_valid(at).then(|| texts.value(at).to_owned());
            prop_assert_eq!(text(&mentions.code), row.employer_code.clone());
            prop_assert_eq!(text(&mentions.name), row.employer_name.clone());
        }
    }

    /// Two lists become one: nobody twice, nobody lost, and a number means the same key on both sides.
    #[test]
    fn joins_mentions(left in prop::collection::btree_set(0u8..30, 0..20), right in prop::collection::btree_set(0u8..30, 0..20)) {
        let folder = tempfile::tempdir().expect("a folder");
        let mentions = |name: &str, employers: &std::collections::BTreeSet<u8>| {
            let path = folder.path().join(name);
            let rows = employers.iter().enumerate().map(|(n, &employer)| row(n, (None, 4, 1, employer)));
            crate::write_rows(&path, rows).expect("written");
            Records::of::<Insurance>(&path).expect("made").mentions().expect("mentions")
        };
        let (own, theirs) = (mentions("l.parquet", &left), mentions("r.parquet", &right));
        let (added, numbers) = own.joined_by(&theirs);
        prop_assert_eq!(own.len() + added.len(), left.union(&right).count());
        for (at, &number) in numbers.iter().enumerate() {
            let key = match (number as usize).checked_sub(own.len()) {
                None => own.keys.value(number as usize),
                Some(more) => theirs.keys.value(added[more] as usize),
            };
            prop_assert_eq!(key, theirs.keys.value(at));
        }
    }
}

#[test]
fn is_made_again_when_the_file_or_the_store_is_another() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("7.parquet");
    let write = |rows: usize| {
        crate::write_rows(&path, (0..rows).map(|n| row(n, (Some(n as i64), 0, 1, 1)))).expect("written")
    };
    let names = |records: &Records| records.column::<StringArray>("name").expect("names").len();
    write(3);
    let first = Records::of::<Insurance>(&path).expect("made");
    let store = folder_of(&path);
    let made = std::fs::metadata(store.join("name.arrow"))
        .and_then(|file| file.modified())
        .expect("a time");
    let again = Records::of::<Insurance>(&path).expect("opened");
    let kept = std::fs::metadata(store.join("name.arrow"))
        .and_then(|file| file.modified())
        .expect("a time");
    assert_eq!(made, kept, "an unchanged file's store is opened, not made again");
    assert_eq!((names(&first), names(&again)), (3, 3));

    write(5);
    assert_eq!(names(&Records::of::<Insurance>(&path).expect("made")), 5);

    // Power went while it was being made: no account of it, and half a column.
    std::fs::remove_file(store.join("about.json")).expect("removed");
    std::fs::write(store.join("name.arrow"), b"ARROW1").expect("cut");
    assert_eq!(names(&Records::of::<Insurance>(&path).expect("made")), 5);

    std::fs::write(store.join("name.arrow"), b"ARROW1").expect("cut");
    let refused = Records::of::<Insurance>(&path)
        .expect("opened")
        .column::<StringArray>("name");
    let said = refused.expect_err("damaged").to_string();
    assert!(
        said.contains("name.arrow") && said.contains("remove its folder"),
        "{said}"
    );
}

/// A disk that turned a bit: the file is named, and nobody looks up what is not there.
#[test]
fn numbers_of_nothing_are_refused_by_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("7.parquet");
    crate::write_rows(&path, (0..3).map(|n| row(n, (Some(n as i64), 0, 1, 1)))).expect("written");
    let records = Records::of::<Insurance>(&path).expect("made");
    for (column, read) in [
        (
            "person",
            Box::new(|| records.persons().map(drop)) as Box<dyn Fn() -> Result<(), LakeError>>,
        ),
        ("mention", Box::new(|| records.mentions().map(drop))),
    ] {
        read().expect("sound");
        let file = folder_of(&path).join(format!("{column}.arrow"));
        write_array(
            &file,
            column,
            std::sync::Arc::new(UInt32Array::from(vec![0, 7, NONE])),
        )
        .expect("written");
        let said = read().expect_err("damaged").to_string();
        assert!(said.contains(&format!("{column}.arrow")), "{said}");
    }
}
