use super::*;
use crate::leads::{Values, push_former, push_keys, push_slips};
use crate::records::Records;
use crate::tables::{Enterprise, Insurance, Tax};
use crate::{RowKeys, batches, column, read_rows, row_count, rows_at, texts_at, write_rows};
use arrow::array::{ArrayRef, StringArray, UInt32Array, UInt64Array};
use codes::text::key64;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use std::collections::{BTreeMap, BTreeSet};

/// What an insured row of the test says: person, reading of the number, name, employer, spelling of the employer's name.
type Cells = (Option<i64>, u8, u8, u8, bool);

fn cells() -> impl Strategy<Value = Cells> {
    (prop::option::of(-4i64..4), 0u8..8, 0u8..3, 0u8..6, any::<bool>())
}

fn insured(n: usize, (token, status, name, employer, is_wide): Cells) -> Insurance {
    Insurance {
        ins_id: format!("I{n:04}"),
        id_token: token,
        id_status: status,
        id_parts: token.filter(|token| token % 2 == 0),
        name: ["", "王芳", "李海燕"][name as usize % 3].into(),
        mention_key: i64::from(employer) * 7 - 3,
        employer_code: (employer % 2 == 0).then(|| format!("CODE{employer}")),
        // Two spellings under one key: the mention says what its first row says.
        employer_name: (employer % 3 != 0)
            .then(|| format!("第{employer}号厂{}", if is_wide { "　" } else { "" })),
        start: None,
        start_status: 0,
        end: None,
        end_status: 0,
        row_hash: n as i64,
    }
}

/// One day: which rows go (by a number taken modulo the rows there are) and what comes.
type Day = (Vec<u16>, Vec<Cells>);

/// All columns of a store but the leads, which are asked for as one list.
fn columns_of(records: &Path) -> BTreeMap<String, ArrayRef> {
    let mut columns = BTreeMap::new();
    for entry in std::fs::read_dir(records).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "arrow") {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            if !name.starts_with("leads") {
                columns.insert(name, crate::records::array_in(&path).unwrap());
            }
        }
    }
    columns
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    /// Day after day, an amended table reads as if it had been written whole, and the store that was carried over holds what
    /// one made from the table holds.
    #[test]
    fn an_amended_table_is_the_table_written_whole(
        first in prop::collection::vec(cells(), 0..90),
        days in prop::collection::vec((prop::collection::vec(any::<u16>(), 0..6), prop::collection::vec(cells(), 0..5)), 1..5),
        asked in prop::collection::vec(any::<u16>(), 0..9),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut next = first.len();
        let mut rows: Vec<Insurance> = first.into_iter().enumerate().map(|(n, cells)| insured(n, cells)).collect();
        let mut path = folder.path().join("0.parquet");
        write_rows(&path, rows.clone()).unwrap();
        Records::of::<Insurance>(&path).unwrap();
        let days: Vec<Day> = days;
        for (day, (gone, came)) in days.into_iter().enumerate() {
            let mut gone: Vec<u32> = gone.into_iter().filter(|_| !rows.is_empty()).map(|n| u32::from(n) % rows.len() as u32).collect();
            gone.sort_unstable();
            gone.dedup();
            let added: Vec<Insurance> = came.into_iter().map(|cells| { next += 1; insured(next, cells) }).collect();
            let amendment = Amendment { gone, added };
            let after = folder.path().join(format!("{}.parquet", day + 1));
            amend(&path, &amendment, &after).unwrap();
            Records::carry(&path, &amendment, &after).unwrap();
            let mut row = 0;
            rows.retain(|_| { row += 1; amendment.gone.binary_search(&(row - 1)).is_err() });
            rows.extend(amendment.added.clone());

            prop_assert_eq!(row_count(&after).unwrap(), rows.len() as u64);
            let back: Vec<Insurance> = read_rows(&after).unwrap().map(Result::unwrap).collect();
            prop_assert_eq!(&back, &rows);
            let pairs: Vec<(i64, i64)> = rows.iter().map(|row| (key64(&row.ins_id), row.row_hash)).collect();
            prop_assert_eq!(RowKeys::of(&after, "ins_id").unwrap().pairs().collect::<Vec<_>>(), pairs.clone());
            let mut some: Vec<u32> = asked.iter().filter(|_| !rows.is_empty()).map(|n| u32::from(*n) % rows.len() as u32).collect();
            some.sort_unstable();
            some.dedup();
            let wanted: Vec<Insurance> = some.iter().map(|row| rows[*row as usize].clone()).collect();
            prop_assert_eq!(texts_at(&after, "ins_id", &some).unwrap(), wanted.iter().map(|row| row.ins_id.clone()).collect::<Vec<_>>());
            prop_assert_eq!(rows_at::<Insurance>(&after, &some).unwrap(), wanted);

            let store = crate::records::folder_of(&after);
            let carried = columns_of(&store);
            std::fs::remove_dir_all(&store).unwrap();
            prop_assert_eq!(RowKeys::of(&after, "ins_id").unwrap().pairs().collect::<Vec<_>>(), pairs);
            Records::of::<Insurance>(&after).unwrap();
            prop_assert_eq!(carried, columns_of(&store));
            path = after;
        }
    }
}

/// What a register's row of the test says: two keys, which may be missing, a name, and a phone, an address and whether it is in
/// business.
type Codes = (Option<i64>, Option<i64>, i64, (Option<i64>, Option<i64>, bool));

fn codes() -> impl Strategy<Value = Codes> {
    let place = (
        prop::option::of(0i64..4),
        prop::option::of(0i64..4),
        any::<bool>(),
    );
    (
        prop::option::of(-5i64..9),
        prop::option::of(0i64..4),
        0i64..9,
        place,
    )
}

fn enterprise(n: usize, (uscc_key, reg_key, name_key, (phone, address, is_living)): Codes) -> Enterprise {
    Enterprise {
        enterprise_id: format!("E{n}"),
        uscc: uscc_key.map(|key| format!("USCC{key}")),
        code_raw: None,
        uscc_key,
        org_key: uscc_key.map(|key| key / 2),
        reg_key,
        name: format!("第{name_key}号厂"),
        name_key,
        core_key: name_key / 2,
        division: None,
        brand: format!("第{name_key}号"),
        trade: "厂".into(),
        form: String::new(),
        branch: None,
        former_names: reg_key.map(|key| format!("第{key}号坊；第{}号坊", key + 1)),
        kind: None,
        entity: "company".into(),
        legal_rep: address.map(|key| format!("王{key}")),
        county: Some(330_203),
        town: None,
        address: None,
        address_key: address,
        industry: None,
        founded: None,
        status: None,
        status_class: if is_living { "in_business" } else { "gone" }.into(),
        capital_fen: None,
        phone_token: phone,
        phone_sealed: uscc_key.map(|key| vec![7; key.unsigned_abs() as usize]),
        unread: None,
        row_hash: 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// The same of the register's ordered keys, counts and leads, day after day.
    #[test]
    fn what_linkage_asks_for_is_carried_over(
        first in prop::collection::vec(codes(), 1..120),
        days in prop::collection::vec((prop::collection::btree_set(0u32..70, 0..6), prop::collection::vec(codes(), 0..6)), 1..5),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut path = folder.path().join("0.parquet");
        let mut count = first.len();
        write_rows(&path, first.into_iter().enumerate().map(|(n, codes)| enterprise(n, codes))).unwrap();
        Records::of::<Enterprise>(&path).unwrap();
        let days: Vec<(BTreeSet<u32>, Vec<Codes>)> = days;
        for (day, (gone, came)) in days.into_iter().enumerate() {
            let after = folder.path().join(format!("{}.parquet", day + 1));
            let amendment = Amendment {
                gone: gone.into_iter().filter(|row| (*row as usize) < count).collect(),
                added: came.into_iter().enumerate().map(|(n, codes)| enterprise(100 * (day + 1) + n, codes)).collect(),
            };
            amend(&path, &amendment, &after).unwrap();
            let records = Records::carry(&path, &amendment, &after).unwrap();
            let rows: Vec<Enterprise> = read_rows(&after).unwrap().map(Result::unwrap).collect();
            count = rows.len();
            counts_are_those_of_the_rows(&records, &rows)?;
            leads_are_those_of_the_rows(&records, &rows)?;
            let made = folder.path().join("made");
            std::fs::create_dir(&made).unwrap();
            let apart = made.join("table.parquet");
            second_name(&after, &apart).unwrap();
            let anew = Records::of::<Enterprise>(&apart).unwrap();
            prop_assert_eq!(records.leads().unwrap().whole(), anew.leads().unwrap().whole());
            prop_assert_eq!(columns_of(&crate::records::folder_of(&after)), columns_of(&crate::records::folder_of(&apart)));
            std::fs::remove_dir_all(&made).unwrap();
            path = after;
        }
    }
}

/// A day's leads stand beside the list of the day before, which keeps its file.
#[test]
fn leads_of_a_day_are_written_beside_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (folder.path().join("1.parquet"), folder.path().join("2.parquet"));
    let codes = |n: usize| (None, None, n as i64, (None, Some(n as i64), true));
    write_rows(&before, (0..100).map(|n| enterprise(n, codes(n)))).unwrap();
    Records::of::<Enterprise>(&before).unwrap();
    let amendment = Amendment {
        gone: vec![3, 99],
        added: vec![enterprise(200, codes(200))],
    };
    amend(&before, &amendment, &after).unwrap();
    let records = Records::carry(&before, &amendment, &after).unwrap();
    let file = |table: &Path, name: &str| crate::records::folder_of(table).join(format!("{name}.arrow"));
    let bytes = |path: &Path| std::fs::read(path).unwrap();
    assert_eq!(bytes(&file(&before, "leads")), bytes(&file(&after, "leads")));
    assert!(file(&after, "leads.came").exists() && !file(&before, "leads.came").exists());

    // Damage is told by file: a list of another length, and a lead to a row that is not there.
    let write = |name: &str, array: ArrayRef| crate::records::write_array(&file(&after, name), name, array);
    let gone = records.column::<UInt32Array>("leads.gone").unwrap();
    for wrong in [vec![], vec![3, 99, 98], vec![99, 3, 100], vec![3, 99, 200]] {
        write("leads.gone", Arc::new(UInt32Array::from(wrong))).unwrap();
        let said = records.leads().unwrap_err().to_string();
        assert!(said.contains("leads.gone.arrow"), "{said}");
    }
    write("leads.gone", Arc::new(gone)).unwrap();
    write("leads", Arc::new(UInt64Array::from(vec![7 << 16 | 100]))).unwrap();
    let leads = records.leads().unwrap();
    let said = leads.walk().rows(7 << 16).unwrap_err().to_string();
    assert!(said.contains("leads.arrow"), "{said}");
}

/// One bit more for the numbers of rows leaves one less for the keys of all leads.
#[test]
fn leads_fit_a_register_that_outgrows_its_row_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (before, after) = (folder.path().join("1.parquet"), folder.path().join("2.parquet"));
    let codes = |n: usize| (None, None, n as i64, (None, Some(n as i64), true));
    write_rows(&before, (0..65_534).map(|n| enterprise(n, codes(n)))).unwrap();
    Records::of::<Enterprise>(&before).unwrap();
    let amendment = Amendment {
        gone: vec![3],
        added: (70_000..70_004).map(|n| enterprise(n, codes(n))).collect(),
    };
    amend(&before, &amendment, &after).unwrap();
    let records = Records::carry(&before, &amendment, &after).unwrap();
    let carried = records.column::<UInt64Array>("leads").unwrap();
    std::fs::remove_dir_all(crate::records::folder_of(&after)).unwrap();
    let anew = Records::of::<Enterprise>(&after).unwrap();
    assert_eq!(carried, anew.column::<UInt64Array>("leads").unwrap());
}

#[test]
fn an_index_that_leads_nowhere_is_refused_by_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.parquet");
    let codes = |n: usize| (Some(n as i64), None, n as i64, (None, None, true));
    write_rows(&path, (0..3).map(|n| enterprise(n, codes(n)))).unwrap();
    let records = Records::of::<Enterprise>(&path).unwrap();
    assert!(records.index("uscc_key").unwrap().contains(2));
    let file = crate::records::folder_of(&path).join("uscc_key.rows.arrow");
    for rows in [vec![0, 1, 3], vec![0, 1, crate::records::NONE], vec![0, 1]] {
        crate::records::write_array(&file, "rows", std::sync::Arc::new(UInt32Array::from(rows))).unwrap();
        let said = records.index("uscc_key").unwrap_err().to_string();
        assert!(said.contains("uscc_key.rows.arrow"), "{said}");
    }
}

fn counts_are_those_of_the_rows(records: &Records, rows: &[Enterprise]) -> Result<(), TestCaseError> {
    let counts = |name: &str| -> Vec<u32> { records.column::<UInt32Array>(name).unwrap().values().to_vec() };
    let (brands, phones) = (counts("brand.count"), counts("phone_token.count"));
    let living = counts("address_key.living");
    for (n, row) in rows.iter().enumerate() {
        let same =
            |is_same: &dyn Fn(&Enterprise) -> bool| rows.iter().filter(|other| is_same(other)).count() as u32;
        prop_assert_eq!(brands[n], same(&|other| other.brand == row.brand));
        prop_assert_eq!(
            phones[n],
            same(&|other| other.phone_token.is_some() && other.phone_token == row.phone_token)
        );
        let is_peer = |other: &Enterprise| {
            other.status_class == "in_business"
                && other.address_key.is_some()
                && other.address_key == row.address_key
        };
        prop_assert_eq!(living[n], same(&is_peer));
    }
    Ok(())
}

/// Whoever asks for a key is led to all rows that have it and to no other.
fn leads_are_those_of_the_rows(records: &Records, rows: &[Enterprise]) -> Result<(), TestCaseError> {
    let mut rows_of: BTreeMap<u64, BTreeSet<u32>> = BTreeMap::new();
    for (n, row) in (0u32..).zip(rows) {
        let core: Vec<char> = format!("{}{}", row.brand, row.trade).chars().collect();
        let mut keys = Vec::new();
        push_keys(
            &Values {
                brand: &row.brand,
                core: &core,
                boss: row.legal_rep.as_deref(),
                phone: row.phone_token,
                address: row.address_key,
                county: row.county,
                town: row.town,
            },
            &mut keys,
        );
        for name in crate::records::former_names(row.former_names.as_deref()) {
            push_former(name.normal_key(), name.core_key(), &mut keys);
        }
        let named = keys.len();
        push_slips(&core, &mut keys);
        prop_assert!(named > 0 && keys.len() > named);
        for (_, key) in keys {
            rows_of.entry(key).or_default().insert(n);
        }
    }
    let leads = records.leads().unwrap();
    let mut walk = leads.walk();
    for (key, expected) in &rows_of {
        let beside = walk.rows(key.saturating_sub(1 << 30)).unwrap();
        prop_assert!(beside.is_empty(), "a key that nobody has");
        let led: Vec<u32> = expected.iter().copied().collect();
        prop_assert_eq!(walk.rows(*key).unwrap(), led, "in row order");
    }
    Ok(())
}

fn tax(n: usize) -> Tax {
    Tax {
        tax_id: format!("T{n}"),
        mention_key: n as i64 % 5,
        employer_code: None,
        employer_name: Some(format!("第{}号厂", n % 5)),
        tax_year: Some(2026),
        headcount: Some(n as i64),
        payroll_fen: None,
        union_fee_fen: None,
        prep_fee_fen: None,
        unread: None,
        row_hash: 0,
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn few_changes_are_written_beside_the_table_and_many_make_it_anew() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_rows(&at("1.parquet"), (0..1_000).map(tax)).unwrap();
    let few = Amendment {
        gone: vec![0, 500],
        added: vec![tax(2_000)],
    };
    amend(&at("1.parquet"), &few, &at("2.parquet")).unwrap();
    assert_eq!(
        names_in(folder.path()),
        ["1.parquet", "2.base.parquet", "2.gone.arrow", "2.parquet"]
    );
    let many: Amendment<Tax> = Amendment {
        gone: (0..200).collect(),
        added: Vec::new(),
    };
    amend(&at("2.parquet"), &many, &at("3.parquet")).unwrap();
    assert!(!at("3.base.parquet").exists());
    assert_eq!(row_count(&at("3.parquet")).unwrap(), 799);

    // What it came from may go: the table has a name of its own for it.
    std::fs::remove_file(at("1.parquet")).unwrap();
    assert_eq!(row_count(&at("2.parquet")).unwrap(), 999);
    second_name(&at("2.parquet"), &at("links.parquet")).unwrap();
    for path in files_of(&at("2.parquet")) {
        std::fs::remove_file(path).unwrap();
    }
    let last: Vec<String> = texts_at(&at("links.parquet"), "tax_id", &[0, 997, 998]).unwrap();
    assert_eq!(last, ["T1", "T999", "T2000"]);
}

#[test]
fn a_table_whose_base_is_lost_is_not_read_as_if_it_were_whole() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_rows(&at("1.parquet"), (0..1_000).map(tax)).unwrap();
    let few = Amendment {
        gone: vec![7],
        added: vec![tax(2_000)],
    };
    amend(&at("1.parquet"), &few, &at("2.parquet")).unwrap();
    let gone = std::fs::read(at("2.gone.arrow")).unwrap();
    std::fs::write(at("2.gone.arrow"), &gone[..gone.len() / 2]).unwrap();
    let said = row_count(&at("2.parquet")).unwrap_err().to_string();
    assert!(
        said.contains("2.gone.arrow is damaged") && said.contains("import the whole file again"),
        "{said}"
    );
    std::fs::write(at("2.gone.arrow"), &gone).unwrap();
    for lost in ["2.base.parquet", "2.gone.arrow"] {
        std::fs::remove_file(at(lost)).unwrap();
        let said = row_count(&at("2.parquet")).unwrap_err().to_string();
        assert!(said.contains(lost), "{said}");
    }
}

#[test]
fn an_amendment_of_a_file_of_an_earlier_version_makes_it_anew() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write_rows(&at("whole.parquet"), (0..100).map(tax)).unwrap();
    let batch = batches(&at("whole.parquet"), &[])
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let without_unread: Vec<usize> = (0..batch.num_columns())
        .filter(|c| batch.schema().field(*c).name() != "unread")
        .collect();
    let batch = batch.project(&without_unread).unwrap();
    let mut table = crate::ParquetTable::create_with_schema(&at("1.parquet"), batch.schema()).unwrap();
    table.write(&batch).unwrap();
    table.finish().unwrap();
    let few = Amendment {
        gone: vec![7],
        added: vec![tax(2_000)],
    };
    amend(&at("1.parquet"), &few, &at("2.parquet")).unwrap();
    Records::carry(&at("1.parquet"), &few, &at("2.parquet")).unwrap();
    assert!(!at("2.base.parquet").exists());
    let rows: Vec<Tax> = read_rows(&at("2.parquet")).unwrap().map(Result::unwrap).collect();
    assert_eq!((rows.len(), rows[99].tax_id.as_str()), (100, "T2000"));
    let batch = batches(&at("2.parquet"), &["tax_id"])
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(column::<StringArray>(&batch, "tax_id").unwrap().value(7), "T8");
}
