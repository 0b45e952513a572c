//! The clean truth's skeleton: which unions there are, whose they are, how many staff and members each has. Everything
//! that needs more than one thing at a time is settled here; the rest of a thing is made from its own number alone.

use crate::dice::{Dice, Topic};
use crate::places::Places;
use crate::size::Size;

mod people;

/// What a union of the register is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnionKind {
    /// City federation (市总工会).
    City,
    /// County federation (区县总工会); the county's position.
    County(usize),
    /// Town federation (镇街总工会).
    Town,
    /// Industry union of a county (产业工会); its number in the county.
    Industry(usize),
    /// Sector federation (行业工会联合会).
    Federation,
    /// Joint union of a village, park or building (联合工会); its cover list's position.
    Joint(usize),
    /// Organ or institution: its employer stands in no market register.
    Organ,
    /// Union of an enterprise that the market register does not hold.
    Ghost,
    /// Union of one enterprise of the register.
    Single,
    /// A second union of an enterprise that has one already (dirt D19).
    Second,
}

/// One union, without its words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct UnionPlan {
    pub(crate) kind: UnionKind,
    pub(crate) town: usize,
    /// The union above it.
    pub(crate) parent: u32,
    /// Membership rows that name it.
    pub(crate) members: u32,
    /// Number of the staff group its members come from (enterprise, ghost or organ); see [`Plan::staff`].
    pub(crate) group: u32,
    /// The first of its members among that group's staff.
    pub(crate) first: u32,
}

/// Why an enterprise stands beside another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Same brand, often the same owner, phone or address; another trade.
    Family,
    /// The very same name in another county (dirt D34).
    Namesake,
    /// An older, cancelled registration of the same firm.
    Twin,
}

/// The numbering of enterprises: classes stand one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Classes {
    /// `0..union` have a union.
    pub(crate) union: u32,
    /// `union..beside` stand beside one that has (or beside a ghost).
    pub(crate) beside: u32,
    /// `beside..big` have 25 insured or so and no union of their own; the first is the story's employer.
    pub(crate) big: u32,
    /// `big..small` have 1–24 insured.
    pub(crate) small: u32,
    /// `small..all` have nobody insured.
    pub(crate) all: u32,
    /// `all..ghosts` have a union but stand in no register.
    pub(crate) ghosts: u32,
    /// `ghosts..organs` are organs and institutions.
    pub(crate) organs: u32,
}

/// The skeleton.
pub(crate) struct Plan {
    pub(crate) classes: Classes,
    pub(crate) unions: Vec<UnionPlan>,
    /// For the enterprises of class *beside*: beside whom (an enterprise or ghost number) and why.
    pub(crate) beside: Vec<(u32, Beside)>,
    /// Town of every staffed enterprise, ghost and organ, by group number.
    pub(crate) towns: Vec<u16>,
    /// Running sums: staff of group `g` are the persons `staff[g]..staff[g + 1]`.
    pub(crate) staff: Vec<u32>,
    /// The enterprises that each joint union covers.
    pub(crate) covers: Vec<Vec<u32>>,
}

/// Shares of base unions (the tree aside). About a fifth have no enterprise in the market register.
const ORGANS: f64 = 0.105;
const JOINT: f64 = 0.05;
const FEDERATIONS: f64 = 0.012;
const GHOSTS: f64 = 0.04;
const SECONDS: f64 = 0.02;
/// Share of the register with 25 insured or so and no union, and with 1–24 insured.
const BIG: f64 = 0.0066;
const SMALL: f64 = 0.083;

impl Plan {
    /// Settles everything that hangs together.
    pub(crate) fn new(seed: u64, size: Size, places: &Places) -> Self {
        let mut dice = Dice::new(seed, Topic::Plan, 0, 0);
        let tree = 1 + places.counties.len() + places.towns.len();
        let industries = places.counties.len().min(size.unions as usize / 60);
        let base = (size.unions as usize).saturating_sub(tree + industries);
        let share = |part: f64| ((base as f64 * part).round() as usize).max(1);
        let (organs, joint, federations) = (share(ORGANS), share(JOINT), share(FEDERATIONS));
        let (ghosts, seconds) = (share(GHOSTS), share(SECONDS));
        let single = base - organs - joint - federations - ghosts - seconds;

        let beside = plan_beside(&mut dice, single as u32, ghosts as u32, size.enterprises);
        let classes = classes_of(size, single, beside.len(), ghosts, organs);
        let towns = plan_towns(&mut dice, classes, &beside, places);
        let mut plan = Self {
            classes,
            unions: Vec::with_capacity(size.unions as usize),
            beside,
            towns,
            staff: Vec::new(),
            covers: Vec::new(),
        };
        plan.lay_tree(places, industries);
        plan.lay_base(
            &mut dice,
            places,
            federations,
            joint,
            organs,
            ghosts,
            single,
            seconds,
        );
        let mut staff = plan.staff_without_union(&mut dice);
        plan.cover(&mut dice, &staff);
        plan.share_members(&mut dice, size.members, &mut staff);
        let mut sum = 0;
        plan.staff = std::iter::once(0)
            .chain(staff.iter().map(|count| {
                sum += count;
                sum
            }))
            .collect();
        plan
    }

    /// Number of the staff group of enterprise, ghost or organ `e`; none for an enterprise without staff.
    pub(crate) fn group(&self, e: u32) -> Option<u32> {
        let c = self.classes;
        if e < c.small {
            Some(e)
        } else if e < c.all {
            None
        } else {
            Some(e - (c.all - c.small))
        }
    }

    /// The enterprise, ghost or organ of a staff group.
    pub(crate) fn owner(&self, group: u32) -> u32 {
        if group < self.classes.small {
            group
        } else {
            group + (self.classes.all - self.classes.small)
        }
    }

    /// How many staff a group has.
    pub(crate) fn staff_of(&self, group: u32) -> u32 {
        self.staff[group as usize + 1] - self.staff[group as usize]
    }

    /// How many persons the staff groups hold.
    pub(crate) fn persons(&self) -> u32 {
        self.staff.last().copied().unwrap_or(0)
    }

    fn lay_tree(&mut self, places: &Places, industries: usize) {
        let no_group = u32::MAX;
        let node = |kind, town, parent| UnionPlan {
            kind,
            town,
            parent,
            members: 0,
            group: no_group,
            first: 0,
        };
        let first_town = |county: usize| {
            places
                .towns
                .iter()
                .position(|town| town.county == county)
                .unwrap_or(0)
        };
        self.unions.push(node(UnionKind::City, 0, u32::MAX));
        for county in 0..places.counties.len() {
            self.unions
                .push(node(UnionKind::County(county), first_town(county), 0));
        }
        for (town, place) in places.towns.iter().enumerate() {
            self.unions
                .push(node(UnionKind::Town, town, 1 + place.county as u32));
        }
        for at in 0..industries {
            let county = at % places.counties.len();
            self.unions.push(node(
                UnionKind::Industry(at),
                first_town(county),
                1 + county as u32,
            ));
        }
    }

    fn lay_base(
        &mut self,
        dice: &mut Dice,
        places: &Places,
        federations: usize,
        joint: usize,
        organs: usize,
        ghosts: usize,
        single: usize,
        seconds: usize,
    ) {
        let c = self.classes;
        let town_node = |town: usize| (1 + places.counties.len() + town) as u32;
        for _ in 0..federations {
            let town = places.town_at(dice.unit());
            let parent = 1 + places.towns[town].county as u32;
            self.unions.push(UnionPlan {
                kind: UnionKind::Federation,
                town,
                parent,
                members: 0,
                group: u32::MAX,
                first: 0,
            });
        }
        for at in 0..joint {
            let town = places.town_at(dice.unit());
            self.unions.push(UnionPlan {
                kind: UnionKind::Joint(at),
                town,
                parent: town_node(town),
                members: 0,
                group: u32::MAX,
                first: 0,
            });
        }
        let owned = (0..organs)
            .map(|at| (UnionKind::Organ, c.ghosts + at as u32))
            .chain((0..ghosts).map(|at| (UnionKind::Ghost, c.all + at as u32)))
            .chain((0..single).map(|at| (UnionKind::Single, at as u32)));
        for (kind, employer) in owned {
            let group = self.group(employer).expect("employers with a union have staff");
            let town = usize::from(self.towns[group as usize]);
            self.unions.push(UnionPlan {
                kind,
                town,
                parent: town_node(town),
                members: 0,
                group,
                first: 0,
            });
        }
        let first_industry = 1 + places.counties.len() + places.towns.len();
        let industries = (self.unions.len() - first_industry).min(places.counties.len());
        for at in 0..seconds {
            // Seconds belong to the first firms in a shuffled sense: every 7th, so that they spread over the towns.
            let employer = (at * 7 + 3) % single.max(1);
            let town = usize::from(self.towns[employer]);
            let parent = if industries > 0 && at % 2 == 0 {
                (first_industry + places.towns[town].county % industries) as u32
            } else {
                town_node(town)
            };
            self.unions.push(UnionPlan {
                kind: UnionKind::Second,
                town,
                parent,
                members: 0,
                group: employer as u32,
                first: 0,
            });
        }
    }
}

fn classes_of(size: Size, single: usize, beside: usize, ghosts: usize, organs: usize) -> Classes {
    let part = |share: f64| (f64::from(size.enterprises) * share).round() as u32;
    let union = single as u32;
    let beside = union + beside as u32;
    let big = beside + part(BIG).max(2);
    let small = (big + part(SMALL)).min(size.enterprises);
    let all = size.enterprises;
    Classes {
        union,
        beside,
        big,
        small,
        all,
        ghosts: all + ghosts as u32,
        organs: all + ghosts as u32 + organs as u32,
    }
}

/// Families, namesakes and older registrations of the firms that have a union, and families of half the ghosts.
fn plan_beside(dice: &mut Dice, single: u32, ghosts: u32, enterprises: u32) -> Vec<(u32, Beside)> {
    let mut beside = Vec::new();
    for e in 0..single {
        if dice.chance(0.08) {
            beside.push((e, Beside::Family));
            if dice.chance(0.3) {
                beside.push((e, Beside::Family));
            }
        }
        if dice.chance(0.01) {
            beside.push((e, Beside::Namesake));
        }
        if dice.chance(0.01) {
            beside.push((e, Beside::Twin));
        }
    }
    // The first ghost is the story's: its sibling is the story's employer itself.
    for ghost in 1..ghosts {
        if dice.chance(0.5) {
            beside.push((enterprises + ghost, Beside::Family));
        }
    }
    beside
}

fn plan_towns(dice: &mut Dice, c: Classes, beside: &[(u32, Beside)], places: &Places) -> Vec<u16> {
    let groups = (c.small + (c.organs - c.all)) as usize;
    let mut towns: Vec<u16> = (0..groups).map(|_| places.town_at(dice.unit()) as u16).collect();
    let story = places.story_town() as u16;
    towns[c.beside as usize] = story;
    towns[c.small as usize] = story;
    for (at, (whose, why)) in beside.iter().enumerate() {
        let base = if *whose < c.small {
            *whose
        } else {
            *whose - (c.all - c.small)
        };
        let base_town = towns[base as usize];
        let own = &mut towns[c.union as usize + at];
        match why {
            Beside::Twin => *own = base_town,
            Beside::Family if dice.chance(0.7) => *own = base_town,
            Beside::Family => {}
            Beside::Namesake => {
                while places.towns[usize::from(*own)].county == places.towns[usize::from(base_town)].county {
                    *own = places.town_at(dice.unit()) as u16;
                }
            }
        }
    }
    towns
}
