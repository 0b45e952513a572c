//! Staff, cover lists and memberships: the numbers of people behind the skeleton.

use super::{Beside, Plan, UnionKind};
use crate::dice::Dice;

impl Plan {
    /// Staff of enterprises without a union; zero for the others, whose staff follows from their members.
    pub(super) fn staff_without_union(&self, dice: &mut Dice) -> Vec<u32> {
        let c = self.classes;
        let groups = self.towns.len();
        let mut staff = vec![0_u32; groups];
        for e in c.union..c.small {
            staff[e as usize] = if e == c.beside {
                STORY_STAFF
            } else if e < c.beside {
                self.staff_beside(dice, e)
            } else if e < c.big {
                26 + dice.log_normal(2.8, 1.1).min(3000.0) as u32
            } else {
                1 + dice.log_normal(0.8, 0.95).min(23.0) as u32
            };
        }
        staff
    }

    fn staff_beside(&self, dice: &mut Dice, e: u32) -> u32 {
        match self.beside[(e - self.classes.union) as usize].1 {
            Beside::Twin => 0,
            _ if dice.chance(0.15) => 26 + dice.log_normal(2.6, 0.9).min(800.0) as u32,
            _ if dice.chance(0.3) => 0,
            _ => 1 + dice.below(20) as u32,
        }
    }

    /// Gives every joint union the small firms of its town that it covers; a firm is covered once.
    pub(super) fn cover(&mut self, dice: &mut Dice, staff: &[u32]) {
        let c = self.classes;
        let town_count = self
            .towns
            .iter()
            .copied()
            .max()
            .map_or(0, |last| usize::from(last) + 1);
        let mut free: Vec<Vec<u32>> = vec![Vec::new(); town_count];
        for e in (c.beside + 1)..c.small {
            // Some firms of 25 and more stand in a cover list too: they must not be raised by found-25.
            if e >= c.big || dice.chance(0.06) {
                free[usize::from(self.towns[e as usize])].push(e);
            }
        }
        for list in &mut free {
            for at in (1..list.len()).rev() {
                list.swap(at, dice.below(at as u64 + 1) as usize);
            }
        }
        for at in 0..self.unions.len() {
            if let UnionKind::Joint(_) = self.unions[at].kind {
                let pool = &mut free[self.unions[at].town];
                let wish = 4 + dice.log_normal(2.0, 0.8).min(50.0) as usize;
                let take = wish.min(pool.len() / 2);
                let covered: Vec<u32> = pool.split_off(pool.len() - take);
                let people: u32 = covered.iter().map(|e| staff[*e as usize]).sum();
                self.unions[at].members = people * 7 / 10;
                self.covers.push(covered);
            }
        }
    }

    /// Shares the wanted number of memberships out (60 % of unions below 50, 1 % above 2,000) and derives the staff.
    pub(super) fn share_members(&mut self, dice: &mut Dice, wanted: u32, staff: &mut [u32]) {
        let sized: Vec<usize> = (0..self.unions.len())
            .filter(|at| self.unions[*at].group != u32::MAX)
            .collect();
        let drawn: Vec<f64> = sized
            .iter()
            .map(|_| 2.0 + dice.log_normal(3.3, 1.7).min(9000.0))
            .collect();
        let fixed: u32 = self.unions.iter().map(|union| union.members).sum();
        let rest = wanted.saturating_sub(fixed);
        let factor = f64::from(rest) / drawn.iter().sum::<f64>().max(1.0);
        let mut given = 0;
        for (at, draw) in sized.iter().zip(&drawn) {
            let members = ((draw * factor) as u32).max(1).min(rest - given);
            self.unions[*at].members = members;
            given += members;
        }
        self.spread(&sized, rest - given);
        for at in sized {
            let union = &mut self.unions[at];
            let group = union.group as usize;
            union.first = staff[group];
            staff[group] += staff_for(dice, union.members);
        }
    }

    /// Hands the rounding's remainder out one by one.
    fn spread(&mut self, sized: &[usize], mut rest: u32) {
        for at in sized.iter().cycle() {
            if rest == 0 {
                break;
            }
            self.unions[*at].members += 1;
            rest -= 1;
        }
    }
}

/// Insured staff of the story's employer.
pub(crate) const STORY_STAFF: u32 = 60;

/// How many staff stand behind so many members: mostly nine in ten have joined, some unions have few (rule join-more).
fn staff_for(dice: &mut Dice, members: u32) -> u32 {
    let rate = match dice.weighted(&[80.0, 14.0, 6.0]) {
        0 => 0.84 + 0.16 * dice.unit(),
        1 => 0.55 + 0.29 * dice.unit(),
        _ => 0.2 + 0.25 * dice.unit(),
    };
    (f64::from(members) / rate).ceil() as u32
}
