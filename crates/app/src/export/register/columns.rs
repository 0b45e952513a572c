//! Which columns go out: those that were chosen, and on paper no more than a page takes.

use domain::dictionary::{Dictionary, Element};
use domain::intake::Kind;

use super::{Form, RegisterExport, columns_of};

/// What a roll (名册) has when nobody has chosen: what tells one from the others, and what one looks up in it.
const MEMBER_ROLL: &[&str] = &[
    "member_id",
    "union_id",
    "name",
    "sex",
    "birth_date",
    "ethnicity",
    "political_status",
    "id_no",
    "phone",
    "employer_name",
    "join_date",
];
const UNION_ROLL: &[&str] = &[
    "union_id",
    "union_name",
    "union_type",
    "union_code",
    "county",
    "street",
    "chair",
    "phone",
    "declared_members",
    "founded",
    "term_end",
];

/// Elements that a form (登记表) does not print: keys that stand in its head, what it tells by name or in a part of its own, and places in
/// degrees.
const NOT_ON_FORM: &[&str] = &[
    "member_id",
    "union_id",
    "parent_id",
    "parent_name",
    "industry_parent_id",
    "second_names",
    "legal_status",
    "lon",
    "lat",
];

/// The columns of an export with their places among the dictionary's, left to right.
pub(super) fn chosen(kind: Kind, asked: &RegisterExport) -> Vec<(usize, &'static Element)> {
    let form = Form::from_name(&asked.format);
    let wanted = |element: &Element, is_key: bool| match form {
        Some(Form::Sheet) => !NOT_ON_FORM.contains(&element.name.as_str()),
        Some(Form::Pdf) if chose_nothing(kind, asked) => {
            let roll = match kind {
                Kind::Unions => UNION_ROLL,
                _ => MEMBER_ROLL,
            };
            // Of one union's members the roll's head says the union.
            let is_said = element.name == "union_id" && kind == Kind::Members && !asked.union_id.is_empty();
            roll.contains(&element.name.as_str()) && !is_said
        }
        _ => is_key || asked.columns.is_empty() || asked.columns.contains(&element.name),
    };
    columns_of(kind)
        .enumerate()
        .filter(|(_, (element, is_key))| wanted(element, *is_key))
        .map(|(at, (element, _))| (at, element))
        .collect()
}

/// Whether the columns were left as they come: none, or all.
fn chose_nothing(kind: Kind, asked: &RegisterExport) -> bool {
    asked.columns.is_empty()
        || columns_of(kind).all(|(element, is_key)| is_key || asked.columns.contains(&element.name))
}

/// How many columns a roll has when nobody has chosen.
pub fn roll_columns(kind: Kind) -> usize {
    let roll = match kind {
        Kind::Unions => UNION_ROLL,
        _ => MEMBER_ROLL,
    };
    roll.iter()
        .filter(|name| Dictionary::shipped().element(kind, name).is_some())
        .count()
}

#[cfg(test)]
mod tests {
    use office::pdf::COLUMNS_MAX;

    use super::*;

    fn names(kind: Kind, asked: &RegisterExport) -> Vec<&'static str> {
        chosen(kind, asked)
            .into_iter()
            .map(|(_, element)| element.name.as_str())
            .collect()
    }

    #[test]
    fn every_element_that_paper_names_is_in_the_dictionary() {
        for (kind, roll) in [(Kind::Members, MEMBER_ROLL), (Kind::Unions, UNION_ROLL)] {
            let asked = RegisterExport {
                format: "pdf".into(),
                ..RegisterExport::default()
            };
            let mut printed = names(kind, &asked);
            let mut roll = roll.to_vec();
            printed.sort_unstable();
            roll.sort_unstable();
            assert_eq!(printed, roll, "{kind:?}");
            assert!(roll.len() <= COLUMNS_MAX);
        }
        let known = |name: &&str| {
            let kinds = [Kind::Members, Kind::Unions];
            kinds
                .iter()
                .any(|kind| Dictionary::shipped().element(*kind, name).is_some())
        };
        assert!(NOT_ON_FORM.iter().all(known));
    }

    #[test]
    fn columns_left_as_they_come_are_those_of_a_roll_and_chosen_ones_those_that_were_chosen() {
        let all = columns_of(Kind::Members).map(|(element, _)| element.name.clone());
        let asked = |columns: Vec<String>, union_id: &str| RegisterExport {
            format: "pdf".into(),
            columns,
            union_id: union_id.into(),
            ..RegisterExport::default()
        };
        let roll = names(Kind::Members, &asked(Vec::new(), ""));
        assert_eq!(names(Kind::Members, &asked(all.collect(), "")), roll);
        assert!(!names(Kind::Members, &asked(Vec::new(), "U1")).contains(&"union_id"));
        assert_eq!(
            names(Kind::Members, &asked(vec!["name".into()], "")),
            ["member_id", "name"]
        );
    }
}
