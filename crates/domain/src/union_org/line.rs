//! 产业线: the second line of unions beside the territorial tree. A union names at most one industry union (所属产业工会); following them must
//! end somewhere.

use std::collections::HashSet;

/// Whether following the industry unions from a union leads back to it. `above` answers which one a union names.
///
/// A union that only leads into a circle of others is not meant: those on it are.
pub fn leads_back<'a>(union: &str, above: impl Fn(&str) -> Option<&'a str>) -> bool {
    let mut met: HashSet<&str> = HashSet::new();
    let mut at = above(union);
    while let Some(key) = at {
        if key == union {
            return true;
        }
        if !met.insert(key) {
            return false;
        }
        at = above(key);
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::HashMap;

    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_those_on_the_circle_are_meant() {
        let above: HashMap<&str, &str> = [("A", "B"), ("B", "C"), ("C", "B"), ("D", "D"), ("E", "X")].into();
        let back: Vec<&str> = ["A", "B", "C", "D", "E", "X"]
            .into_iter()
            .filter(|union| leads_back(union, |key| above.get(key).copied()))
            .collect();
        assert_eq!(back, ["B", "C", "D"]);
    }

    proptest! {
        /// Without those on a circle every walk ends.
        #[test]
        fn what_leads_back_is_all_that_goes_round(above in prop::collection::vec(prop::option::of(0usize..12), 12)) {
            let keys: Vec<String> = (0..12).map(|nth| nth.to_string()).collect();
            let named = |key: &str| above[key.parse::<usize>().unwrap()].map(|up| keys[up].as_str());
            let loose: HashSet<&str> = keys.iter().map(String::as_str).filter(|key| leads_back(key, named)).collect();
            for start in &keys {
                let mut at = Some(start.as_str());
                for _ in 0..=keys.len() {
                    at = at.filter(|key| !loose.contains(key)).and_then(named);
                }
                prop_assert!(at.is_none(), "{start} goes on for ever");
            }
        }
    }
}
