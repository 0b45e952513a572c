//! The register as it was on a past day (历史组织): who hung under whom then, by what was known of that day.
//!
//! Every change of a union's name, kind, parent, place or standing keeps what it was until that day; with the rows of today these make
//! the tree of any day, by the same rules as the tree of today. Whoever asks sees what hung under their own union on that day.

mod members;

use std::collections::{BTreeMap, HashMap};

use codes::time::Day;
use domain::permission::Action;
use domain::scope::{Part, Scope, UnionPath};
use domain::union_org::UnionType;
use serde::Serialize;
use store::union_org::change::{UnionNow, UnionPast};
use uuid::Uuid;

use crate::error::AppError;
use crate::intake::tree::{self, Node};
use crate::op::{App, OpContext};

/// One union as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ThenUnion {
    pub union_id: String,
    pub name: String,
    pub union_type: UnionType,
    /// Active unions below it, itself not counted.
    pub below: usize,
    /// Members of that day, those of the unions below included.
    pub members: i64,
    /// What is different today, in words; `None`: nothing.
    pub since: Option<String>,
    /// Whether the asker may open the union as it is today.
    pub is_open: bool,
}

/// The register on a day, below one union.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Then {
    pub day: Day,
    /// From the top of what the asker sees down to the union looked at.
    pub trail: Vec<ThenUnion>,
    /// The unions directly below it.
    pub below: Vec<ThenUnion>,
    /// Active unions of the whole branch by kind, the one looked at included.
    pub counts: Vec<(UnionType, usize)>,
    /// Unions of the branch whose founding day nobody knows: counted, though they may be younger.
    pub undated: usize,
    /// Members of the whole branch on that day.
    pub members: i64,
    /// Of these, without a day of joining: counted, though they may be younger.
    pub members_undated: i64,
    /// Of these, counted by the day on which a later change was written down, because the file that brought it names none.
    pub members_unsure: i64,
    /// The day of the first file of members, if it is later than the day asked for: who had left by then is not known.
    pub members_known_from: Option<Day>,
}

/// A union on that day and what it is today.
struct Known {
    then: UnionNow,
    now: Option<UnionNow>,
}

/// The register on `day`, below the union `under` (when `None`: the asker's own, the several that they see, or the roots).
///
/// # Errors
/// `UNI-430` for a day in the future; `UNI-404` when `under` was not in sight on that day.
pub async fn as_of(op: &OpContext, app: &App, day: Day, under: Option<&str>) -> Result<Then, AppError> {
    op.may(Action::SeeUnions)?;
    if day > op.today() {
        return Err(AppError::invalid("UNI-430", "只能查询今天和以前的组织").field("day", "日期不能晚于今天"));
    }
    let mut reader = app.store.read().await?;
    let known = known_on(reader.unions_now().await?, reader.pasts_on(day).await?, day);
    let members = members::members_on(&mut reader, day).await?;
    // The unions of the asker's scope by their keys: on that day they may have hung elsewhere.
    let mut own: Vec<(String, bool)> = Vec::new();
    if let Scope::Parts(parts) = op.scope() {
        for part in parts.as_slice() {
            let top = reader.union_at_path(part.top().as_str()).await?;
            own.extend(top.map(|top| (top.union_id, matches!(part, Part::Branch(_)))));
        }
    }
    let mut places = HashMap::new();
    for (union_id, path) in reader.places_of_unions().await? {
        places.insert(union_id, path);
    }
    let nodes: Vec<Node> = known.iter().map(|union| node(&union.then)).collect();
    let paths: Vec<Option<UnionPath>> = tree::grow(&nodes)
        .paths
        .into_iter()
        .map(|path| path.and_then(|path| UnionPath::parse(&path).ok()))
        .collect();
    let at: HashMap<&str, usize> = known
        .iter()
        .enumerate()
        .map(|(at, union)| (union.then.union_id.as_str(), at))
        .collect();
    let sight = match op.scope() {
        Scope::Everything => Scope::Everything,
        Scope::Parts(_) | Scope::Nothing => Scope::of(own.iter().filter_map(|(key, with_below)| {
            let path = paths[*at.get(key.as_str())?].clone()?;
            Some(if *with_below {
                Part::Branch(path)
            } else {
                Part::Single(path)
            })
        })),
    };
    let tops: Vec<UnionPath> = match &sight {
        Scope::Nothing => return Ok(nothing(day)),
        Scope::Everything => Vec::new(),
        Scope::Parts(parts) => parts.as_slice().iter().map(|part| part.top().clone()).collect(),
    };
    let in_sight = |path: &UnionPath| sight.contains(Some(path));
    let here = match under {
        // Whoever has one top begins there; whoever has several begins above them.
        None => tops.first().filter(|_| tops.len() == 1).cloned(),
        Some(key) => Some(
            at.get(key)
                .and_then(|at| paths[*at].clone())
                .filter(|path| in_sight(path))
                .ok_or_else(|| {
                    AppError::not_found("UNI-404", format!("{day} 没有这个工会，或不在您的数据范围内"))
                })?,
        ),
    };
    let by_path: BTreeMap<&str, usize> = paths
        .iter()
        .enumerate()
        .filter_map(|(at, path)| Some((path.as_ref()?.as_str(), at)))
        .collect();
    let names: HashMap<&str, &str> = known
        .iter()
        .filter_map(|union| union.now.as_ref())
        .map(|now| (now.union_id.as_str(), now.name.as_str()))
        .collect();
    // Dissolved unions keep their members until somebody takes them over, so they count as well.
    let sum = |counts: &HashMap<Uuid, i64>, path: Option<&UnionPath>| -> i64 {
        let of = |at: &usize| match &paths[*at] {
            Some(path) if in_sight(path) => counts.get(&known[*at].then.union_org_id).copied().unwrap_or(0),
            _ => 0,
        };
        match path {
            Some(path) => {
                let upper = path.upper_bound();
                by_path
                    .range(path.as_str()..upper.as_str())
                    .map(|(_, at)| of(at))
                    .sum()
            }
            None => by_path.values().map(of).sum(),
        }
    };
    let line = |at: usize| {
        let union = &known[at];
        let path = paths[at].as_ref();
        let members = path.map_or(0, |path| sum(&members.counts, Some(path)));
        let below = path.map_or(0, |path| {
            let upper = path.upper_bound();
            by_path
                .range(path.as_str()..upper.as_str())
                .filter(|(_, below)| **below != at && known[**below].then.is_active)
                .filter(|(_, below)| paths[**below].as_ref().is_some_and(in_sight))
                .count()
        });
        let place = places.get(&union.then.union_id).cloned().flatten();
        let place = place.and_then(|path| UnionPath::parse(&path).ok());
        ThenUnion {
            union_id: union.then.union_id.clone(),
            name: union.then.name.clone(),
            union_type: kind(&union.then),
            below,
            members,
            since: since(union, &names),
            is_open: union.now.is_some() && op.sees(place.as_ref()),
        }
    };
    let mut trail: Vec<ThenUnion> = std::iter::successors(here.clone(), UnionPath::parent)
        .take_while(|path| in_sight(path))
        .filter_map(|path| by_path.get(path.as_str()).map(|at| line(*at)))
        .collect();
    trail.reverse();
    let depth = here.as_ref().map_or(0, UnionPath::depth) + 1;
    let branch: Vec<usize> = by_path
        .iter()
        .filter(|(_, at)| known[**at].then.is_active)
        .filter(|(_, at)| {
            let path = paths[**at].as_ref().expect("it has one");
            in_sight(path) && here.as_ref().is_none_or(|here| here.contains(path))
        })
        .map(|(_, at)| *at)
        .collect();
    let below = branch
        .iter()
        .filter(|at| {
            let is_below = |path: &UnionPath| match here {
                None if !tops.is_empty() => tops.contains(path),
                _ => path.depth() == depth,
            };
            paths[**at].as_ref().is_some_and(is_below)
        })
        .map(|at| line(*at))
        .collect();
    let counts = UnionType::ALL
        .into_iter()
        .map(|wanted| {
            let of_kind = branch.iter().filter(|at| kind(&known[**at].then) == wanted);
            (wanted, of_kind.count())
        })
        .filter(|(_, count)| *count > 0)
        .collect();
    Ok(Then {
        day,
        trail,
        below,
        counts,
        undated: branch
            .iter()
            .filter(|at| known[**at].then.founded_on.is_none())
            .count(),
        members: sum(&members.counts, here.as_ref()),
        members_undated: sum(&members.undated, here.as_ref()),
        members_unsure: sum(&members.unsure, here.as_ref()),
        members_known_from: members.known_from.filter(|from| *from > day),
    })
}

fn nothing(day: Day) -> Then {
    Then {
        day,
        trail: Vec::new(),
        below: Vec::new(),
        counts: Vec::new(),
        undated: 0,
        members: 0,
        members_undated: 0,
        members_unsure: 0,
        members_known_from: None,
    }
}

/// Every union that was there on a day, in order of keys, as it was then.
fn known_on(now: Vec<UnionNow>, pasts: Vec<UnionPast>, day: Day) -> Vec<Known> {
    let pasts = pasts
        .into_iter()
        .map(|past| (past.union_org_id, UnionNow::from(past)));
    let mut pasts: HashMap<Uuid, UnionNow> = pasts.collect();
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    for now in now {
        let then = pasts.remove(&now.union_org_id).unwrap_or_else(|| now.clone());
        known.insert(now.union_id.clone(), Known { then, now: Some(now) });
    }
    // A file has taken these out of the register since.
    for then in pasts.into_values() {
        known
            .entry(then.union_id.clone())
            .or_insert(Known { then, now: None });
    }
    known
        .into_values()
        .filter(|union| union.then.founded_on.is_none_or(|founded| founded <= day.naive()))
        .collect()
}

fn node(union: &UnionNow) -> Node {
    Node {
        union_id: union.union_id.clone(),
        parent_id: union.parent_id.clone(),
        is_general: kind(union) == UnionType::General,
        county: union.county,
        town: union.town,
        path: None,
    }
}

fn kind(union: &UnionNow) -> UnionType {
    UnionType::from_code(&union.union_type).unwrap_or(UnionType::Unknown)
}

/// What is different today.
fn since(union: &Known, names: &HashMap<&str, &str>) -> Option<String> {
    let then = &union.then;
    let Some(now) = &union.now else {
        return Some("已不在台账中".to_owned());
    };
    let mut told = Vec::new();
    if then.is_active && !now.is_active {
        told.push("已撤销".to_owned());
    }
    if then.name != now.name {
        told.push(format!("现名“{}”", now.name));
    }
    if then.parent_id != now.parent_id {
        let parent = now.parent_id.as_deref();
        let parent = parent.map(|key| names.get(key).copied().unwrap_or(key));
        told.push(match parent {
            Some(parent) => format!("现属“{parent}”"),
            None => "现在没有登记上级".to_owned(),
        });
    }
    if then.union_type != now.union_type {
        told.push(format!("现为{}", kind(now).label()));
    }
    (!told.is_empty()).then(|| told.join("，"))
}
