//! Rows of the agencies' files (市场监管, 人社, 税务, 交通运输) as rows of the lake. Pure: no file, no store.

use codes::address::AddressParts;
use codes::company_name::CompanyName;
use codes::crypto::{FieldKeys, SecretKind};
use codes::employer_code::EmployerCode;
use codes::id_document::{DocumentRead, IdDocument};
use codes::mobile::Phone;
use codes::money::Fen;
use codes::resident_id::{IdParts, IdStatus, PartTokens};
use codes::text::{self, key64};
use codes::time::{DateError, Day, read_date};
use codes::uscc::normalise_code;
use domain::dictionary;
use lake::tables::{Driver, Enterprise, Insurance, Tax};

use super::cells::{Cells, Doubt, unread_json};

/// A row for the lake and the cells that could not be used.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed<R> {
    /// The lake's row.
    pub row: R,
    /// Cells kept raw.
    pub doubts: Vec<Doubt>,
}

/// How a date column of the insurance file was read.
const DATE_EMPTY: u8 = 0;
const DATE_READ: u8 = 1;
const DATE_UNREADABLE: u8 = 2;

/// One entry of the market register. `today` tells impossible founding dates.
pub fn enterprise(cells: &Cells<'_>, keys: &FieldKeys, today: Day) -> Parsed<Enterprise> {
    let mut doubts = cells.contests();
    let code = employer_code(cells, "uscc", &mut doubts);
    let name_raw = cells.raw("name");
    let name = CompanyName::parse(name_raw);
    let (county, town) = cells.place(&mut doubts);
    let address = cells.text("address");
    let reg_key = reg_key(cells, &code);
    let phone = phone(cells, &mut doubts);
    let enterprise_id = key_of(cells, "enterprise_id", "uscc");
    let phone_sealed = phone
        .as_ref()
        .map(|phone| keys.seal_in_file("enterprises", "phone", enterprise_id.as_bytes(), phone));
    let kind = cells.text("kind");
    let uscc = code.uscc();
    let row = Enterprise {
        uscc: uscc.map(|uscc| uscc.as_str().to_owned()),
        code_raw: (uscc.is_none() && !cells.raw("uscc").is_empty()).then(|| cells.raw("uscc").to_owned()),
        uscc_key: uscc.map(|uscc| uscc.key()),
        org_key: code.org_code().map(|org| org.key()),
        reg_key,
        name: name_raw.to_owned(),
        name_key: name.normal_key(),
        core_key: name.core_key(),
        entity: entity(kind.as_deref(), uscc.as_ref().map(|u| u.as_str()), &name).to_owned(),
        division: name.division.clone(),
        form: format!("{:?}", name.form),
        branch: name.branch.clone(),
        brand: name.brand,
        trade: name.trade,
        former_names: cells.text("former_name"),
        kind,
        legal_rep: cells.text("legal_rep"),
        county: county.map(|county| county as i32),
        town: town.map(|town| town as i64),
        address_key: address
            .as_deref()
            .and_then(|address| AddressParts::parse(address, county).key()),
        address,
        industry: cells.industry("industry_code", &mut doubts),
        founded: cells.past_date("founded", today, &mut doubts),
        status: cells.text("status"),
        status_class: status_class(cells.raw("status")).to_owned(),
        capital_fen: cells.money("capital_wan", Fen::parse_wan, &mut doubts),
        phone_token: phone.as_ref().map(|phone| keys.token(SecretKind::Phone, phone)),
        phone_sealed,
        unread: unread_json(&doubts),
        row_hash: 0, // by the state, once a delta has filled in what it lacks
        enterprise_id,
    };
    Parsed { row, doubts }
}

/// One insured row.
pub fn insurance(cells: &Cells<'_>, keys: &FieldKeys) -> Parsed<Insurance> {
    let mut doubts = cells.contests();
    let number = person_number(cells, keys, &mut doubts);
    let mut start = insured_date(cells, "start", Edge::First, &mut doubts);
    let mut end = insured_date(cells, "end", Edge::Last, &mut doubts);
    if is_turned(cells, ["start", "end"], [start.0, end.0], &mut doubts) {
        (start, end) = ((None, DATE_UNREADABLE), (None, DATE_UNREADABLE));
    }
    let (employer_code, employer_name, mention_key) = mention(cells, "employer_uscc", "employer_name");
    let row = Insurance {
        ins_id: cells.raw("ins_id").to_owned(),
        id_token: number.token,
        id_status: number.status as u8,
        id_parts: stored(keys.part_tokens(&number.parts)),
        name: text::person_name(cells.raw("name")),
        mention_key,
        employer_code,
        employer_name,
        start: start.0,
        start_status: start.1,
        end: end.0,
        end_status: end.1,
        row_hash: 0, // by the state, once a delta has filled in what it lacks
    };
    Parsed { row, doubts }
}

/// One wage declaration.
pub fn tax(cells: &Cells<'_>) -> Parsed<Tax> {
    let mut doubts = cells.contests();
    let (employer_code, employer_name, mention_key) = mention(cells, "uscc", "taxpayer_name");
    let tax_year = year(cells, &mut doubts);
    let headcount = cells.count("headcount", &mut doubts);
    let payroll_fen = cells.money("payroll", Fen::parse_yuan, &mut doubts);
    let union_fee_fen = cells.money("union_fee_paid", Fen::parse_yuan, &mut doubts);
    let prep_fee_fen = cells.money("prep_fee_paid", Fen::parse_yuan, &mut doubts);
    let row = Tax {
        tax_id: cells.raw("tax_id").to_owned(),
        mention_key,
        employer_code,
        employer_name,
        tax_year,
        headcount,
        payroll_fen,
        union_fee_fen,
        prep_fee_fen,
        unread: unread_json(&doubts),
        row_hash: 0, // by the state, once a delta has filled in what it lacks
    };
    Parsed { row, doubts }
}

/// One driver.
pub fn driver(cells: &Cells<'_>, keys: &FieldKeys) -> Parsed<Driver> {
    let mut doubts = cells.contests();
    let number = person_number(cells, keys, &mut doubts);
    let phone = phone(cells, &mut doubts);
    let (county, _) = cells.place(&mut doubts);
    let row = Driver {
        driver_id: cells.raw("driver_id").to_owned(),
        id_token: number.token,
        id_status: number.status as u8,
        name: text::person_name(cells.raw("name")),
        phone_token: phone.map(|phone| keys.token(SecretKind::Phone, &phone)),
        platform: cells.text("platform"),
        county: county.map(|county| county as i32),
        valid_to: cells.date("valid_to", &mut doubts),
        row_hash: 0, // by the state, once a delta has filled in what it lacks
    };
    Parsed { row, doubts }
}

/// The key column's text, or what stands in for it.
pub fn key_of(cells: &Cells<'_>, key: &str, stand_in: &str) -> String {
    let own = cells.raw(key);
    if own.is_empty() {
        written_code(cells.raw(stand_in))
    } else {
        own.to_owned()
    }
}

/// A code cell in one writing; empty where it says "nothing" (`/`, 无, zeros): two such cells are not the same employer.
pub fn written_code(raw: &str) -> String {
    match EmployerCode::read(raw) {
        EmployerCode::Empty | EmployerCode::Placeholder => String::new(),
        _ => normalise_code(raw),
    }
}

/// What a cell says of a person's number.
pub struct PersonNumber {
    /// The token that joins the person's rows.
    pub token: Option<i64>,
    /// How the number was read.
    pub status: IdStatus,
    /// As much of the number as can be seen.
    pub parts: IdParts,
}

/// Reads the number of a person from a row that may name the document.
pub fn person_number(cells: &Cells<'_>, keys: &FieldKeys, doubts: &mut Vec<Doubt>) -> PersonNumber {
    number_of(
        cells,
        dictionary::named_document(cells.raw("id_type")),
        keys,
        doubts,
    )
}

/// Reads the number of a person's document.
pub fn number_of(
    cells: &Cells<'_>,
    named: Option<IdDocument>,
    keys: &FieldKeys,
    doubts: &mut Vec<Doubt>,
) -> PersonNumber {
    let spoilt = cells.is_spoilt("id_no", doubts);
    if spoilt || cells.contest("id_no").is_some() {
        return PersonNumber {
            token: None,
            status: IdStatus::Damaged,
            parts: IdParts::default(),
        };
    }
    let raw = cells.raw("id_no");
    let DocumentRead {
        citizen,
        status,
        is_sure,
        doubt,
    } = IdDocument::read(named, raw);
    if let Some(words) = doubt {
        cells.doubt::<()>("id_no", words, doubts);
    }
    let token = |text: &str| Some(keys.token(SecretKind::IdNumber, text));
    let (token, parts) = match (citizen, status) {
        (Some(id), _) => (token(id.as_str()), IdParts::of(&id)),
        (None, IdStatus::Missing) => (None, IdParts::default()),
        // A passport or travel permit has no check digit, but the same writing is the same document.
        (None, IdStatus::OtherDocument) => {
            let token = token(&normalise_code(raw)).filter(|_| is_sure);
            (token, IdParts::default())
        }
        (None, _) => (None, IdParts::read(raw)),
    };
    PersonNumber { token, status, parts }
}

/// A word of part tokens as a cell: nothing where nothing is known.
pub fn stored(tokens: PartTokens) -> Option<i64> {
    (!tokens.is_empty()).then(|| tokens.word())
}

/// A phone number in its normal writing.
pub fn phone(cells: &Cells<'_>, doubts: &mut Vec<Doubt>) -> Option<String> {
    let raw = cells.raw("phone");
    if cells.is_spoilt("phone", doubts) || raw.is_empty() {
        return None;
    }
    match Phone::parse(raw) {
        Ok(phone) => Some(phone.as_str().to_owned()),
        Err(error) => cells.doubt("phone", error.to_string(), doubts),
    }
}

/// A phone cell as it was written, unless it says that there is none.
pub fn unreadable_phone(cells: &Cells<'_>) -> Option<String> {
    match cells.contest("phone") {
        Some(_) => Some(cells.written("phone")),
        None => cells.text("phone"),
    }
}

/// An employer's code; a damaged or mistyped one or a union's own is a doubt, a placeholder or an old code is not.
pub fn employer_code(cells: &Cells<'_>, column: &'static str, doubts: &mut Vec<Doubt>) -> EmployerCode {
    if let Some(reason) = cells.damage(column) {
        cells.doubt::<()>(column, reason.to_owned(), doubts);
        return EmployerCode::Damaged {
            raw: cells.raw(column).to_owned(),
            reason,
        };
    }
    let code = EmployerCode::read(cells.raw(column));
    match &code {
        EmployerCode::Damaged { reason, .. } => {
            cells.doubt::<()>(column, (*reason).to_owned(), doubts);
        }
        EmployerCode::Mistyped { .. } => {
            cells.doubt::<()>(column, "校验不通过，不是有效的代码".into(), doubts);
        }
        EmployerCode::UnionCode(_) => {
            cells.doubt::<()>(column, dictionary::NOT_THE_EMPLOYERS.to_owned(), doubts);
        }
        _ => {}
    }
    code
}

fn reg_key(cells: &Cells<'_>, code: &EmployerCode) -> Option<i64> {
    let own = codes::reg_no::RegNo::parse_lenient(cells.raw("reg_no"))
        .ok()
        .map(|reg| reg.key());
    own.or(match code {
        EmployerCode::Reg(reg) => Some(reg.key()),
        _ => None,
    })
}

/// An employer as another agency names it: code and name as written, and the key that all its rows share.
fn mention(cells: &Cells<'_>, code: &str, name: &str) -> (Option<String>, Option<String>, i64) {
    let code = written_code(cells.raw(code));
    let written = cells.raw(name);
    let key = key64(&format!("{code}|{}", text::normalise(written)));
    (
        (!code.is_empty()).then_some(code),
        (!written.is_empty()).then(|| written.to_owned()),
        key,
    )
}

/// Which end of a stretch of insurance a date is.
#[derive(Clone, Copy)]
enum Edge {
    First,
    Last,
}

/// A date of insurance. Employers declare it by the month (社会保险费征缴暂行条例 §10), so a month without a day is whole:
/// from its first day, or to its last. 至今 says that it has not ended, and so does 9999-12-31; 不详 does not.
fn insured_date(
    cells: &Cells<'_>,
    column: &'static str,
    edge: Edge,
    doubts: &mut Vec<Doubt>,
) -> (Option<Day>, u8) {
    let raw = cells.raw(column);
    if raw.is_empty() {
        let is_blank = cells.written(column).is_empty();
        return (None, if is_blank { DATE_EMPTY } else { DATE_UNREADABLE });
    }
    if cells.is_spoilt(column, doubts) {
        return (None, DATE_UNREADABLE);
    }
    let written = read_date(raw);
    let whole = match (written, edge) {
        (Err(DateError::MonthOnly(first)), Edge::First) => first.to_string(),
        (Err(DateError::MonthOnly(first)), Edge::Last) => first.add_months(1).add_days(-1).to_string(),
        _ => raw.to_owned(),
    };
    let read = match edge {
        Edge::First => dictionary::day(&whole),
        Edge::Last => dictionary::until(&whole),
    };
    match read {
        Ok(Some(day)) => (Some(day), DATE_READ),
        Ok(None) if written == Ok(None) => (None, DATE_UNREADABLE),
        Ok(None) => (None, DATE_EMPTY),
        Err(unfit) => {
            cells.doubt::<()>(column, unfit.0, doubts);
            (None, DATE_UNREADABLE)
        }
    }
}

/// Whether a stretch ends before it begins. Nobody knows which of the two days is wrong, so both are doubts and neither counts.
pub(super) fn is_turned(
    cells: &Cells<'_>,
    columns: [&'static str; 2],
    days: [Option<Day>; 2],
    doubts: &mut Vec<Doubt>,
) -> bool {
    let [Some(from), Some(to)] = days else {
        return false;
    };
    if to >= from {
        return false;
    }
    for column in columns {
        let words = format!("止（{to}）早于起（{from}），不知道哪一个写错了，起止都没有采用");
        cells.doubt::<()>(column, words, doubts);
    }
    true
}

fn year(cells: &Cells<'_>, doubts: &mut Vec<Doubt>) -> Option<i32> {
    let raw = text::normalise(cells.raw("tax_year"));
    let digits = raw
        .trim_end_matches("年度")
        .trim_end_matches('年')
        .trim_end_matches(".0");
    if digits.is_empty() {
        return None;
    }
    match digits.parse::<i32>() {
        Ok(year) if (1990..=2100).contains(&year) => Some(year),
        _ => cells.doubt("tax_year", "应为四位年份".into(), doubts),
    }
}

pub(super) fn entity(kind: Option<&str>, uscc: Option<&str>, name: &CompanyName) -> &'static str {
    let kind = kind.unwrap_or("");
    if kind.contains("个体") || uscc.is_some_and(|code| code.starts_with("92")) {
        return "individual";
    }
    if kind.contains("合作社") || uscc.is_some_and(|code| code.starts_with("93")) {
        return "coop";
    }
    if kind.contains("分公司") || kind.contains("分支") || name.branch.is_some() {
        return "branch";
    }
    if kind.contains("公司") || kind.contains("企业") || uscc.is_some_and(|code| code.starts_with("91")) {
        return "company";
    }
    "other"
}

/// The register's words for an employer's state, in the classes that the rules know. A word for the end wins over one for
/// business in the same cell (吊销，未注销).
pub fn status_class(raw: &str) -> &'static str {
    let has = |words: &[&str]| words.iter().any(|word| raw.contains(word));
    if has(&["注销", "吊销", "撤销"]) {
        "gone"
    } else if has(&["迁出"]) {
        "moved_out"
    } else if has(&["歇业", "停业", "清算", "责令关闭"]) {
        "paused"
    } else if has(&["存续", "在业", "在营", "开业", "在册"]) {
        "in_business"
    } else {
        "unknown"
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use domain::intake::Kind;
    use office::table::{Cell, Row};

    use super::*;
    use crate::intake::cells::ColumnMap;

    fn keys() -> FieldKeys {
        FieldKeys::from_master(&[7; 32])
    }

    fn today() -> Day {
        Day::new(2026, 11, 21).unwrap()
    }

    /// Reads one row of a CSV file through the real reader, as an import does.
    fn with_row<T>(
        kind: Kind,
        heads: &[&'static str],
        values: &[&str],
        read: impl FnOnce(&Cells<'_>) -> T,
    ) -> T {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, format!("{}\n{}\n", heads.join(","), values.join(","))).unwrap();
        let options = office::table::OpenOptions {
            required: &[],
            known: &[],
            max_bytes: 1 << 20,
        };
        let mut reader = office::table::open(&path, &options).unwrap();
        let map = ColumnMap::of(kind, &reader);
        let mut rows = Vec::new();
        reader.next_batch(10, &mut rows).unwrap();
        read(&Cells {
            row: &rows[0],
            map: &map,
        })
    }

    #[test]
    fn an_unreadable_founding_date_is_unknown_and_kept_raw() {
        let heads = ["enterprise_id", "uscc", "name", "founded", "status"];
        for (raw, reason) in [
            ("2018.8年", "日期"),
            ("1900-01-01", "默认值"),
            ("2999-01-01", "晚于今天"),
        ] {
            let parsed = with_row(
                Kind::Enterprises,
                &heads,
                &["E1", "", "宁波腾浩户外用品有限公司", raw, "存续"],
                |c| enterprise(c, &keys(), today()),
            );
            assert_eq!(parsed.row.founded, None, "{raw}");
            assert_eq!(parsed.doubts[0].raw, raw);
            assert!(
                parsed.doubts[0].reason.contains(reason),
                "{}",
                parsed.doubts[0].reason
            );
            assert!(parsed.row.unread.unwrap().contains(raw));
        }
    }

    #[test]
    fn an_insured_row_is_joined_by_token_whatever_the_writing_of_the_number() {
        let heads = [
            "ins_id",
            "id_no",
            "name",
            "employer_uscc",
            "employer_name",
            "start",
            "end",
        ];
        let read = |id: &str| {
            with_row(
                Kind::Insurance,
                &heads,
                &["1", id, "王 芳", "91330226MA2T0TE13C", "甲公司", "2024/7/5", ""],
                |c| insurance(c, &keys()),
            )
        };
        let plain = read("330226196704010011");
        assert_eq!(plain.row.id_token, read("330226670401001").row.id_token);
        assert_eq!(plain.row.name, "王芳");
        assert_eq!((plain.row.end, plain.row.end_status), (None, DATE_EMPTY));
        let lost = read("3.30226E+17");
        assert_eq!(
            (lost.row.id_token, lost.row.id_status),
            (None, IdStatus::Damaged as u8)
        );
        assert_eq!(lost.doubts[0].column, "id_no");
    }

    #[test]
    fn an_unreadable_end_of_cover_is_not_still_insured() {
        let heads = ["ins_id", "id_no", "name", "employer_uscc", "start", "end"];
        let parsed = with_row(
            Kind::Insurance,
            &heads,
            &["1", "", "甲", "", "2024-07-05", "不详"],
            |c| insurance(c, &keys()),
        );
        assert_eq!((parsed.row.end, parsed.row.end_status), (None, DATE_UNREADABLE));
    }

    #[test]
    fn insurance_by_the_month_counts_whole_months() {
        let heads = ["ins_id", "id_no", "name", "employer_uscc", "start", "end"];
        for (start, end, expected) in [
            (
                "2024-07",
                "2026-02",
                (Some((2024, 7, 1)), Some((2026, 2, 28)), DATE_READ),
            ),
            (
                "202407",
                "2025年12月",
                (Some((2024, 7, 1)), Some((2025, 12, 31)), DATE_READ),
            ),
            ("2024/7/5", "至今", (Some((2024, 7, 5)), None, DATE_EMPTY)),
        ] {
            let parsed = with_row(Kind::Insurance, &heads, &["1", "", "甲", "", start, end], |c| {
                insurance(c, &keys())
            });
            let day = |day: Option<Day>| day.map(|day| (day.year(), day.month(), day.day()));
            let row = &parsed.row;
            assert_eq!(
                (day(row.start), day(row.end), row.end_status),
                expected,
                "{start} {end}"
            );
            assert_eq!(row.start_status, DATE_READ);
            assert!(parsed.doubts.is_empty(), "{:?}", parsed.doubts);
        }
    }

    #[test]
    fn a_stand_in_for_no_day_ends_nobodys_insurance() {
        let heads = ["ins_id", "id_no", "name", "employer_uscc", "start", "end"];
        let read = |start: &str, end: &str| {
            with_row(Kind::Insurance, &heads, &["1", "", "甲", "", start, end], |c| {
                insurance(c, &keys())
            })
        };
        for raw in ["1900-01-01", "1899-12-30", "1753/1/1", "1900-01", "19000101"] {
            let parsed = read("2024-07-05", raw);
            assert_eq!(
                (parsed.row.end, parsed.row.end_status),
                (None, DATE_UNREADABLE),
                "{raw}"
            );
            assert_eq!(parsed.row.start_status, DATE_READ, "{raw}");
            let doubt = &parsed.doubts[0];
            assert_eq!((doubt.column, doubt.raw.as_str()), ("end", raw));
            assert!(doubt.reason.contains("默认值"), "{}", doubt.reason);
            let parsed = read(raw, "");
            assert_eq!(
                (parsed.row.start, parsed.row.start_status),
                (None, DATE_UNREADABLE),
                "{raw}"
            );
            assert_eq!(parsed.doubts[0].column, "start");
        }
        // As an end this says that there is none; as a beginning it says nothing.
        for raw in ["9999-12-31", "2999-12-31", "99991231", "9999-12"] {
            let parsed = read("2024-07-05", raw);
            assert_eq!(
                (parsed.row.end, parsed.row.end_status),
                (None, DATE_EMPTY),
                "{raw}"
            );
            assert!(parsed.doubts.is_empty(), "{:?}", parsed.doubts);
            let parsed = read(raw, "");
            assert_eq!(
                (parsed.row.start, parsed.row.start_status),
                (None, DATE_UNREADABLE),
                "{raw}"
            );
            assert_eq!(parsed.doubts.len(), 1, "{raw}");
        }
    }

    #[test]
    fn insurance_that_ends_before_it_begins_is_neither() {
        let heads = ["ins_id", "id_no", "name", "employer_uscc", "start", "end"];
        let row = ["1", "", "甲", "", "2024-07-05", "2023-07-05"];
        let parsed = with_row(Kind::Insurance, &heads, &row, |c| insurance(c, &keys()));
        assert_eq!(
            (parsed.row.start, parsed.row.start_status),
            (None, DATE_UNREADABLE)
        );
        assert_eq!((parsed.row.end, parsed.row.end_status), (None, DATE_UNREADABLE));
        let told: Vec<(&str, &str)> = parsed
            .doubts
            .iter()
            .map(|doubt| (doubt.column, doubt.raw.as_str()))
            .collect();
        assert_eq!(told, [("start", "2024-07-05"), ("end", "2023-07-05")]);
        assert!(
            parsed.doubts[0].reason.contains("早于起"),
            "{}",
            parsed.doubts[0].reason
        );
    }

    #[test]
    fn two_columns_of_one_element_do_not_hide_each_other() {
        let heads = ["driver_id", "姓名", "电话", "联系电话", "证件号码", "身份证号"];
        let read = |one: &str, other: &str| {
            with_row(
                Kind::Drivers,
                &heads,
                &["D1", "甲", one, other, "", "330226196704010011"],
                |c| driver(c, &keys()),
            )
        };
        let token = Some(keys().token(SecretKind::Phone, "13900000002"));
        for (one, other) in [
            ("", "13900000002"),
            ("13900000002", ""),
            ("无", "13900000002"),
            ("13900000002", "１３９０００００００２"),
        ] {
            let parsed = read(one, other);
            assert_eq!(parsed.row.phone_token, token, "{one},{other}");
            assert!(parsed.row.id_token.is_some());
            assert!(parsed.doubts.is_empty(), "{:?}", parsed.doubts);
        }
        let parsed = read("13900000002", "13900000003");
        assert_eq!(parsed.row.phone_token, None);
        let [doubt] = parsed.doubts.as_slice() else {
            panic!("{:?}", parsed.doubts);
        };
        assert_eq!(doubt.column, "phone");
        assert!(
            doubt.raw.contains("13900000002") && doubt.raw.contains("13900000003"),
            "{}",
            doubt.raw
        );
        assert!(doubt.reason.contains("“电话”、“联系电话”"), "{}", doubt.reason);
    }

    #[test]
    fn a_stroke_for_a_code_is_nobodys_key() {
        for nothing in ["", "/", "无", "000000000000000000"] {
            assert_eq!(written_code(nothing), "", "{nothing}");
        }
        assert_eq!(written_code(" 91330226ma2t0te13c "), "91330226MA2T0TE13C");
        let heads = ["tax_id", "uscc", "taxpayer_name", "tax_year"];
        let parsed = with_row(Kind::Tax, &heads, &["1", "/", "甲", "2025"], tax);
        assert_eq!(parsed.row.employer_code, None);
    }

    #[test]
    fn the_registers_words_have_classes() {
        for (word, class) in [
            ("存续（在营、开业、在册）", "in_business"),
            ("吊销，未注销", "gone"),
            ("迁出", "moved_out"),
            ("歇业", "paused"),
            ("", "unknown"),
            ("正常户", "unknown"),
        ] {
            assert_eq!(status_class(word), class, "{word}");
        }
    }

    #[test]
    fn blank_rows_make_no_mention_of_zero() {
        let heads = [
            "tax_id",
            "uscc",
            "taxpayer_name",
            "tax_year",
            "headcount",
            "payroll",
        ];
        let parsed = with_row(Kind::Tax, &heads, &["1", "/", "甲", "2025年度", "", "1,2"], tax);
        assert_eq!(parsed.row.headcount, None);
        assert_eq!(parsed.row.tax_year, Some(2025));
        let _: (Cell, Row) = Default::default();
    }
}
