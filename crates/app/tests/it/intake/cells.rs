//! The cells of the bad-input corpus (坏单元格): every line of `tests/corpus/cells` is one cell that somebody may send, and what becomes of
//! it. Many lines go into one file, each in a row of its own, and each row is looked at on its own: by what the register keeps, by the
//! workbook that goes back to the sender, and by the form in which a person types the same.

use std::collections::BTreeMap;
use std::time::Duration;

use app::membership::ask_correction;
use app::union_org::edit::{EditForm, edit};
use domain::dictionary::Dictionary;
use serde_json::{Map, Value};
use store::membership::MemberRow;
use testkit::{People, union};

use super::*;

/// A line of a table.
struct Case {
    element: String,
    /// 证件类别 of the same row: written behind the element, `id_no@护照`.
    document: Option<String>,
    value: String,
    /// 收下, 存疑 or 没填.
    outcome: String,
    /// What is stored; nothing where nothing is.
    kept: Option<String>,
    /// A part of the reason.
    says: String,
}

/// The lines of a table. Its values are written as JSON writes them, without the quotes.
fn cases(table: &str) -> Vec<Case> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus/cells")
        .join(table);
    let text = std::fs::read_to_string(path).unwrap();
    let plain = |written: &str| -> String {
        serde_json::from_str(&format!("\"{}\"", written.replace('"', "\\\""))).expect(written)
    };
    let lines = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    let cases = lines.map(|line| {
        let [element, value, outcome, kept, says, _what] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{table}: {line}");
        };
        let kept = plain(kept);
        let (element, document) = match element.split_once('@') {
            Some((element, document)) => (element, Some(document.to_owned())),
            None => (element, None),
        };
        Case {
            element: element.to_owned(),
            document,
            value: plain(value),
            outcome: outcome.to_owned(),
            kept: Some(kept).filter(|kept| !kept.is_empty()),
            says: says.to_owned(),
        }
    });
    cases.collect()
}

/// How a table's cells are written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Csv,
    XlsxText,
    XlsxNumber,
}

/// What every row says beside its case.
fn others(kind: Kind) -> Vec<(&'static str, String)> {
    let own = |pairs: &[(&'static str, &str)]| {
        pairs
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect()
    };
    match kind {
        Kind::Members => own(&[("union_id", "U1"), ("name", "王小明")]),
        Kind::Unions => own(&[
            ("union_name", "宁海县某某电器有限公司工会委员会"),
            ("union_type", "独立基层工会"),
            ("county", "宁海县"),
            ("parent_id", "G3"),
        ]),
        Kind::Tax => own(&[
            ("taxpayer_name", "宁波甲乙电器有限公司"),
            ("tax_year", "2025"),
            ("uscc", ""),
        ]),
        other => panic!("{other:?}"),
    }
}

/// A file with one row for each case.
fn file(kind: Kind, cases: &[Case], form: Form) -> Vec<u8> {
    use office::workbook::{Column, Sheet, Value, WorkbookWriter};
    let key = kind.key_columns().0;
    let mut heads = vec![key.to_owned()];
    let more = others(kind).into_iter().map(|(name, _)| name.to_owned());
    for name in more.chain(cases.iter().map(|case| case.element.clone())) {
        if !heads.contains(&name) {
            heads.push(name);
        }
    }
    let rows = cases.iter().enumerate().map(|(nth, case)| {
        let mut cells: BTreeMap<String, String> = others(kind)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        cells.insert(key.to_owned(), key_of(nth));
        cells.insert(case.element.clone(), case.value.clone());
        if let Some(document) = &case.document {
            cells.insert("id_type".to_owned(), document.clone());
        }
        (case, cells)
    });
    if form == Form::Csv {
        let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
        let mut text = heads.join(",") + "\n";
        for (_, cells) in rows {
            let row: Vec<String> = heads
                .iter()
                .map(|head| quoted(cells.get(head).map_or("", String::as_str)))
                .collect();
            text += &(row.join(",") + "\n");
        }
        return text.into_bytes();
    }
    let columns = heads
        .iter()
        .map(|head| Column::text(head.clone(), 12.0))
        .collect();
    let sheet = Sheet {
        name: "坏单元格".into(),
        columns,
        ..Sheet::default()
    };
    let mut writer = WorkbookWriter::create(sheet).unwrap();
    for (case, cells) in rows {
        let cell = |head: &String| {
            let text = cells.get(head).map_or("", String::as_str);
            match form == Form::XlsxNumber && *head == case.element {
                true => Value::Number(text.parse().unwrap()),
                false => Value::text(text.to_owned()),
            }
        };
        let row: Vec<Value<'_>> = heads.iter().map(cell).collect();
        writer.row(&row).unwrap();
    }
    writer.finish().unwrap()
}

fn key_of(nth: usize) -> String {
    format!("C{nth:03}")
}

fn text_of(object: Option<&str>, name: &str) -> Option<String> {
    let object: Map<String, Value> = serde_json::from_str(object.unwrap_or("{}")).unwrap();
    object
        .get(name)
        .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// What the register keeps of an element, and whether it is written down as unread.
type Stored = (Option<String>, bool);

fn member_keeps(test: &TestApp, row: &MemberRow, element: &str) -> Stored {
    let open = |column: &str, sealed: &Option<Vec<u8>>| {
        let sealed = sealed.as_ref()?;
        Some(
            test.app
                .keys
                .open("member", column, row.id.as_bytes(), sealed)
                .unwrap(),
        )
    };
    let kept = match element {
        "name" => Some(row.shown_name().to_owned()).filter(|name| !name.is_empty()),
        "id_no" => open("id_no", &row.id_sealed),
        "phone" => open("phone", &row.phone_sealed),
        "join_date" => row.joined_on.map(|day| day.to_string()),
        other => text_of(row.extra.as_deref(), other),
    };
    (kept, text_of(row.unread.as_deref(), element).is_some())
}

fn union_keeps(test: &TestApp, row: &UnionRow, element: &str) -> Stored {
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string());
    let kept = match element {
        "union_name" => Some(row.name.clone()),
        "employer_uscc" => row.employer_code.clone(),
        "union_code" => row.union_code.clone(),
        "chair" => row.chair.clone(),
        "employer_legal_rep" => row.employer_legal_rep.clone(),
        "address" => row.address.clone(),
        "county" => number(row.county),
        "street" => number(row.town),
        "industry_section" => row.industry_section.clone(),
        "union_type" => Some(row.union_type.clone()),
        "founded" => day(row.founded_on),
        "term_end" => day(row.term_end_on),
        "declared_members" => number(row.declared_members),
        "lon" => row.lon.map(|at| at.to_string()),
        "lat" => row.lat.map(|at| at.to_string()),
        "parent_id" => row.parent_id.clone(),
        "industry_parent_id" => row.industry_parent_id.clone(),
        "phone" => {
            let sealed = row.phone_sealed.as_ref();
            sealed.map(|sealed| {
                test.app
                    .keys
                    .open("union_org", "phone", row.id.as_bytes(), sealed)
                    .unwrap()
            })
        }
        other => text_of(row.extra.as_deref(), other),
    };
    (kept, text_of(row.unread.as_deref(), element).is_some())
}

fn tax_keeps(row: &lake::tables::Tax, element: &str) -> Stored {
    let kept = match element {
        "payroll" => row.payroll_fen,
        "headcount" => row.headcount,
        "tax_year" => row.tax_year.map(i64::from),
        other => panic!("{other}"),
    };
    (
        kept.map(|kept| kept.to_string()),
        text_of(row.unread.as_deref(), element).is_some(),
    )
}

/// What a doubtful cell may leave in its column: a number as it was written and sealed, so that nothing is lost; a name, because nobody is
/// found without one; a code, because linkage reads it again; the kind of union that its name says.
fn leaves_its_text(kind: Kind, element: &str) -> bool {
    let of_members = matches!(element, "id_no" | "phone" | "name");
    let of_unions = matches!(
        element,
        "employer_uscc"
            | "union_code"
            | "union_type"
            | "union_name"
            | "chair"
            | "employer_legal_rep"
            | "phone"
            | "parent_id"
            | "industry_parent_id"
    );
    kind == Kind::Members && of_members || kind == Kind::Unions && of_unions
}

/// Imports a table's cells in one form, looks at each row, and takes the batch back.
async fn walk(test: &TestApp, kind: Kind, table: &str, form: Form, wrong: &mut Vec<String>) -> usize {
    let cases = cases(table);
    let name = format!("{table}.{}", if form == Form::Csv { "csv" } else { "xlsx" });
    let path = put(test, &name, file(kind, &cases, form));
    let before = state(test).await;
    let report = import_file(&test.system(), &test.app, kind, &path, &name, unwatched())
        .await
        .unwrap();
    assert_eq!(report.rows as usize, cases.len(), "{table} {form:?}");
    let after = state(test).await;
    let tax: Vec<lake::tables::Tax> = if kind == Kind::Tax {
        tax_rows(test).await
    } else {
        Vec::new()
    };
    let told = rejects(test, report.batch_no).await;
    for (nth, case) in cases.iter().enumerate() {
        let key = key_of(nth);
        let stored = match kind {
            Kind::Members => after
                .2
                .iter()
                .find(|row| row.member_id == key)
                .map(|row| member_keeps(test, row, &case.element)),
            Kind::Unions => {
                let row = after.0.iter().find(|row| row.union_id == key);
                row.map(|row| union_keeps(test, row, &case.element))
            }
            _ => tax
                .iter()
                .find(|row| row.tax_id == key)
                .map(|row| tax_keeps(row, &case.element)),
        };
        let number = (nth + 2).to_string();
        let label = &Dictionary::shipped().element(kind, &case.element).unwrap().zh;
        let said: Vec<&Vec<String>> = told.iter().filter(|row| row[1] == number).collect();
        let named = format!("{table} {form:?} {} {:?}", case.element, case.value);
        let Some((kept, is_unread)) = stored else {
            wrong.push(format!("{named}: the row is not there: {said:?}"));
            continue;
        };
        let is_doubtful = case.outcome == "存疑";
        // A parent that is not there is told when the tree is built, after the row was read.
        let is_noted = is_unread || matches!(case.element.as_str(), "parent_id" | "industry_parent_id");
        if is_doubtful {
            let fits = |row: &&Vec<String>| {
                row[0] == "存疑" && row[2].contains(label.as_str()) && row[2].contains(&case.says)
            };
            if !said.iter().any(fits) || said.len() != 1 || !is_noted {
                wrong.push(format!(
                    "{named}: {label} “{}” is not told: {said:?}, unread {is_unread}, kept {kept:?}",
                    case.says
                ));
            }
        } else if !said.is_empty() || is_unread {
            wrong.push(format!("{named}: told though nothing is wrong: {said:?}"));
        }
        let expected = match &case.kept {
            // A place is told by its beginning: the town's own digits are the register's matter.
            Some(start) if start.ends_with('*') && case.element == "street" => {
                let start = start.trim_end_matches('*');
                kept.as_deref()
                    .filter(|kept| kept.starts_with(start))
                    .map(str::to_owned)
                    .or(Some(start.to_owned()))
            }
            None if is_doubtful && leaves_its_text(kind, &case.element) => kept.clone(),
            other => other.clone(),
        };
        if kept != expected {
            wrong.push(format!("{named}: {kept:?} is kept, not {expected:?}"));
        }
        if case.element == "id_no" && kind == Kind::Members {
            let row = after.2.iter().find(|row| row.member_id == key).unwrap();
            // A citizen's card that is said to be one and is not may be that other document's.
            let is_other = case.document.as_deref() == Some("居民身份证");
            if row.id_token.is_some() && !is_other && (is_doubtful || kept.is_none()) {
                wrong.push(format!("{named}: a number that is none joins people"));
            }
        }
    }
    let doubtful = cases.iter().filter(|case| case.outcome == "存疑").count();
    assert_eq!(
        (report.rejected, report.doubtful as usize),
        (0, doubtful),
        "{table} {form:?}: {wrong:#?}"
    );
    undo(&test.system(), &test.app, report.batch_no).await.unwrap();
    assert!(state(test).await == before, "{table} {form:?} left something");
    cases.len()
}

both_engines! {
    async fn every_bad_cell_of_a_member_becomes_what_its_line_says(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let mut wrong = Vec::new();
        walk(&test, Kind::Members, "members.tsv", Form::Csv, &mut wrong).await;
        walk(&test, Kind::Members, "members.tsv", Form::XlsxText, &mut wrong).await;
        walk(&test, Kind::Members, "members.numbers.tsv", Form::XlsxNumber, &mut wrong).await;
        assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    }

    async fn every_bad_cell_of_a_union_becomes_what_its_line_says(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        let mut wrong = Vec::new();
        walk(&test, Kind::Unions, "unions.tsv", Form::Csv, &mut wrong).await;
        walk(&test, Kind::Unions, "unions.tsv", Form::XlsxText, &mut wrong).await;
        walk(&test, Kind::Unions, "unions.numbers.tsv", Form::XlsxNumber, &mut wrong).await;
        assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    }

    async fn every_bad_cell_of_the_tax_office_becomes_what_its_line_says(database: Database) {
        let test = TestApp::on(database).await;
        take_register(&test).await;
        take(&test, Kind::Tax, TAX).await;
        let mut wrong = Vec::new();
        walk(&test, Kind::Tax, "tax.tsv", Form::Csv, &mut wrong).await;
        walk(&test, Kind::Tax, "tax.tsv", Form::XlsxText, &mut wrong).await;
        assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
    }

    async fn what_is_doubtful_in_a_file_is_refused_in_a_form_beside_its_field(database: Database) {
        let test = TestApp::on(database).await;
        let people = People::of(&test).await;
        let sound = "member_id,union_id,name,id_no,phone\nM1,T-BASE,王小明,330226199001010027,13800000001\n";
        take(&test, Kind::Members, sound).await;
        let before = state(&test).await;
        let mut wrong = Vec::new();
        let is_doubtful = |case: &Case| {
            // A foreign passport of a strange shape is taken by the form as by a file.
            case.outcome == "存疑" && !case.value.trim().is_empty() && case.says != "按护照收下"
        };
        let of_form: Vec<&str> = app::intake::typed::elements().map(|element| element.name.as_str()).collect();
        for case in cases("members.tsv").into_iter().filter(is_doubtful) {
            if !of_form.contains(&case.element.as_str()) {
                continue;
            }
            let mut values = BTreeMap::from([(case.element.clone(), case.value.clone())]);
            if let Some(document) = &case.document {
                values.insert("id_type".to_owned(), document.clone());
            }
            // Covered values are typed at a pace; whoever may see the number is told at once what does not fit it.
            test.clock.advance(Duration::from_secs(60));
            let asked = ask_correction(&people.town_officer, &test.app, union::BASE, "M1", &values, "按证件").await;
            tell(&mut wrong, &case, asked.err());
        }
        let of_form: Vec<&str> = app::intake::typed_union::elements().map(|element| element.name.as_str()).collect();
        for case in cases("unions.tsv").into_iter().filter(is_doubtful) {
            if !of_form.contains(&case.element.as_str()) {
                continue;
            }
            let values = BTreeMap::from([(case.element.clone(), case.value.clone())]);
            let form = EditForm { values, reason: "按登记表".into(), ..EditForm::default() };
            test.clock.advance(Duration::from_secs(60));
            let edited = edit(&people.county_officer, &test.app, union::BASE, &form).await;
            tell(&mut wrong, &case, edited.err());
        }
        assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
        assert!(state(&test).await == before, "a refused form changed something");
    }
}

/// A refusal names the field of the case.
fn tell(wrong: &mut Vec<String>, case: &Case, refused: Option<AppError>) {
    let named = format!("{} {:?}", case.element, case.value);
    match refused {
        None => wrong.push(format!("{named}: taken by the form")),
        Some(error) if error.kind != ErrorKind::Invalid => wrong.push(format!("{named}: {error}")),
        Some(error) => {
            let is_named =
                |field: &str| field == case.element || case.document.is_some() && field == "id_type";
            let beside = error.fields.iter().find(|field| is_named(field.field));
            if beside.is_none_or(|field| field.message.is_empty()) {
                wrong.push(format!("{named}: the field is not named: {:?}", error.fields));
            }
        }
    }
}
