//! Which union looks after a place, and which field worker gets its items.

use std::collections::HashMap;

use codes::id::AccountId;
use domain::accounts::Account;
use store::organising::GeneralUnion;

/// Responsible unions by place: the town's, else the county's, else the city's.
#[derive(Debug, Default)]
pub(crate) struct Places {
    towns: HashMap<i64, String>,
    counties: HashMap<i64, String>,
    city: Option<String>,
}

impl Places {
    /// From the register's general unions.
    ///
    /// The tree says which level a union is on, not its own place: a county's 总工会 sits in some street, the city's in
    /// some county. Where two claim one place, the one with unions of its own below it has it, then the first in the
    /// tree, so that a doubled entry never takes a place over.
    pub fn of(unions: impl IntoIterator<Item = GeneralUnion>) -> Places {
        let mut unions: Vec<GeneralUnion> = unions.into_iter().collect();
        unions.sort_by(|a, b| a.path.cmp(&b.path));
        let is_below = |a: &str, b: &str| a != b && a.starts_with(b);
        let has_below: Vec<bool> = unions
            .iter()
            .map(|union| unions.iter().any(|other| is_below(&other.path, &union.path)))
            .collect();
        let levels: Vec<usize> = unions
            .iter()
            .map(|union| {
                unions
                    .iter()
                    .filter(|other| is_below(&union.path, &other.path))
                    .count()
            })
            .collect();
        let mut order: Vec<usize> = (0..unions.len()).collect();
        order.sort_by_key(|nth| !has_below[*nth]);
        let mut places = Places::default();
        for nth in order {
            let (union, level) = (&unions[nth], levels[nth]);
            let path = || union.path.clone();
            match (level, union.county, union.town) {
                (0, _, _) if has_below[nth] || union.county.is_none() => {
                    places.city.get_or_insert_with(path);
                }
                (0 | 1, Some(county), town) if town.is_none() || !places.counties.contains_key(&county) => {
                    places.counties.entry(county).or_insert_with(path);
                }
                (_, _, Some(town)) => {
                    places.towns.entry(town).or_insert_with(path);
                }
                (_, Some(county), None) => {
                    places.counties.entry(county).or_insert_with(path);
                }
                _ => {}
            }
        }
        places
    }

    /// The path of the union that looks after a place; absent only when the register holds no general union at all.
    pub fn responsible(&self, county: Option<i64>, town: Option<i64>) -> Option<&str> {
        let of_town = town.and_then(|town| self.towns.get(&town));
        let county = county.or_else(|| town.map(|town| town / 1_000));
        let of_county = || county.and_then(|county| self.counties.get(&county));
        of_town
            .or_else(of_county)
            .or(self.city.as_ref())
            .map(String::as_str)
    }
}

/// Field workers by the path of their town's union; the one with the fewest open items is next.
#[derive(Debug, Default)]
pub(crate) struct Assigner {
    workers: HashMap<String, Vec<Worker>>,
}

/// A field worker with the work already given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Worker {
    pub id: AccountId,
    pub login: String,
    pub name: String,
    open_count: i64,
}

impl Assigner {
    /// From the accounts in use and the number of open items each has.
    pub fn of(workers: impl IntoIterator<Item = Account>, open: &HashMap<AccountId, i64>) -> Assigner {
        let mut assigner = Assigner::default();
        for account in workers {
            // Nobody is given what they do not see.
            let is_in_sight = account.scope().contains(account.path.as_ref());
            let Some(path) = account.path.filter(|_| is_in_sight) else {
                continue;
            };
            assigner
                .workers
                .entry(path.to_string())
                .or_default()
                .push(Worker {
                    open_count: open.get(&account.id).copied().unwrap_or(0),
                    id: account.id,
                    login: account.login,
                    name: account.name,
                });
        }
        assigner
    }

    /// The next field worker of the town whose union has this path: fewest open items, then by sign-in name.
    pub fn next(&mut self, responsible_path: Option<&str>) -> Option<Worker> {
        let workers = self.workers.get_mut(responsible_path?)?;
        let next = workers
            .iter_mut()
            .min_by(|a, b| (a.open_count, &a.login).cmp(&(b.open_count, &b.login)))?;
        next.open_count += 1;
        Some(next.clone())
    }
}
