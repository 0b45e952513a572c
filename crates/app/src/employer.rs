//! 用人单位: the card shown beside an item, people and phones masked; [`crate::contact`] shows them in full for a reason.

mod link;
mod list;

pub use link::{UnionLink, employer_of_union};
pub use list::{EmployerListParams, EmployerPage, EmployerRow, employers, employers_after, nearest};

use codes::division::Divisions;
use codes::industry::IndustryCode;
use codes::time::Day;
use domain::dictionary::Dictionary;
use domain::intake::Kind;
use domain::permission::Action;
use domain::scope::UnionPath;
use serde::Serialize;
use serde_json::Value;
use store::Reader;
use store::employer::EmployerRecord;

use crate::error::AppError;
use crate::op::{App, OpContext};

/// What the market register, the insurance and the tax files say about an employer, as of the last run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EmployerCard {
    /// The market register's own key.
    pub enterprise_id: String,
    pub name: String,
    pub uscc: Option<String>,
    /// `company`, `branch`, `individual`, `coop`, `other`, in Chinese.
    pub entity_label: String,
    /// The register's own word: 存续, 注销 …
    pub status: Option<String>,
    pub is_in_business: bool,
    /// Masked: 邵**.
    pub legal_rep: Option<String>,
    pub county_name: Option<String>,
    pub town_name: Option<String>,
    pub address: Option<String>,
    /// `C24 文教、工美、体育和娱乐用品制造业`.
    pub industry: Option<String>,
    pub founded: Option<Day>,
    /// `500 万元`.
    pub capital: Option<String>,
    /// Masked: 138****5678.
    pub phone: Option<String>,
    pub insured_now: Option<i64>,
    /// Headcount in the latest tax declaration.
    pub tax_headcount: Option<i64>,
    /// Union fees paid, `1.2 万元`.
    pub union_fee: Option<String>,
    /// What is special, in words: 疑似劳务派遣, 集团成员, 代办地址 …
    pub flags: Vec<String>,
    /// The union linked to it, if any.
    pub union: Option<LinkedUnion>,
}

/// The union an employer is linked to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinkedUnion {
    pub union_id: String,
    pub union_name: String,
    pub probability: Option<f64>,
}

/// The card of one employer in sight; `NotFound` outside it.
pub async fn employer(op: &OpContext, app: &App, enterprise_id: &str) -> Result<EmployerCard, AppError> {
    op.may(Action::SeeLists)?;
    let mut reader = app.store.read().await?;
    let record = load(op, &mut reader, enterprise_id).await?;
    card_of(app, &mut reader, record).await
}

/// One employer in the asker's sight; outside it there is none.
pub(crate) async fn load(
    op: &OpContext,
    reader: &mut Reader,
    enterprise_id: &str,
) -> Result<EmployerRecord, AppError> {
    let missing = || AppError::not_found("EMP-404", "没有这个单位，或不在您的数据范围内");
    let record = reader.employer(enterprise_id).await?.ok_or_else(missing)?;
    let place = record
        .responsible_path
        .as_deref()
        .and_then(|path| UnionPath::parse(path).ok());
    if op.sees(place.as_ref()) {
        Ok(record)
    } else {
        Err(missing())
    }
}

/// The card beside an item that the asker may see; absent when the last runs never named the employer.
pub(crate) async fn card(
    app: &App,
    reader: &mut Reader,
    enterprise_id: &str,
) -> Result<Option<EmployerCard>, AppError> {
    match reader.employer(enterprise_id).await? {
        Some(record) => Ok(Some(card_of(app, reader, record).await?)),
        None => Ok(None),
    }
}

/// A union's name in the register.
pub(crate) async fn union_name(reader: &mut Reader, union_id: &str) -> Result<Option<String>, AppError> {
    Ok(reader.union_name(union_id).await?)
}

async fn card_of(app: &App, reader: &mut Reader, record: EmployerRecord) -> Result<EmployerCard, AppError> {
    let masked = |name, value: &str| Dictionary::shipped().masked(Kind::Enterprises, name, value);
    let phone = open_phone(app, &record)?.map(|phone| masked("phone", &phone));
    let union = match reader.link_of_enterprise(&record.enterprise_id).await? {
        Some(link) => Some(LinkedUnion {
            union_name: union_name(reader, &link.union_id)
                .await?
                .unwrap_or_else(|| link.union_id.clone()),
            union_id: link.union_id,
            probability: link.probability,
        }),
        None => None,
    };
    let places = Divisions::shipped();
    let county = record
        .county
        .and_then(|code| u32::try_from(code).ok())
        .and_then(|code| places.county_name(code));
    let town = record
        .town
        .and_then(|code| u64::try_from(code).ok())
        .and_then(|code| places.town_name(code));
    Ok(EmployerCard {
        legal_rep: record.legal_rep.as_deref().map(|name| masked("legal_rep", name)),
        entity_label: entity_label(&record.entity).to_owned(),
        is_in_business: record.status_class == "in_business",
        uscc: record.uscc,
        county_name: county.map(str::to_owned),
        town_name: town.map(str::to_owned),
        address: record.address,
        industry: record.industry.as_deref().map(industry_label),
        capital: record.capital_fen.map(wan),
        union_fee: record.fee_fen.map(wan),
        flags: flags(&record.flags),
        enterprise_id: record.enterprise_id,
        name: record.name,
        status: record.status,
        founded: record.founded_on,
        phone,
        insured_now: record.insured_now,
        tax_headcount: record.tax_headcount,
        union,
    })
}

/// The phone as it came from the market register. A seal that does not open is damage, not absence.
pub(crate) fn open_phone(app: &App, record: &EmployerRecord) -> Result<Option<String>, AppError> {
    let Some(sealed) = &record.phone_sealed else {
        return Ok(None);
    };
    let opened = app
        .keys
        .open("enterprises", "phone", record.enterprise_id.as_bytes(), sealed);
    opened
        .map(Some)
        .map_err(|error| AppError::internal(error.to_string()))
}

fn entity_label(entity: &str) -> &str {
    match entity {
        "company" => "企业",
        "branch" => "分支机构",
        "individual" => "个体工商户",
        "coop" => "农民专业合作社",
        _ => "其他",
    }
}

fn industry_label(raw: &str) -> String {
    match IndustryCode::read(raw) {
        Some(code) => {
            let name = code.division_name().unwrap_or_else(|| code.section_name());
            format!("{} {name}", code.text())
        }
        None => raw.to_owned(),
    }
}

/// Fen in ten thousand yuan, one decimal where it matters.
fn wan(fen: i64) -> String {
    let tenths = (fen + if fen < 0 { -50_000 } else { 50_000 }) / 100_000;
    match tenths % 10 {
        0 => format!("{} 万元", tenths / 10),
        _ => format!("{:.1} 万元", tenths as f64 / 10.0),
    }
}

/// Traits in words. The run writes a list of codes or words, or an object of code and truth.
fn flags(value: &Value) -> Vec<String> {
    let word = |code: &str| match code {
        "branch" => "分支机构".to_owned(),
        "group" => "集团成员".to_owned(),
        "dispatch" => "疑似劳务派遣".to_owned(),
        "agency_address" => "代办地址".to_owned(),
        "agency_phone" => "代办电话".to_owned(),
        "own_union" => "已有本单位工会".to_owned(),
        "covered" => "已列入覆盖单位".to_owned(),
        "young" => "成立不满一年".to_owned(),
        other => other.to_owned(),
    };
    match value {
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(word).collect(),
        Value::Object(object) => object
            .iter()
            .filter(|(_, value)| !matches!(value, Value::Null | Value::Bool(false)))
            .map(|(code, value)| match value.as_str() {
                Some(text) => format!("{}：{text}", word(code)),
                None => word(code),
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn money_is_said_in_ten_thousands() {
        for (fen, words) in [
            (500_000_000, "500 万元"),
            (1_234_567, "1.2 万元"),
            (0, "0 万元"),
            (99_960_000, "100 万元"),
        ] {
            assert_eq!(wan(fen), words);
        }
    }

    #[test]
    fn traits_are_said_in_words_however_the_run_wrote_them() {
        assert_eq!(flags(&json!(["dispatch", "新业态"])), ["疑似劳务派遣", "新业态"]);
        assert_eq!(
            flags(&json!({"branch": true, "dispatch": false, "group": "甬城集团"})),
            ["分支机构", "集团成员：甬城集团"]
        );
        assert!(flags(&Value::Null).is_empty());
    }
}
