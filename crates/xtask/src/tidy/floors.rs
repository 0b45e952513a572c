//! A crate uses only crates on lower floors; crates of one floor do not know each other.

use super::tree;
use crate::shell;
use toml::Table;

/// Where a crate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Floor(u8),
    /// The synthetic city: made from floor 0 to 2, used by the binary and by tests.
    City,
    /// Only ever a dev-dependency.
    Testkit,
    /// Knows nothing of the product.
    Xtask,
}

const PLACES: &[(&str, Place)] = &[
    ("codes", Place::Floor(0)),
    ("domain", Place::Floor(1)),
    ("store", Place::Floor(2)),
    ("engines", Place::Floor(2)),
    ("office", Place::Floor(2)),
    ("lake", Place::Floor(2)),
    ("app", Place::Floor(3)),
    ("reconcile", Place::Floor(3)),
    ("web", Place::Floor(4)),
    ("cli", Place::Floor(5)),
    ("city", Place::City),
    ("testkit", Place::Testkit),
    ("xtask", Place::Xtask),
];

/// Libraries that one crate alone may see, so that the others stay light and replaceable.
const KEPT_TO: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("datafusion", &["reconcile"]),
    ("object_store", &["lake"]),
    ("axum", &["web", "cli"]),
    ("askama", &["web"]),
    ("clap", &["cli"]),
    ("openidconnect", &["app", "testkit"]),
    ("reqwest", &["app"]),
    ("cryptoki", &["app"]),
    ("calamine", &["office"]),
    ("rust_xlsxwriter", &["office", "city"]),
    ("typst", &["office"]),
    ("typst-layout", &["office"]),
    ("typst-pdf", &["office"]),
];

pub fn check() -> Vec<String> {
    let mut complaints = Vec::new();
    for name in tree::crates() {
        let manifest = shell::root().join("crates").join(&name).join("Cargo.toml");
        match std::fs::read_to_string(&manifest).map(|text| text.parse::<Table>()) {
            Ok(Ok(manifest)) => complaints.extend(check_crate(&name, &manifest)),
            _ => complaints.push(format!("crates/{name}/Cargo.toml cannot be read")),
        }
    }
    complaints
}

fn place_of(name: &str) -> Option<Place> {
    PLACES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, place)| *place)
}

fn check_crate(name: &str, manifest: &Table) -> Vec<String> {
    let Some(place) = place_of(name) else {
        return vec![format!(
            "crates/{name} stands on no floor: name it in crates/xtask/src/tidy/floors.rs"
        )];
    };
    let mut complaints = Vec::new();
    for (section, is_dev) in [
        ("dependencies", false),
        ("dev-dependencies", true),
        ("build-dependencies", false),
    ] {
        let Some(used) = manifest.get(section).and_then(|value| value.as_table()) else {
            continue;
        };
        for dependency in used.keys() {
            if let Some(other) = place_of(dependency)
                && !may_use(place, other, is_dev)
            {
                complaints.push(format!("crates/{name}/Cargo.toml: {name} ({place:?}) may not use {dependency} ({other:?}) in {section}"));
            }
            if !is_dev
                && let Some((_, owners)) = KEPT_TO.iter().find(|(library, _)| library == dependency)
                && !owners.contains(&name)
            {
                complaints.push(format!(
                    "crates/{name}/Cargo.toml: {dependency} is kept to {}",
                    owners.join(", ")
                ));
            }
        }
    }
    complaints
}

/// Whether a crate standing at `place` may use one standing at `other`.
fn may_use(place: Place, other: Place, is_dev: bool) -> bool {
    match (place, other) {
        (_, Place::Testkit | Place::City) if is_dev => true,
        (Place::Floor(mine), Place::Floor(its)) => its < mine,
        (Place::Floor(mine), Place::City) => mine == 5,
        (Place::City, Place::Floor(its)) => its <= 2,
        (Place::Testkit, Place::Floor(its)) => its <= 4,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(name: &str, manifest: &str) -> usize {
        check_crate(name, &manifest.parse().expect("a manifest written here")).len()
    }

    #[test]
    fn looking_up_is_refused_and_looking_down_is_not() {
        assert_eq!(complaints("app", "[dependencies]\nstore.workspace = true"), 0);
        assert_eq!(complaints("store", "[dependencies]\napp.workspace = true"), 1);
        assert_eq!(complaints("store", "[dependencies]\nengines.workspace = true"), 1);
        assert_eq!(
            complaints("store", "[dev-dependencies]\ntestkit.workspace = true"),
            0
        );
        assert_eq!(complaints("web", "[dependencies]\ntestkit.workspace = true"), 1);
        assert_eq!(complaints("web", "[dependencies]\nsqlx.workspace = true"), 1);
    }
}
