//! The item page: why, evidence, the machine's doubt, the employer, what to do, what happened.

use app::employer::EmployerCard;
use app::error::{AppError, ErrorKind};
use app::list_item::{
    self, ActForm, ActionView, Candidate, EvidenceRow, HistoryEntry, ItemRow, ItemView, mark_read,
};
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use domain::list_item::{ItemState, ItemSubject, ListKind};
use domain::permission::Action;

use super::list::{due_tone, params_of, place_of, state_tone};
use super::view::{Act, Drawer, EmployerSection, ItemPage, Nearest, Outcome, TrailStep};
use crate::http::{Fault, Person, Web, page};
use crate::ui::{ContactForm, Here, UrlQuery, Waterfall, actor_words, chance, number, short_day};

/// `GET /item/{number}`; `from` is the query of the list the person came from.
pub async fn item(
    State(web): State<Web>,
    person: Person,
    Path(number): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("", &query.unwrap_or_default());
    if mark_read(&person.op, &web.app, &number).await? {
        tracing::debug!(item = number, "read by its owner");
    }
    show(
        &web,
        &person,
        &number,
        query.get("from").unwrap_or_default(),
        None,
    )
    .await
}

/// The page, after a refused act with what was typed.
pub(super) async fn show(
    web: &Web,
    person: &Person,
    number: &str,
    from: &str,
    refused: Option<(&ActForm, &AppError)>,
) -> Result<Response, Fault> {
    let came_from = UrlQuery::read("", from);
    let params = params_of(None, &came_from);
    let mut view = list_item::item(&person.op, &web.app, number, &params).await?;
    let (path, here) = match view.row.kind {
        ListKind::Verification => ("/worklist/verify", Here::Verify),
        ListKind::Task => ("/worklist/task", Here::Task),
        ListKind::Work => ("/worklist/work", Here::Work),
    };
    let today = person.op.today().to_string();
    let link = |other: &Option<String>| {
        other.as_ref().map(|other| {
            UrlQuery::default()
                .at(format!("/item/{other}"))
                .with("from", from)
                .url()
        })
    };
    let frame = person.frame(web, &view.row.name, here).await?;
    let filled = ItemPage {
        frame,
        number: view.row.item_no.clone(),
        version: view.version,
        list_href: came_from.without(&["page"]).at(path).url(),
        list_label: view.row.kind.label().to_owned(),
        from: from.to_owned(),
        name: view.row.name.clone(),
        code: view.row.uscc.clone().unwrap_or_default(),
        state: view.row.state.label().to_owned(),
        tone: state_tone(view.row.state),
        previous: link(&view.previous),
        next: link(&view.next),
        why: view.row.reason.clone(),
        doubts: std::mem::take(&mut view.doubts),
        rule_line: rule_line(&view),
        rule_href: format!("/rule/{}", view.row.rule),
        evidence: view.evidence.iter().map(drawer).collect(),
        nearest: view
            .candidate
            .as_ref()
            .map(|candidate| nearest(candidate, &view.row, person)),
        employer: view
            .employer
            .as_ref()
            .map(|card| employer_section(card, &view.row.item_no, from, person)),
        union_href: (view.row.subject_kind == ItemSubject::Union && person.can(Action::SeeUnions))
            .then(|| format!("/union/{}", view.row.subject_id)),
        owner: format!(
            "{} · {}",
            view.row.owner_name.as_deref().unwrap_or("未派发"),
            place_of(&view.row)
        ),
        due: view
            .row
            .deadline
            .as_ref()
            .map(|due| {
                format!(
                    "期限 {} · {}",
                    short_day(&due.due_on.to_string(), &today),
                    due.text
                )
            })
            .unwrap_or_default(),
        due_tone: due_tone(&view.row),
        outcome: outcome(&view),
        act_error: refused.map(|(_, error)| words_of(error)),
        acts: view
            .actions
            .iter()
            .map(|action| act_of(action, &view.row.item_no, refused))
            .collect(),
        no_act: view
            .locked_because
            .clone()
            .unwrap_or_else(|| "现在没有您可以办的步骤。".to_owned()),
        trail: trail(&view, &today),
    };
    page(&filled)
}

/// A refusal in one line.
fn words_of(error: &AppError) -> String {
    let mut words = error.message.clone();
    for wrong in error.fields.iter().filter(|wrong| wrong.message != error.message) {
        words.push('：');
        words.push_str(&wrong.message);
    }
    match (&error.hint, error.kind) {
        (Some(hint), ErrorKind::Conflict | ErrorKind::Forbidden) => format!("{words}。{hint}"),
        _ => words,
    }
}

fn rule_line(view: &ItemView) -> String {
    let run = view
        .raised_run
        .map(|run| format!(" · 第 {run} 次比对列入"))
        .unwrap_or_default();
    let expected = view
        .row
        .expected_members
        .map(|count| format!(" · 预计新增会员 {} 人", number(count)))
        .unwrap_or_default();
    format!(
        "规则 {}（{}）第 {} 版{run}{expected}",
        view.row.rule_title, view.row.rule, view.rule_version
    )
}

/// Longest value, and how many of them, in the folded line of a source.
const SHORT_FACT: usize = 12;
const NOTED_FACTS: usize = 3;

/// An amount of money with its thousands apart: `3443276.00` → `3,443,276.00`; anything else as it is.
fn amount(label: &str, value: &str) -> String {
    let (yuan, fen) = value.split_once('.').unwrap_or((value, ""));
    match yuan.parse::<i64>() {
        Ok(yuan) if label.ends_with("（元）") && fen.is_empty() => number(yuan),
        Ok(yuan) if label.ends_with("（元）") => format!("{}.{fen}", number(yuan)),
        _ => value.to_owned(),
    }
}

fn drawer(row: &EvidenceRow) -> Drawer {
    let facts: Vec<_> = row
        .facts
        .iter()
        .map(|(label, value)| (label.clone(), amount(label, value)))
        .collect();
    // The folded line says what is said shortest: names and figures before addresses.
    let is_short = |fact: &&(String, String)| fact.1.chars().count() <= SHORT_FACT;
    let mut noted: Vec<_> = facts.iter().filter(is_short).take(NOTED_FACTS).collect();
    if noted.is_empty() {
        noted.extend(facts.first());
    }
    let noted: Vec<String> = noted
        .into_iter()
        .map(|(label, value)| format!("{label} {value}"))
        .collect();
    let note = noted.join(" · ");
    let label = match row.count {
        Some(count) => format!("{} {} 条", row.source_label, number(count)),
        None => row.source_label.clone(),
    };
    Drawer { label, note, facts }
}

/// A union's item names the employer that its link was adopted for; only the rule about links left to verify names one
/// that was not.
const RULE_OF_DOUBTED_LINKS: &str = "link-verify";

fn nearest(candidate: &Candidate, row: &ItemRow, person: &Person) -> Nearest {
    let is_adopted = row.subject_kind == ItemSubject::Union && row.rule != RULE_OF_DOUBTED_LINKS;
    let likely = candidate
        .probability
        .map(|value| format!("，概率 {}", chance(value)))
        .unwrap_or_default();
    let verdict = candidate.verdict.map(|is_same| {
        if is_same {
            "已判断：是同一单位，下一次比对采用。"
        } else {
            "已判断：不是同一单位，下一次比对采用。"
        }
        .to_owned()
    });
    // On a union's item the other side of the pair is the employer.
    let (title, name, href) = match row.subject_kind {
        ItemSubject::Union => (
            if is_adopted {
                "对应的单位"
            } else {
                "最接近的单位"
            },
            candidate
                .enterprise_name
                .clone()
                .unwrap_or_else(|| candidate.union_name.clone()),
            candidate
                .enterprise_id
                .as_ref()
                .map(|id| format!("/employer/{id}")),
        ),
        ItemSubject::Enterprise => (
            "最接近的工会",
            candidate.union_name.clone(),
            person
                .can(Action::SeeUnions)
                .then(|| format!("/union/{}", candidate.union_id)),
        ),
    };
    let standing = if is_adopted { "已采纳" } else { "未采纳" };
    Nearest {
        title,
        standing: format!("{standing}{likely}"),
        name,
        href,
        fall: candidate.explanation.as_ref().map(Waterfall::of),
        verdict,
        can_judge: candidate.may_judge && candidate.enterprise_id.is_some(),
        union_id: candidate.union_id.clone(),
        enterprise_id: candidate.enterprise_id.clone().unwrap_or_default(),
    }
}

fn employer_section(card: &EmployerCard, number: &str, from: &str, person: &Person) -> EmployerSection {
    let has_contact = card.phone.is_some() || card.legal_rep.is_some();
    EmployerSection {
        href: format!("/employer/{}", card.enterprise_id),
        facts: employer_facts(card),
        flags: card.flags.clone(),
        contact: (has_contact && person.can(Action::RevealValue))
            .then(|| ContactForm::new(format!("/item/{number}/contact")).from(from)),
    }
}

/// What is known of an employer; unknown stays a dash, because that it is unknown is worth seeing too.
pub(crate) fn employer_facts(card: &EmployerCard) -> Vec<(String, String)> {
    let place = [card.county_name.as_deref(), card.town_name.as_deref()]
        .into_iter()
        .flatten()
        .collect::<String>();
    let people = |count: Option<i64>| count.map(|count| format!("{} 人", number(count)));
    let facts = [
        ("登记状态", card.status.clone()),
        ("主体类型", Some(card.entity_label.clone())),
        ("成立日期", card.founded.map(|day| day.to_string())),
        ("法定代表人", card.legal_rep.clone()),
        ("在保职工", people(card.insured_now)),
        ("个税申报", people(card.tax_headcount)),
        ("镇街", Some(place).filter(|place| !place.is_empty())),
        ("注册资本", card.capital.clone()),
        ("行业", card.industry.clone()),
        ("已缴工会经费", card.union_fee.clone()),
        ("联系电话", card.phone.clone()),
        ("住所", card.address.clone()),
    ];
    facts
        .into_iter()
        .map(|(label, value)| (label.to_owned(), value.unwrap_or_else(|| "—".to_owned())))
        .collect()
}

fn outcome(view: &ItemView) -> Option<Outcome> {
    if let Some(closing) = &view.closing {
        // A fact without a Chinese label is a key of the run's own, not for people.
        let mut facts: Vec<(String, String)> = closing
            .facts
            .iter()
            .filter(|(label, _)| !label.is_ascii())
            .cloned()
            .collect();
        facts.extend(
            closing
                .closed_on
                .map(|day| ("办结日期".to_owned(), day.to_string())),
        );
        facts.extend(
            closing
                .suppressed_until
                .map(|day| ("不再列入至".to_owned(), format!("{day}，依据变化则提前"))),
        );
        let tone = if view.row.state == ItemState::Done {
            "good"
        } else {
            "note"
        };
        return Some(Outcome {
            tone,
            text: closing.reason.clone(),
            facts,
            link: None,
        });
    }
    view.founded_union.as_ref().map(|union| Outcome {
        tone: "good",
        text: format!(
            "已登记成立“{}”，下一次比对以登记变更为证据办结本项。",
            union.union_name
        ),
        facts: Vec::new(),
        link: Some((format!("/union/{}", union.union_id), "看这家工会".to_owned())),
    })
}

fn act_of(action: &ActionView, number: &str, refused: Option<(&ActForm, &AppError)>) -> Act {
    let typed = refused
        .map(|(form, _)| form)
        .filter(|form| form.action == action.code);
    let is_select = action.code == "assign";
    Act {
        name: action.code.to_owned(),
        label: action.label.clone(),
        is_main: action.is_primary,
        href: (action.code == "found").then(|| format!("/item/{number}/found")),
        choice_label: match action.code {
            "assign" => "承办人",
            "escalate" => "上报给",
            _ => "原因",
        }
        .to_owned(),
        choices: action
            .choices
            .iter()
            .map(|choice| (choice.value.clone(), choice.label.clone()))
            .collect(),
        is_select,
        chosen: typed.and_then(|form| form.choice.clone()).unwrap_or_default(),
        words_label: action.words.as_ref().map(|words| words.label.to_owned()),
        is_words_required: action.words.as_ref().is_some_and(|words| words.is_required),
        words_hint: action
            .words
            .as_ref()
            .map(|words| words.hint.to_owned())
            .unwrap_or_default(),
        words: typed.and_then(|form| form.words.clone()).unwrap_or_default(),
        is_open: typed.is_some(),
    }
}

/// What happened, then, hollow, the steps that are still ahead.
fn trail(view: &ItemView, today: &str) -> Vec<TrailStep> {
    let last = view.history.len().saturating_sub(1);
    let is_open = view.row.state.is_open();
    let past = view
        .history
        .iter()
        .enumerate()
        .map(|(at, entry)| step_of(entry, today, is_open && at == last));
    let ahead = if is_open { ahead_of(view) } else { &[] };
    let ahead = ahead.iter().map(|label| TrailStep {
        label: (*label).to_owned(),
        line: String::new(),
        note: None,
        class: "",
    });
    past.chain(ahead).collect()
}

fn step_of(entry: &HistoryEntry, today: &str, is_last: bool) -> TrailStep {
    let mut line = format!(
        "{} · {}",
        short_day(&entry.at.to_minute(), today),
        actor_words(&entry.actor)
    );
    let mut note = entry.note.clone().filter(|note| !note.is_empty());
    // What a run says of itself fits the line; what a person wrote stands by itself.
    if entry.actor == "系统"
        && let Some(words) = note.take()
    {
        line = format!("{line} · {words}");
    }
    TrailStep {
        label: entry.label.clone(),
        line,
        note,
        class: if is_last { "now" } else { "done" },
    }
}

fn ahead_of(view: &ItemView) -> &'static [&'static str] {
    use ItemState::{Assigned, New, Read, Unreachable, Verifying};
    let founds = matches!(
        view.row.rule.as_str(),
        "found-25" | "found-joint" | "union-unregistered"
    );
    let is_unseen = matches!(view.row.state, New | Assigned | Read | Verifying | Unreachable);
    match (view.founded_union.is_some(), founds, is_unseen) {
        (true, ..) => &["比对办结"],
        (_, true, true) => &["核实属实，报镇总工会", "建会", "比对办结"],
        (_, true, false) => &["建会", "比对办结"],
        (_, false, true) if view.row.kind == ListKind::Verification => &["核实", "办理", "比对办结"],
        _ => &["办理", "比对办结"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folded_line_tells_what_is_said_shortest() {
        let fact = |label: &str, value: &str| (label.to_owned(), value.to_owned());
        let row = EvidenceRow {
            source: "enterprises".to_owned(),
            source_label: "市场监管".to_owned(),
            count: Some(1),
            facts: vec![
                fact("主营", "户外用品、帐篷和睡袋的设计、制造与出口"),
                fact("成立日期", "2025-07-01"),
                fact("登记状态", "存续"),
            ],
        };
        let drawer = drawer(&row);
        assert_eq!(drawer.label, "市场监管 1 条");
        assert_eq!(drawer.note, "成立日期 2025-07-01 · 登记状态 存续");
        assert_eq!(drawer.facts.len(), 3);
    }

    #[test]
    fn an_amount_of_money_has_its_thousands_apart() {
        assert_eq!(amount("工资薪金（元）", "3443276.00"), "3,443,276.00");
        assert_eq!(amount("已缴工会经费（元）", "880"), "880");
        assert_eq!(amount("申报年度", "2025"), "2025");
        assert_eq!(amount("工资薪金（元）", "不详"), "不详");
    }
}
