//! The same table in other files gives the same pairs.

use crate::town::{Folder, PEOPLE, Person, csv_of, people, soiled};
use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use std::sync::Arc;

fn pairs_of(folder: &Folder, left: &str, right: &str) -> String {
    folder.link(PEOPLE, left, Some(right), 2).expect("linked");
    folder.read("pairs.csv")
}

#[test]
fn encodings_marks_and_separators_do_not_matter() {
    let folder = Folder::new();
    let chinese = |mut rows: Vec<Person>| {
        for row in &mut rows {
            row[3] = row[3]
                .replace("road", "路")
                .replace("street", "街")
                .replace("lane", "巷");
        }
        rows
    };
    let (left, right) = (chinese(people(200)), chinese(soiled(&people(200))));
    folder.write("a.csv", csv_of(&left));
    folder.write("b.csv", csv_of(&right));
    let expected = pairs_of(&folder, "a.csv", "b.csv");
    assert!(expected.lines().count() > 190);

    let text = csv_of(&right);
    let (gb, _, _) = encoding_rs::GB18030.encode(&text);
    folder.write("gb.csv", gb);
    folder.write("mark.csv", format!("\u{feff}{}", csv_of(&left)));
    folder.write("semicolon.csv", csv_of(&left).replace(',', ";"));
    assert_eq!(pairs_of(&folder, "a.csv", "gb.csv"), expected);
    assert_eq!(pairs_of(&folder, "mark.csv", "b.csv"), expected);
    assert_eq!(pairs_of(&folder, "semicolon.csv", "b.csv"), expected);
}

#[test]
fn western_files_are_read_with_a_warning() {
    let folder = Folder::new();
    let accents = |rows: Vec<Person>| csv_of(&rows).replace("mary", "marié ").replace("susan", "süsan");
    folder.write("a.csv", accents(people(200)));
    let text = accents(soiled(&people(200)));
    let (western, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
    folder.write("b.csv", western);
    let summary = folder.link(PEOPLE, "a.csv", Some("b.csv"), 2).expect("linked");
    assert!(
        summary
            .warnings
            .iter()
            .any(|warning| warning.contains("windows-1252")),
        "{:?}",
        summary.warnings
    );
    assert!(folder.pairs().len() > 190);
    let spec = format!("encoding = \"windows-1252\"\n{PEOPLE}");
    let summary = folder.link(&spec, "b.csv", None, 2).expect("linked");
    assert!(
        summary
            .warnings
            .iter()
            .all(|warning| !warning.contains("windows-1252"))
    );
}

#[test]
fn parquet_with_numbers_is_read_as_text_is() {
    let folder = Folder::new();
    let (left, right) = (people(200), soiled(&people(200)));
    folder.write("a.csv", csv_of(&left));
    folder.write("b.csv", csv_of(&right));
    let spec = PEOPLE.replace(
        "[[block]]\non = [\"born\"]",
        "[[compare]]\ncolumn = \"number\"\nlevels = [\"exact\"]\n\n[[block]]\non = [\"born\"]",
    );
    let with_number = |rows: &[Person]| {
        let lines = csv_of(rows);
        let numbered = lines.lines().enumerate().map(|(i, line)| {
            if i == 0 {
                format!("{line},number\n")
            } else {
                format!("{line},{}\n", i % 37)
            }
        });
        numbered.collect::<String>()
    };
    folder.write("a.csv", with_number(&left));
    folder.write("b.csv", with_number(&right));
    folder.link(&spec, "a.csv", Some("b.csv"), 2).expect("linked");
    let expected = folder.read("pairs.csv");
    for (name, floats) in [("ints.parquet", false), ("floats.parquet", true)] {
        write_parquet(&folder, name, &right, floats);
        folder.link(&spec, "a.csv", Some(name), 2).expect("linked");
        assert_eq!(folder.read("pairs.csv"), expected, "{name}");
    }
}

fn write_parquet(folder: &Folder, name: &str, rows: &[Person], floats: bool) {
    let text = |at: usize| -> ArrayRef {
        let cells = rows
            .iter()
            .map(|row| Some(row[at].as_str()).filter(|cell| !cell.is_empty()));
        Arc::new(cells.collect::<StringArray>())
    };
    let born: ArrayRef = Arc::new(
        rows.iter()
            .map(|row| row[4].replace('-', "").parse().ok())
            .collect::<Int64Array>(),
    );
    let numbers = (1..=rows.len()).map(|i| i % 37);
    let number: ArrayRef = if floats {
        Arc::new(numbers.map(|n| n as f64).collect::<Float64Array>())
    } else {
        Arc::new(numbers.map(|n| n as i64).collect::<Int64Array>())
    };
    let columns = [
        ("id", text(0)),
        ("given", text(1)),
        ("family", text(2)),
        ("street", text(3)),
        ("born", born),
        ("number", number),
    ];
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let file = std::fs::File::create(folder.path(name)).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
}
