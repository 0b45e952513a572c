//! The bad-input corpus (坏文件集): every file of `tests/corpus` is taken as the guide's table says, with its words, and leaves no damage.

use super::*;

/// The table that the guide shows and this test reads: file, what it is, what becomes of it, what is said.
const TABLE: &str = include_str!("../../../../../docs/guide/bad-input.md");

/// Roots of the register that the files speak of.
fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// A line of the table.
struct Case {
    file: String,
    expected: String,
    says: Vec<String>,
}

fn cases() -> Vec<Case> {
    let lines = TABLE.lines().filter(|line| line.starts_with("| `"));
    let cases = lines.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 4, "{line}");
        let says = cells[3].split('；').map(|word| word.trim().to_owned());
        Case {
            file: cells[0].trim_matches('`').to_owned(),
            expected: cells[2].to_owned(),
            says: says.filter(|word| !word.is_empty() && word != "—").collect(),
        }
    });
    cases.collect()
}

/// What became of a file, as the table writes it, and every word that was said.
async fn outcome(test: &TestApp, file: &str) -> (String, String) {
    let kind = Kind::from_name(file.split('-').next().unwrap()).unwrap();
    let done = import_file(
        &test.system(),
        &test.app,
        kind,
        &corpus().join(file),
        file,
        unwatched(),
    )
    .await;
    match done {
        Err(refused) => {
            assert_eq!(refused.kind, ErrorKind::Invalid, "{file}: {refused}");
            assert!(refused.message.contains(file), "{file} is named: {refused}");
            assert!(!has_words_of_a_library(&refused.message), "{file}: {refused}");
            ("整个拒绝".to_owned(), refused.to_string())
        }
        Ok(report) => {
            let mut words = String::new();
            if report.has_rejects {
                for row in rejects(test, report.batch_no).await {
                    words += &format!("第 {} 行：{}\n", row[1], row[2]);
                }
            }
            let said = format!(
                "收 {}，存疑 {}，退回 {}",
                report.accepted, report.doubtful, report.rejected
            );
            (said, words)
        }
    }
}

#[test]
fn the_table_and_the_folder_name_the_same_files() {
    let mut named: Vec<String> = cases().into_iter().map(|case| case.file).collect();
    let entries = std::fs::read_dir(corpus()).unwrap();
    let files = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file());
    let mut found: Vec<String> = files
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    named.sort();
    found.sort();
    assert_eq!(named, found);
}

/// The guide's first table: what lies in the folder beside the files, and how many cases each of it has.
#[test]
fn the_guide_counts_the_cases_as_they_are() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut all = cases().len();
    for line in TABLE.lines().filter(|line| line.starts_with("| [")) {
        let (_, rest) = line.split_once("](../../").unwrap();
        let (path, rest) = rest.split_once(')').unwrap();
        let told = rest.split('|').nth(1).unwrap().trim();
        let text = std::fs::read_to_string(root.join(path)).unwrap();
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .skip(1)
            .collect();
        let distinct: std::collections::BTreeSet<&&str> = lines.iter().collect();
        assert_eq!(
            (told, distinct.len()),
            (lines.len().to_string().as_str(), lines.len()),
            "{path}"
        );
        all += lines.len();
    }
    assert!(all >= 500, "{all} cases");
}

both_engines! {
    async fn every_bad_file_is_taken_or_refused_as_the_guide_says(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let start = state(&test).await;
        let mut wrong = Vec::new();
        for case in cases() {
            let (expected, said) = outcome(&test, &case.file).await;
            if expected != case.expected {
                wrong.push(format!("{}：{expected}，不是 {}\n{said}", case.file, case.expected));
            }
            for word in case.says.iter().filter(|word| !said.contains(word.as_str())) {
                wrong.push(format!("{} 没有说“{word}”：{said}", case.file));
            }
            // Whatever was taken goes again, byte for byte.
            let last = intake::batches(&test.system(), &test.app, 1).await.unwrap().remove(0);
            if last.state == BatchState::Applied && last.file_name == case.file {
                undo(&test.system(), &test.app, last.batch_no).await.unwrap();
            }
            if state(&test).await != start {
                wrong.push(format!("{} 留下了痕迹", case.file));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn the_scanners_test_text_is_no_table(database: Database) {
        let test = TestApp::on(database).await;
        // Put together here, so that no scanner finds it in the sources (EICAR).
        let text = ["X5O!P%@AP[4", "PZX54(P^)7CC)7}$", "EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].join("\\");
        let refused = try_take(&test, Kind::Members, &text).await.unwrap_err();
        assert!(refused.message.contains("没有找到表头"), "{refused}");
    }

    async fn a_roster_reads_alike_whichever_program_wrote_it(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let take_one = async |file: &str| {
            let path = corpus().join(file);
            import_file(&test.system(), &test.app, Kind::Members, &path, file, unwatched()).await.unwrap()
        };
        let first = take_one("members-openpyxl.xlsx").await;
        assert_eq!((first.created, first.doubtful, first.rejected), (4, 0, 0));
        for file in ["members-libreoffice.xlsx", "members-libreoffice.csv", "members-sheetjs.xlsx"] {
            let again = take_one(file).await;
            assert_eq!((again.unchanged, again.created, again.updated), (4, 0, 0), "{file}");
        }
        let (_, _, members) = state(&test).await;
        let names: Vec<&str> = members.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names[..4], ["王·明", "𠮷田𪚥", "李", "阿卜杜热西提·麦麦提艾力·吐尔逊"]);
        assert_eq!(members[0].member_id, "0001", "zeros in front stay");
    }
}
