//! 比对规则: the shipped rules with their text, so that nobody has to believe the list.

pub mod view;

use std::sync::OnceLock;

use app::error::AppError;
use axum::extract::{Path, State};
use axum::response::Response;
use domain::list_item::ListKind;
use domain::permission::Action;
use rust_embed::RustEmbed;
use serde::Deserialize;

use self::view::RulePage;
use crate::http::{Fault, Person, Web, page};
use crate::ui::{Cell, Empty, Head, Here, Listing, Table};

#[derive(RustEmbed)]
#[folder = "../../rules"]
#[allow_missing = true]
struct Rules;

/// What of a rule's head a reader wants to know.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct RuleHead {
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) priority: i64,
    #[serde(default)]
    pub(crate) due_working_days: Option<i64>,
    #[serde(default)]
    pub(crate) law: Option<String>,
    #[serde(default)]
    pub(crate) reason: String,
}

/// Of every shipped rule what a reader wants to know, by priority.
pub(crate) fn heads() -> impl Iterator<Item = &'static RuleHead> {
    shipped().iter().map(|rule| &rule.head)
}

struct Rule {
    head: RuleHead,
    sql: String,
}

fn shipped() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let mut rules: Vec<Rule> = Rules::iter().filter_map(|name| read(&name)).collect();
        rules.sort_by(|one, other| {
            (one.head.priority, &one.head.id).cmp(&(other.head.priority, &other.head.id))
        });
        rules
    })
}

/// A rule file is a TOML head between lines of `+++`, then SQL. One that cannot be read is left out here; the run
/// refuses it with its reason.
fn read(name: &str) -> Option<Rule> {
    let file = Rules::get(name)?;
    let text = std::str::from_utf8(&file.data).ok()?.replace("\r\n", "\n");
    let (head, sql) = text.strip_prefix("+++\n")?.split_once("\n+++\n")?;
    Some(Rule {
        head: toml::from_str(head).ok()?,
        sql: sql.trim().to_owned(),
    })
}

fn list_label(rule: &Rule) -> &str {
    ListKind::from_code(&rule.head.kind).map_or(rule.head.kind.as_str(), |kind| kind.label())
}

/// `GET /rule`.
pub async fn list(State(web): State<Web>, person: Person) -> Result<Response, Fault> {
    let rows = shipped()
        .iter()
        .map(|rule| {
            let due = rule
                .head
                .due_working_days
                .map(|days| format!("{days} 个工作日"))
                .unwrap_or_default();
            vec![
                Cell::new(rule.head.name.clone())
                    .link(format!("/rule/{}", rule.head.id))
                    .code(rule.head.id.clone()),
                Cell::new(list_label(rule)),
                Cell::number(Some(rule.head.priority)),
                Cell::new(due),
                Cell::new(rule.head.law.clone().unwrap_or_default()),
                Cell::new(format!("第 {} 版", rule.head.version)),
            ]
        })
        .collect();
    let view = Listing {
        frame: person.frame(&web, "比对规则", Here::Rule).await?,
        crumbs: vec![("数据".to_owned(), None), ("比对规则".to_owned(), None)],
        summary: format!("{} 条", shipped().len()),
        path: "/rule".to_owned(),
        actions: Vec::new(),
        search: None,
        selects: Vec::new(),
        days: Vec::new(),
        table: Table {
            heads: vec![
                Head::new("规则"),
                Head::new("列入"),
                Head::number("轻重"),
                Head::new("办理期限"),
                Head::new("依据"),
                Head::new("版本"),
            ],
            rows,
            empty: Empty::new("没有规则", "规则文件随程序提供。"),
        },
        pager: None,
    };
    page(&view)
}

/// What the places of a rule's sentence are filled with, for people who do not read its SQL.
const PLACES: &[(&str, &str)] = &[
    ("candidate_name", "最接近的单位"),
    ("doubts", "疑点"),
    ("employer_name", "单位名称"),
    ("employer_status", "单位登记状态"),
    ("expected_members", "预计会员"),
    ("founded", "成立日期"),
    ("insured_now", "参保人数"),
    ("keeper_name", "另一家工会"),
    ("length", "任期规定"),
    ("link_probability", "概率"),
    ("members", "会员人数"),
    ("members_at_all_unions", "会员人数"),
    ("members_insured_shown", "参保会员"),
    ("members_shown", "会员人数"),
    ("months_old", "月数"),
    ("moved", "迁移情况"),
    ("name", "名称"),
    ("place", "登记地"),
    ("problem", "问题"),
    ("right_code", "应填的代码"),
    ("right_name", "匹配的单位"),
    ("share", "入会率"),
    ("state", "届满情况"),
    ("status", "登记状态"),
    ("tax_headcount", "申报人数"),
    ("tax_year", "年度"),
    ("term_end", "届满日期"),
    ("todo", "怎样更正"),
    ("town_union_name", "本地联合工会"),
    ("union_fee_fen", "经费"),
    ("unions_at_employer", "工会家数"),
];

/// The sentence of a rule with its places named in words: `{insured_now}人` → `{参保人数}人`. A place without a word keeps its name.
fn in_words(reason: &str) -> String {
    let mut words = String::with_capacity(reason.len());
    let mut rest = reason;
    while let Some((before, after)) = rest.split_once('{') {
        let (place, behind) = after.split_once('}').unwrap_or((after, ""));
        let name = place.split(':').next().unwrap_or(place);
        let word = PLACES
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(name, |(_, word)| word);
        words.extend([before, "{", word, "}"]);
        rest = behind;
    }
    words.push_str(rest);
    words
}

/// `GET /rule/{id}`.
pub async fn rule(State(web): State<Web>, person: Person, Path(id): Path<String>) -> Result<Response, Fault> {
    let rule = shipped()
        .iter()
        .find(|rule| rule.head.id == id)
        .ok_or_else(|| AppError::not_found("RULE-404", "没有这条规则"))?;
    let fact = |label: &str, value: String| (label.to_owned(), value);
    let view = RulePage {
        frame: person.frame(&web, &rule.head.name, Here::Rule).await?,
        id: rule.head.id.clone(),
        reason: in_words(&rule.head.reason),
        facts: vec![
            fact("列入", list_label(rule).to_owned()),
            fact("版本", format!("第 {} 版", rule.head.version)),
            fact("轻重", format!("{}（1 最急）", rule.head.priority)),
            fact(
                "办理期限",
                rule.head
                    .due_working_days
                    .map_or_else(|| "按清单默认".to_owned(), |days| format!("{days} 个工作日")),
            ),
            fact("依据", rule.head.law.clone().unwrap_or_else(|| "—".to_owned())),
        ],
        sql: rule.sql.clone(),
        list_href: person
            .can(Action::SeeLists)
            .then(|| format!("/worklist/all?rule={}", rule.head.id)),
    };
    page(&view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_rule_can_be_read_by_people() {
        let files = Rules::iter().filter(|name| name.ends_with(".sql")).count();
        assert_eq!(shipped().len(), files);
        assert!(shipped().iter().all(|rule| !rule.head.reason.is_empty()));
        for rule in shipped() {
            let words = in_words(&rule.head.reason);
            let left = words
                .split('{')
                .skip(1)
                .filter(|place| place.starts_with(|first: char| first.is_ascii()));
            assert_eq!(
                left.collect::<Vec<_>>(),
                Vec::<&str>::new(),
                "{} names its places",
                rule.head.id
            );
        }
        assert_eq!(in_words("{share:percent}，不足50%[。]"), "{入会率}，不足50%[。]");
    }
}
