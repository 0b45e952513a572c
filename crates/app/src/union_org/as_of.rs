//! The register as it was on a past day (历史组织): who hung under whom then, by what was known of that day.
//!
//! Every change of a union's name, kind, parent, industry line, place or standing keeps what it was until that day; with the rows of today
//! these make the tree of any day, by the same rules as the tree of today. Whoever asks sees what hung under their own union on that day.
//! Of a past day's register no more is kept than that: plates, 法人资格 and covers have their own days on their own pages.

mod export;
mod members;

pub use export::{AsOfFile, as_of_file};

use std::collections::{BTreeMap, HashMap, HashSet};

use codes::time::Day;
use domain::permission::Action;
use domain::scope::{Part, Scope, UnionPath};
use domain::union_org::UnionType;
use serde::Serialize;
use store::Reader;
use store::union_org::change::{UnionNow, UnionPast};
use uuid::Uuid;

use self::members::ThenMembers;
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

/// The register on a day, below one union or in one industry line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Then {
    pub day: Day,
    /// From the top of what the asker sees down to the union looked at; of a line the union that led it.
    pub trail: Vec<ThenUnion>,
    /// The unions directly below it.
    pub below: Vec<ThenUnion>,
    /// Active unions of the whole branch by kind, the one looked at included; of a line without the one that led it.
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
    /// Unions that led a line on that day with a union in sight: key and name, by name.
    pub leaders: Vec<(String, String)>,
}

/// A union on that day and what it is today.
pub(crate) struct Known {
    pub then: UnionNow,
    pub now: Option<UnionNow>,
}

/// The register on `day`, below the union `under` (when `None`: the asker's own, the several that they see, or the roots).
///
/// # Errors
/// `UNI-430` for a day in the future; `UNI-404` when `under` was not in sight on that day.
pub async fn as_of(op: &OpContext, app: &App, day: Day, under: Option<&str>) -> Result<Then, AppError> {
    let tree = DayTree::on(op, app, day).await?;
    let here = tree.here(under)?;
    let branch = tree.branch(here.as_ref());
    let depth = here.as_ref().map_or(0, UnionPath::depth) + 1;
    let below = branch.iter().filter(|at| {
        let is_below = |path: &UnionPath| match here {
            None if !tree.tops.is_empty() => tree.tops.contains(path),
            _ => path.depth() == depth,
        };
        tree.paths[**at].as_ref().is_some_and(is_below)
    });
    let mut trail: Vec<ThenUnion> = std::iter::successors(here.clone(), UnionPath::parent)
        .take_while(|path| tree.sight.contains(Some(path)))
        .filter_map(|path| tree.by_path.get(path.as_str()).map(|at| tree.line(*at)))
        .collect();
    trail.reverse();
    // Dissolved unions keep their members until somebody takes them over, so they count as well.
    let all: Vec<usize> = tree.within(here.as_ref()).collect();
    Ok(Then {
        trail,
        below: below.map(|at| tree.line(*at)).collect(),
        ..tree.counted(&branch, &all)
    })
}

/// The industry line of a union on `day`: whoever belonged to it directly, and how many they all were, each once.
///
/// # Errors
/// `UNI-430` for a day in the future; `UNI-404` when no union of that line was in sight on that day.
pub async fn as_of_line(op: &OpContext, app: &App, day: Day, industry: &str) -> Result<Then, AppError> {
    let tree = DayTree::on(op, app, day).await?;
    let all = tree.led_by(industry)?;
    let of_line = |at: &usize| tree.known[*at].then.industry_parent_id.as_deref() == Some(industry);
    let active: Vec<usize> = all
        .iter()
        .copied()
        .filter(|at| tree.known[*at].then.is_active)
        .collect();
    let leader = tree.at.get(industry).filter(|at| tree.is_in_sight(**at));
    Ok(Then {
        trail: leader.map(|at| tree.line(*at)).into_iter().collect(),
        below: active
            .iter()
            .filter(|at| of_line(at))
            .map(|at| tree.line(*at))
            .collect(),
        ..tree.counted(&active, &all)
    })
}

/// The unions of a day as one asker sees them.
pub(crate) struct DayTree<'a> {
    op: &'a OpContext,
    day: Day,
    /// In order of keys.
    pub known: Vec<Known>,
    /// Where each hung, in the same order.
    pub paths: Vec<Option<UnionPath>>,
    /// Their numbers by key.
    at: HashMap<String, usize>,
    /// Their numbers by place, in the order of the tree.
    by_path: BTreeMap<String, usize>,
    /// Where unions hang today.
    places: HashMap<String, Option<String>>,
    members: ThenMembers,
    /// What the asker saw of the tree of that day.
    pub sight: Scope,
    /// The unions at its top; none where everything is in sight.
    tops: Vec<UnionPath>,
}

impl DayTree<'_> {
    async fn on<'a>(op: &'a OpContext, app: &App, day: Day) -> Result<DayTree<'a>, AppError> {
        DayTree::read(op, &mut app.store.read().await?, day).await
    }

    /// The tree of a day, in one moment with whatever else the reader is asked.
    pub async fn read<'a>(op: &'a OpContext, reader: &mut Reader, day: Day) -> Result<DayTree<'a>, AppError> {
        op.may(Action::SeeUnions)?;
        if day > op.today() {
            return Err(
                AppError::invalid("UNI-430", "只能查询今天和以前的组织").field("day", "日期不能晚于今天")
            );
        }
        let known = known_on(reader.unions_now().await?, reader.pasts_on(day).await?, day);
        let members = members::members_on(reader, day).await?;
        // The unions of the asker's scope by their keys: on that day they may have hung elsewhere.
        let mut own: Vec<(String, bool)> = Vec::new();
        if let Scope::Parts(parts) = op.scope() {
            for part in parts.as_slice() {
                let top = reader.union_at_path(part.top().as_str()).await?;
                own.extend(top.map(|top| (top.union_id, matches!(part, Part::Branch(_)))));
            }
        }
        let places = reader.places_of_unions().await?.into_iter().collect();
        let nodes: Vec<Node> = known.iter().map(|union| node(&union.then)).collect();
        let paths: Vec<Option<UnionPath>> = tree::grow(&nodes)
            .paths
            .into_iter()
            .map(|path| path.and_then(|path| UnionPath::parse(&path).ok()))
            .collect();
        let numbered = known.iter().enumerate();
        let at: HashMap<String, usize> = numbered
            .map(|(at, union)| (union.then.union_id.clone(), at))
            .collect();
        let sight = match op.scope() {
            Scope::Everything => Scope::Everything,
            Scope::Parts(_) | Scope::Nothing => Scope::of(own.iter().filter_map(|(key, with_below)| {
                let path = paths[*at.get(key)?].clone()?;
                Some(if *with_below {
                    Part::Branch(path)
                } else {
                    Part::Single(path)
                })
            })),
        };
        let tops = match &sight {
            Scope::Nothing | Scope::Everything => Vec::new(),
            Scope::Parts(parts) => parts.as_slice().iter().map(|part| part.top().clone()).collect(),
        };
        let placed = paths.iter().enumerate();
        let by_path = placed
            .filter_map(|(at, path)| Some((path.as_ref()?.as_str().to_owned(), at)))
            .collect();
        Ok(DayTree {
            op,
            day,
            known,
            paths,
            at,
            by_path,
            places,
            members,
            sight,
            tops,
        })
    }

    pub fn is_in_sight(&self, at: usize) -> bool {
        self.paths[at]
            .as_ref()
            .is_some_and(|path| self.sight.contains(Some(path)))
    }

    /// Where a union in sight of that day hung.
    ///
    /// # Errors
    /// `UNI-404` when it was not there, or not in sight.
    pub fn place_of(&self, key: &str) -> Result<UnionPath, AppError> {
        let at = self.at.get(key).filter(|at| self.is_in_sight(**at));
        at.and_then(|at| self.paths[*at].clone())
            .ok_or_else(|| self.missing())
    }

    /// Members of one union alone.
    pub fn own_members(&self, at: usize) -> i64 {
        self.sum(&self.members.counts, [at])
    }

    /// Whether the asker may open a union as it is today.
    pub fn is_open(&self, at: usize) -> bool {
        let union = &self.known[at];
        let place = self.places.get(&union.then.union_id).cloned().flatten();
        let place = place.and_then(|path| UnionPath::parse(&path).ok());
        union.now.is_some() && self.op.sees(place.as_ref())
    }

    /// The place to begin at: whoever has one top begins there; whoever has several begins above them.
    fn here(&self, under: Option<&str>) -> Result<Option<UnionPath>, AppError> {
        let Some(key) = under else {
            return Ok(self.tops.first().filter(|_| self.tops.len() == 1).cloned());
        };
        Ok(Some(self.place_of(key)?))
    }

    fn missing(&self) -> AppError {
        let words = format!("{} 没有这个工会，或不在您的数据范围内", self.day);
        AppError::not_found("UNI-404", words)
    }

    /// The unions in sight at a place and below it, in the order of the tree; all of them without a place.
    fn within(&self, here: Option<&UnionPath>) -> impl Iterator<Item = usize> {
        let span = match here {
            Some(path) => self.by_path.range(path.as_str().to_owned()..path.upper_bound()),
            None => self.by_path.range(String::new()..),
        };
        span.map(|(_, at)| *at).filter(|at| self.is_in_sight(*at))
    }

    /// The active ones of them.
    fn branch(&self, here: Option<&UnionPath>) -> Vec<usize> {
        self.within(here)
            .filter(|at| self.known[*at].then.is_active)
            .collect()
    }

    /// The unions in sight of an industry line, in the order of the tree: those linked to its top or to one of the line, and whatever hung
    /// below them. Its top is not among them.
    fn led_by(&self, industry: &str) -> Result<Vec<usize>, AppError> {
        let mut linked: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, union) in self.known.iter().enumerate() {
            if let Some(above) = union.then.industry_parent_id.as_deref() {
                linked.entry(above).or_default().push(at);
            }
        }
        let mut line: HashSet<usize> = HashSet::new();
        let mut waiting = vec![industry];
        while let Some(above) = waiting.pop() {
            for at in linked.get(above).into_iter().flatten() {
                if line.insert(*at) {
                    waiting.push(self.known[*at].then.union_id.as_str());
                }
            }
        }
        let mut all: HashSet<usize> = line.clone();
        for path in line.iter().filter_map(|at| self.paths[*at].as_ref()) {
            all.extend(self.within(Some(path)));
        }
        let top = self.at.get(industry);
        let found: Vec<usize> = self
            .within(None)
            .filter(|at| all.contains(at) && Some(at) != top)
            .collect();
        if found.is_empty() && !top.is_some_and(|at| self.is_in_sight(*at)) {
            return Err(self.missing());
        }
        Ok(found)
    }

    fn sum(&self, counts: &HashMap<Uuid, i64>, unions: impl IntoIterator<Item = usize>) -> i64 {
        let of = |at: usize| {
            counts
                .get(&self.known[at].then.union_org_id)
                .copied()
                .unwrap_or(0)
        };
        unions.into_iter().map(of).sum()
    }

    fn line(&self, at: usize) -> ThenUnion {
        let union = &self.known[at];
        let path = self.paths[at].as_ref();
        ThenUnion {
            union_id: union.then.union_id.clone(),
            name: union.then.name.clone(),
            union_type: kind(&union.then),
            below: path.map_or(0, |path| {
                let branch = self.branch(Some(path));
                branch.iter().filter(|below| **below != at).count()
            }),
            members: path.map_or(0, |path| self.sum(&self.members.counts, self.within(Some(path)))),
            since: self.since(union),
            is_open: self.is_open(at),
        }
    }

    /// What a whole answer counts: `active` unions by kind, the members of `all`. Trail and lines are the caller's.
    fn counted(&self, active: &[usize], all: &[usize]) -> Then {
        let counts = UnionType::ALL
            .into_iter()
            .map(|wanted| {
                let of_kind = active.iter().filter(|at| kind(&self.known[**at].then) == wanted);
                (wanted, of_kind.count())
            })
            .filter(|(_, count)| *count > 0)
            .collect();
        let sum = |counts: &HashMap<Uuid, i64>| self.sum(counts, all.iter().copied());
        let undated = active
            .iter()
            .filter(|at| self.known[**at].then.founded_on.is_none());
        Then {
            day: self.day,
            trail: Vec::new(),
            below: Vec::new(),
            counts,
            undated: undated.count(),
            members: sum(&self.members.counts),
            members_undated: sum(&self.members.undated),
            members_unsure: sum(&self.members.unsure),
            members_known_from: self.members.known_from.filter(|from| *from > self.day),
            leaders: self.leaders(),
        }
    }

    fn leaders(&self) -> Vec<(String, String)> {
        let led = self
            .within(None)
            .filter_map(|at| self.known[at].then.industry_parent_id.as_deref());
        let keys: HashSet<&str> = led.collect();
        let mut leaders: Vec<(String, String)> = keys
            .into_iter()
            .filter_map(|key| Some((key.to_owned(), self.known[*self.at.get(key)?].then.name.clone())))
            .collect();
        leaders.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
        leaders
    }

    /// What is different today.
    fn since(&self, union: &Known) -> Option<String> {
        let then = &union.then;
        let Some(now) = &union.now else {
            return Some("已不在台账中".to_owned());
        };
        let name = |key: &str| {
            let now = self.at.get(key).and_then(|at| self.known[*at].now.as_ref());
            now.map_or_else(|| key.to_owned(), |now| now.name.clone())
        };
        let mut told = Vec::new();
        if then.is_active && !now.is_active {
            told.push("已撤销".to_owned());
        }
        if then.name != now.name {
            told.push(format!("现名“{}”", now.name));
        }
        if then.parent_id != now.parent_id {
            told.push(match now.parent_id.as_deref() {
                Some(parent) => format!("现属“{}”", name(parent)),
                None => "现在没有登记上级".to_owned(),
            });
        }
        if then.industry_parent_id != now.industry_parent_id {
            told.push(match now.industry_parent_id.as_deref() {
                Some(industry) => format!("现属产业线“{}”", name(industry)),
                None => "现在不属于产业线".to_owned(),
            });
        }
        if then.union_type != now.union_type {
            told.push(format!("现为{}", kind(now).label()));
        }
        (!told.is_empty()).then(|| told.join("，"))
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

pub(crate) fn kind(union: &UnionNow) -> UnionType {
    UnionType::from_code(&union.union_type).unwrap_or(UnionType::Unknown)
}
