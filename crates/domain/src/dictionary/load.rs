//! The entries as they lie in `dictionary/`, compiled in. A broken entry stops the first start of a build, so its tests too.

use serde::Deserialize;

use super::form::{self, Entry};
use super::{Act, CodeList, Dictionary, Element, Record, Registered};
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forms {
    form: Vec<Entry>,
}

pub(super) fn shipped() -> Dictionary {
    let elements = Record::all().map(|record| {
        let Elements { element } = toml::from_str(text_of(record))
            .unwrap_or_else(|error| panic!("dictionary of {}: {error}", record.name()));
        element
    });
    let Lists { list } = toml::from_str(include_str!("../../../../dictionary/lists.toml"))
        .unwrap_or_else(|error| panic!("dictionary, code lists: {error}"));
    let mut dictionary = Dictionary {
        elements: elements.collect(),
        lists: list.into_iter().map(CodeList::ready).collect(),
        forms: Vec::new(),
    };
    let Forms { form: mut entries } = toml::from_str(include_str!("../../../../dictionary/forms.toml"))
        .unwrap_or_else(|error| panic!("dictionary, forms: {error}"));
    for act in Act::ALL {
        let at = entries.iter().position(|entry| entry.act == act.code());
        let at = at.unwrap_or_else(|| panic!("dictionary, forms: none of {}", act.code()));
        let ready = form::ready(*act, entries.remove(at), &dictionary);
        let ready = ready.unwrap_or_else(|words| panic!("dictionary, form {}: {words}", act.code()));
        dictionary.forms.push(ready);
    }
    if let Some(unknown) = entries.first() {
        panic!("dictionary, forms: nobody does {}", unknown.act);
    }
    dictionary
}

fn text_of(record: Record) -> &'static str {
    match record {
        Record::File(kind) => text_of_kind(kind),
        Record::Registered(registered) => text_of_registered(registered),
    }
}

fn text_of_registered(registered: Registered) -> &'static str {
    match registered {
        Registered::Grounds => include_str!("../../../../dictionary/registered/grounds.toml"),
        Registered::Terms => include_str!("../../../../dictionary/registered/terms.toml"),
        Registered::Officers => include_str!("../../../../dictionary/registered/officers.toml"),
        Registered::LegalPersons => include_str!("../../../../dictionary/registered/legal_persons.toml"),
        Registered::Plates => include_str!("../../../../dictionary/registered/plates.toml"),
        Registered::Changes => include_str!("../../../../dictionary/registered/changes.toml"),
        Registered::Zones => include_str!("../../../../dictionary/registered/zones.toml"),
        Registered::Memberships => include_str!("../../../../dictionary/registered/memberships.toml"),
        Registered::Closings => include_str!("../../../../dictionary/registered/closings.toml"),
        Registered::Retention => include_str!("../../../../dictionary/registered/retention.toml"),
    }
}

fn text_of_kind(kind: Kind) -> &'static str {
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
