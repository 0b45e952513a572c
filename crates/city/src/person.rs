//! True persons and where they are insured: each made from its number alone.

use codes::resident_id::ResidentId;

use crate::compose;
use crate::dice::Topic;
use crate::employer::mobile;
use crate::traits::{Entity, is_in_business};
use crate::world::World;

/// A true person.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) id: ResidentId,
    pub(crate) phone: String,
}

/// Who pays a person's insurance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Payer {
    /// An employer of the city by its number (an enterprise of the register, or a ghost).
    Employer(u32),
    /// The head office elsewhere of branch `e`, or its platform's labour firm: a code that no register here holds.
    Head(u32),
}

/// One true insurance row (参保关系).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cover {
    /// 0 or 1, for [`World::ins_id`].
    pub(crate) slot: u32,
    pub(crate) payer: Payer,
    /// Days since 1970-01-01.
    pub(crate) start: i32,
    /// Last day, if it has ended.
    pub(crate) end: Option<i32>,
}

impl Cover {
    /// Whether the row counts as insured now on a day.
    pub(crate) fn is_now(&self, as_of: i32) -> bool {
        self.start <= as_of && self.end.is_none_or(|end| end >= as_of)
    }
}

impl World {
    /// Person number `p`.
    pub(crate) fn person(&self, p: u32) -> Person {
        let (area, birth, sequence) = self.id_parts(p);
        let mut dice = self.dice(Topic::Person, p, 0);
        let name = self.words.person(&mut dice, sequence % 2 == 1);
        Person {
            name,
            id: compose::resident_id(area, compose::day(birth), sequence),
            phone: mobile(&mut dice),
        }
    }

    /// The insurance rows of person `p`, staff number `k` of `group`: none, one or two.
    pub(crate) fn covers_of(&self, p: u32, group: u32, k: u32) -> impl Iterator<Item = Cover> + use<> {
        let (first, second) = self.cover_pair(p, group, k);
        first.into_iter().chain(second)
    }

    fn cover_pair(&self, p: u32, group: u32, k: u32) -> (Option<Cover>, Option<Cover>) {
        let c = self.plan.classes;
        let e = self.plan.owner(group);
        if e >= c.ghosts {
            return (None, None);
        }
        let mut dice = self.dice(Topic::Insurance, p, 0);
        let is_story = self.is_story(e);
        let traits = self.traits(e);
        if e >= c.all && !self.is_story_ghost(e) && !self.dice(Topic::Insurance, e, 1).chance(0.6) {
            return (None, None);
        }
        let may_be_member = e < c.union || e >= c.all;
        let weights: &[f64] = if is_story {
            &[1.0]
        } else if !is_in_business(traits.status) && !traits.status.is_empty() {
            &[15.0, 70.0, 15.0]
        } else if may_be_member && self.dice(Topic::Insurance, e, 2).chance(0.02) {
            &[55.0, 3.0, 42.0]
        } else if may_be_member {
            &[91.5, 3.0, 5.5]
        } else {
            &[95.0, 5.0]
        };
        let fate = dice.weighted(weights);
        if fate == 2 {
            return (None, None);
        }
        let (_, birth, _) = self.id_parts(p);
        let earliest = traits.founded.max(birth + 18 * 366).min(self.as_of - 40);
        let start = compose::month_start(
            earliest + (dice.unit().sqrt() * f64::from(self.as_of - 35 - earliest)) as i32,
        );
        let end = (fate == 1).then(|| start + dice.below((self.as_of - start).max(1) as u64) as i32);
        let first = Cover {
            slot: 0,
            payer: self.payer(e, k),
            start,
            end,
        };
        if is_story || !dice.chance(0.03) {
            return (Some(first), None);
        }
        (Some(first), Some(self.second_cover(&mut dice, e, first)))
    }

    /// A second row: an earlier time at the same employer, or another employer (dirt D24).
    fn second_cover(&self, dice: &mut crate::dice::Dice, e: u32, first: Cover) -> Cover {
        let c = self.plan.classes;
        if dice.chance(0.3) {
            let end = first.start - 1 - dice.below(300) as i32;
            return Cover {
                slot: 1,
                payer: first.payer,
                start: compose::month_start(end - 30 - dice.below(900) as i32),
                end: Some(end),
            };
        }
        let mut other = dice.below(u64::from(c.small)) as u32;
        if other == c.beside || other == e {
            other = (other + 1) % c.small;
        }
        let start = compose::month_start(first.start - dice.below(1500) as i32);
        let end = dice
            .chance(0.5)
            .then(|| (start + dice.below(900) as i32).min(self.as_of - 1));
        Cover {
            slot: 1,
            payer: Payer::Employer(other),
            start,
            end,
        }
    }

    /// Who pays for staff `k` of `e`: the firm, a platform's labour firm (D13), a dispatch agency (D12), the group's head
    /// (D11), a branch's head (D10).
    fn payer(&self, e: u32, k: u32) -> Payer {
        let c = self.plan.classes;
        if self.is_story(e) || e >= c.all {
            return Payer::Employer(e);
        }
        if self.platform_of(e).is_some() {
            let is_rider = self.dice(Topic::Platform, e, k + 2).chance(0.85);
            return if is_rider {
                Payer::Head(e)
            } else {
                Payer::Employer(e)
            };
        }
        let mut dice = self.dice(Topic::Cover, e, 0);
        let draw = dice.unit();
        let whole = dice.unit();
        if draw < 0.03 && !self.agencies.is_empty() {
            let agency = self.agencies[dice.below(self.agencies.len() as u64) as usize];
            let share = 0.3 + 0.6 * whole;
            let is_lent = self.dice(Topic::Cover, e, k + 1).chance(share);
            return Payer::Employer(if is_lent { agency } else { e });
        }
        if draw < 0.05 && e < c.union {
            let head = dice.below(u64::from(c.union)) as u32;
            let is_paid = is_in_business(self.traits(head).status);
            return Payer::Employer(if is_paid { head } else { e });
        }
        let is_branch = draw > 0.6 && self.traits(e).entity == Entity::Branch;
        match self.head_of(e) {
            Some(head) if is_branch => Payer::Employer(head),
            None if is_branch => Payer::Head(e),
            _ => Payer::Employer(e),
        }
    }

    /// The `ins_id` that a membership of person `p` should link to: insured now before ended, then the latest start,
    /// then the smallest id.
    pub(crate) fn true_ins_id(&self, p: u32, group: u32, k: u32) -> Option<String> {
        self.covers_of(p, group, k)
            .map(|cover| {
                (
                    cover.is_now(self.as_of),
                    cover.start,
                    std::cmp::Reverse(self.ins_id(p, cover.slot)),
                )
            })
            .max()
            .map(|(.., id)| id.0)
    }
}
