//! The entries as they lie in `dictionary/`, compiled in. A broken entry stops the first start of a build, so its tests too.

use serde::Deserialize;

use super::{CodeList, Dictionary, Element};
use crate::intake::Kind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Elements {
    element: Vec<Element>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    list: Vec<CodeList>,
}

pub(super) fn shipped() -> Dictionary {
    let elements = Kind::ALL.map(|kind| {
        let Elements { element } = toml::from_str(text_of(kind))
            .unwrap_or_else(|error| panic!("dictionary of {}: {error}", kind.name()));
        element
    });
    let Lists { list } = toml::from_str(include_str!("../../../../dictionary/lists.toml"))
        .unwrap_or_else(|error| panic!("dictionary, code lists: {error}"));
    Dictionary {
        elements: elements.into(),
        lists: list.into_iter().map(CodeList::ready).collect(),
    }
}

fn text_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Enterprises => include_str!("../../../../dictionary/enterprises.toml"),
        Kind::Unions => include_str!("../../../../dictionary/unions.toml"),
        Kind::Covers => include_str!("../../../../dictionary/covers.toml"),
        Kind::Members => include_str!("../../../../dictionary/members.toml"),
        Kind::Insurance => include_str!("../../../../dictionary/insurance.toml"),
        Kind::Tax => include_str!("../../../../dictionary/tax.toml"),
        Kind::Drivers => include_str!("../../../../dictionary/drivers.toml"),
    }
}
