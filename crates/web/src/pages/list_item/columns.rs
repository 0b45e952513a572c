//! The chosen columns as cells of two lines: what belongs together shares a cell when both are chosen.

use app::list_item::{ItemRow, ListColumn};

use super::list::{due_tone, place_of, state_tone};
use super::view::ListCell;
use crate::ui::{Head, UrlQuery, number};

/// Columns that share a cell: the fact, and under it its source or context.
const PAIRS: [(ListColumn, ListColumn, &str); 3] = [
    (ListColumn::Why, ListColumn::Rule, "为什么在清单上"),
    (ListColumn::Town, ListColumn::Owner, "镇街 / 承办人"),
    (ListColumn::State, ListColumn::Due, "状态 / 期限"),
];

/// The columns of the table: each with the one that stands below it.
fn groups(columns: &[ListColumn]) -> Vec<(ListColumn, Option<ListColumn>)> {
    let has = |column| columns.contains(&column);
    let is_below = |column| {
        PAIRS
            .iter()
            .any(|(upper, lower, _)| *lower == column && has(*upper))
    };
    let lower = |column| {
        PAIRS
            .iter()
            .find(|(upper, lower, _)| *upper == column && has(*lower))
    };
    columns
        .iter()
        .filter(|column| !is_below(**column))
        .map(|column| (*column, lower(*column).map(|pair| pair.1)))
        .collect()
}

pub(super) fn heads(columns: &[ListColumn], query: &UrlQuery) -> Vec<Head> {
    let mut heads = vec![Head::new("用人单位 / 工会").sorts(query, "name")];
    heads.extend(groups(columns).into_iter().map(|(column, below)| {
        let pair = PAIRS
            .iter()
            .find(|pair| pair.0 == column && below == Some(pair.1));
        let label = pair.map_or(column.label(), |pair| pair.2);
        match (column, below) {
            (ListColumn::Insured, _) => Head::number(label).sorts(query, "insured"),
            (ListColumn::Expected, _) => Head::number(label).sorts(query, "expected"),
            (ListColumn::Number, _) => Head::new(label).sorts(query, "no"),
            (ListColumn::Due, _) | (_, Some(ListColumn::Due)) => Head::new(label).sorts(query, "due"),
            _ => Head::new(label),
        }
    }));
    heads
}

pub(super) fn cells(columns: &[ListColumn], row: &ItemRow) -> Vec<ListCell> {
    groups(columns)
        .into_iter()
        .map(|(column, below)| {
            let cell = cell(column, row);
            match below {
                Some(ListColumn::Due) => ListCell {
                    note: due_text(row),
                    note_tone: Some(due_tone(row)),
                    ..cell
                },
                Some(ListColumn::Owner) => ListCell {
                    note: owner_text(row),
                    ..cell
                },
                Some(_) => ListCell {
                    note: rule_text(row),
                    ..cell
                },
                None => cell,
            }
        })
        .collect()
}

fn cell(column: ListColumn, row: &ItemRow) -> ListCell {
    let of = |class, text: String| ListCell {
        class,
        text,
        ..ListCell::default()
    };
    let count = |label, value: Option<i64>| ListCell {
        label: Some(label),
        ..of("num inline", value.map_or_else(|| "—".to_owned(), number))
    };
    match column {
        ListColumn::Number => of("mono nowrap", row.item_no.clone()),
        ListColumn::Kind => of("nowrap", row.kind.label().to_owned()),
        ListColumn::Why => ListCell {
            is_long: true,
            ..of("why", without_name(row).to_owned())
        },
        ListColumn::Rule => of("", rule_text(row)),
        ListColumn::Insured => count("在保", row.insured_now),
        ListColumn::Expected => count("预计会员", row.expected_members),
        ListColumn::County => of(
            "pair nowrap",
            row.county_name.clone().unwrap_or_else(|| "—".to_owned()),
        ),
        ListColumn::Town => of("pair nowrap", place_of(row)),
        ListColumn::Owner => of("pair nowrap", owner_text(row)),
        ListColumn::State => ListCell {
            tone: Some(state_tone(row.state)),
            ..of("pair", row.state.label().to_owned())
        },
        ListColumn::Due => ListCell {
            tone: Some(due_tone(row)).filter(|_| row.deadline.is_some()),
            ..of("pair", due_text(row))
        },
    }
}

/// The sentence without the name that it begins with: the name stands in the first cell, and two lines are short.
fn without_name(row: &ItemRow) -> &str {
    let bare = row.reason.strip_prefix('“').unwrap_or(&row.reason);
    bare.strip_prefix(row.name.as_str())
        .map(|rest| rest.strip_prefix('”').unwrap_or(rest))
        .map(|rest| rest.trim_start_matches(['，', '：']))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(&row.reason)
}

fn rule_text(row: &ItemRow) -> String {
    if row.evidence_count > 0 {
        format!("{} · 证据 {} 条", row.rule_title, row.evidence_count)
    } else {
        row.rule_title.clone()
    }
}

fn owner_text(row: &ItemRow) -> String {
    row.owner_name.clone().unwrap_or_else(|| "未派发".to_owned())
}

fn due_text(row: &ItemRow) -> String {
    row.deadline
        .as_ref()
        .map(|deadline| deadline.text.clone())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_together_shares_a_cell_when_both_are_chosen() {
        let labels = |columns: &[ListColumn]| {
            let heads = heads(columns, &UrlQuery::default());
            heads.iter().map(|head| head.label).collect::<Vec<_>>()
        };
        assert_eq!(
            labels(&ListColumn::USUAL),
            [
                "用人单位 / 工会",
                "为什么在清单上",
                "在保",
                "预计会员",
                "镇街 / 承办人",
                "状态 / 期限"
            ]
        );
        assert_eq!(
            labels(&[ListColumn::Rule, ListColumn::Due]),
            ["用人单位 / 工会", "规则", "期限"]
        );
    }
}
