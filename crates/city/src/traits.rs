//! The first facts of an employer: what it is, in which trade, since when, in which state.

use crate::compose;
use crate::dice::{Dice, Topic};
use crate::plan::Beside;
use crate::words::firms;
use crate::world::World;

/// What kind of body an employer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entity {
    Company,
    Branch,
    Individual,
    Cooperative,
}

/// The first facts of an employer; its name and papers follow from them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traits {
    pub(crate) entity: Entity,
    pub(crate) is_dispatch: bool,
    pub(crate) is_group: bool,
    /// Position in [`firms::TRADES`].
    pub(crate) trade: usize,
    pub(crate) status: &'static str,
    pub(crate) is_renamed: bool,
    /// Days since 1970-01-01.
    pub(crate) founded: i32,
    /// Registered at an agent's address with the agent's phone (dirt D14); the agent's number.
    pub(crate) agent: Option<u32>,
}

/// Share of employers with staff that are partners of a gig platform.
const PARTNERS: f64 = 0.005;

/// Registration statuses that mean *in business* (formats.md).
pub(crate) fn is_in_business(status: &str) -> bool {
    matches!(status, "存续" | "在业" | "在营" | "开业" | "在册")
}

/// Whether rule found-25 may raise an employer of this status: in business, or unknown.
pub(crate) fn is_raised(status: &str) -> bool {
    status.is_empty() || is_in_business(status)
}

impl World {
    /// Whether `e` is the story's employer (宁波市腾浩户外用品有限公司).
    pub(crate) fn is_story(&self, e: u32) -> bool {
        e == self.plan.classes.beside
    }

    /// Whether `e` is the ghost of the story (宁海县腾浩服饰有限公司): a union has it, no register does.
    pub(crate) fn is_story_ghost(&self, e: u32) -> bool {
        e == self.plan.classes.all
    }

    /// The gig platform whose local partner `e` is (dirt D13): most of its riders are paid by the platform's labour firm
    /// elsewhere. Drawn apart from the other traits, so that theirs do not shift.
    pub(crate) fn platform_of(&self, e: u32) -> Option<&'static str> {
        let mut dice = self.dice(Topic::Platform, e, 0);
        if e >= self.plan.classes.small || !dice.chance(PARTNERS) {
            return None;
        }
        let platform = dice.pick(&["美团", "饿了么", "滴滴出行", "货拉拉", "曹操出行"]);
        let traits = self.traits(e);
        let is_plain = traits.entity == Entity::Company && !traits.is_dispatch && !traits.is_group;
        (is_plain && !self.is_story(e) && self.beside_of(e).is_none()).then_some(platform)
    }

    /// Whether the name of `e` is another's on purpose.
    pub(crate) fn shares_name(&self, e: u32) -> bool {
        matches!(self.beside_of(e), Some((_, Beside::Namesake | Beside::Twin)))
    }

    /// Beside whom an enterprise stands, and why.
    pub(crate) fn beside_of(&self, e: u32) -> Option<(u32, Beside)> {
        let c = self.plan.classes;
        (c.union..c.beside)
            .contains(&e)
            .then(|| self.plan.beside[(e - c.union) as usize])
    }

    /// Town of an employer.
    pub(crate) fn town_of(&self, e: u32) -> usize {
        match self.plan.group(e) {
            Some(group) => usize::from(self.plan.towns[group as usize]),
            None => self.places.town_at(self.dice(Topic::Register, e, 1).unit()),
        }
    }

    /// The first facts of employer `e`.
    pub(crate) fn traits(&self, e: u32) -> Traits {
        let c = self.plan.classes;
        let mut dice = self.dice(Topic::Employer, e, 0);
        let has_staff = e < c.small || e >= c.all;
        let entity = match dice.weighted(if !has_staff {
            &[34.0, 1.5, 63.0, 1.5]
        } else if e >= c.big && e < c.small {
            &[70.0, 2.0, 27.0, 1.0]
        } else {
            &[94.5, 4.0, 0.7, 0.8]
        }) {
            0 => Entity::Company,
            1 => Entity::Branch,
            2 => Entity::Individual,
            _ => Entity::Cooperative,
        };
        let is_big = (c.beside..c.big).contains(&e);
        let is_dispatch = dice.chance(if is_big { 0.03 } else { 0.004 }) && entity == Entity::Company;
        let is_group =
            dice.chance(if has_staff { 0.02 } else { 0.002 }) && entity == Entity::Company && !is_dispatch;
        let trade = self.words.trade(&mut dice);
        let status = draw_status(&mut dice, e < c.union || e >= c.all, has_staff);
        let is_renamed = dice.chance(if e < c.union { 0.075 } else { 0.04 }) && entity == Entity::Company;
        let founded = self.as_of - draw_age(&mut dice, e < c.union || e >= c.all, is_big);
        let agent = (dice.chance(0.03) && entity == Entity::Company)
            .then(|| dice.below(u64::from(self.size.enterprises / 1300 + 1)) as u32);
        let drawn = Traits {
            entity,
            is_dispatch,
            is_group,
            trade,
            status,
            is_renamed,
            founded,
            agent,
        };
        self.fit(e, drawn)
    }

    /// Makes the special employers what the story and their neighbours want.
    fn fit(&self, e: u32, drawn: Traits) -> Traits {
        let plain = Traits {
            entity: Entity::Company,
            is_dispatch: false,
            is_group: false,
            is_renamed: false,
            agent: None,
            ..drawn
        };
        if self.is_story(e) || self.is_story_ghost(e) {
            let word = if self.is_story(e) {
                "户外用品"
            } else {
                "服饰"
            };
            let trade = firms::TRADES
                .iter()
                .position(|trade| trade.word == word)
                .expect("the story's trades are listed");
            let months = if self.is_story(e) { -13 } else { -76 };
            let founded = compose::day(self.as_of).add_months(months).to_days_since_epoch();
            return Traits {
                status: "存续",
                trade,
                founded,
                ..plain
            };
        }
        match self.beside_of(e) {
            Some((base, Beside::Twin)) => {
                let whose = self.traits(base);
                Traits {
                    status: "注销",
                    trade: whose.trade,
                    entity: whose.entity,
                    founded: whose.founded - 365 * 6,
                    ..plain
                }
            }
            Some((base, Beside::Namesake)) => Traits {
                trade: self.traits(base).trade,
                ..plain
            },
            Some((base, Beside::Family)) if drawn.trade == self.traits(base).trade => Traits {
                trade: (drawn.trade + 7) % firms::TRADES.len(),
                ..plain
            },
            Some(_) => plain,
            None => drawn,
        }
    }
}

fn draw_status(dice: &mut Dice, has_union: bool, has_staff: bool) -> &'static str {
    const STATUSES: [&str; 10] = [
        "存续", "在业", "开业", "注销", "吊销", "迁出", "歇业", "停业", "清算", "",
    ];
    let weights: &[f64] = if has_union {
        &[82.0, 10.0, 3.4, 2.2, 0.8, 1.0, 0.3, 0.1, 0.1, 0.1]
    } else if has_staff {
        &[80.0, 10.0, 3.0, 3.0, 1.0, 1.0, 0.7, 0.2, 0.3, 0.8]
    } else {
        &[62.0, 10.0, 3.0, 17.0, 5.0, 1.0, 0.6, 0.3, 0.3, 0.8]
    };
    STATUSES[dice.weighted(weights)]
}

/// Age in days: seven years on average; a firm with a union is at least eight months old.
fn draw_age(dice: &mut Dice, has_union: bool, is_big: bool) -> i32 {
    let youngest = if has_union {
        250
    } else if is_big && !dice.chance(0.08) {
        366
    } else {
        20
    };
    let years = -(1.0 - dice.unit()).ln() * 8.0;
    (youngest + (years * 365.0) as i32).min(36 * 365)
}
