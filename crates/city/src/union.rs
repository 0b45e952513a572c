//! True unions: names, codes and dates by kind.

use crate::compose;
use crate::dice::{Dice, Topic};
use crate::employer::Employer;
use crate::name::FirmName;
use crate::person::Payer;
use crate::plan::{UnionKind, UnionPlan};
use crate::words::firms;
use crate::world::World;

/// How many members are asked, at most, whether they fit the chair.
const ASKED: u32 = 80;

/// A union before dirt.
pub(crate) struct Union {
    pub(crate) number: u32,
    pub(crate) plan: UnionPlan,
    /// The employer, for unions of one enterprise (in the register or not).
    pub(crate) employer: Option<Employer>,
    /// Name of the organ, for unions of organs and institutions.
    pub(crate) organ: Option<(String, String)>,
    /// The union's own code (81…), for those with legal personality.
    pub(crate) code: Option<String>,
    pub(crate) chair: String,
    /// The chair is no longer insured at the employer (dirt D33).
    pub(crate) has_chair_left: bool,
    /// Days since 1970-01-01.
    pub(crate) founded: i32,
}

impl Union {
    /// Whether the union's employer stands in the market register.
    pub(crate) fn enterprise(&self) -> Option<u32> {
        match self.plan.kind {
            UnionKind::Single | UnionKind::Second => self.employer.as_ref().map(|employer| employer.number),
            _ => None,
        }
    }

    /// 工会类型 as the register writes it.
    pub(crate) fn type_label(&self) -> &'static str {
        match self.plan.kind {
            UnionKind::City | UnionKind::County(_) | UnionKind::Town => "总工会",
            UnionKind::Industry(_) => "产业工会",
            UnionKind::Federation => "工会联合会",
            UnionKind::Joint(at) if at % 6 == 0 => "工会联合会",
            UnionKind::Joint(_) => "联合基层工会",
            UnionKind::Organ | UnionKind::Ghost | UnionKind::Single | UnionKind::Second => "独立基层工会",
        }
    }
}

impl World {
    /// Union number `u`.
    pub(crate) fn union(&self, u: u32) -> Union {
        let plan = self.plan.unions[u as usize];
        let mut dice = self.dice(Topic::Union, u, 0);
        let employer = matches!(
            plan.kind,
            UnionKind::Single | UnionKind::Second | UnionKind::Ghost
        )
        .then(|| self.employer(self.plan.owner(plan.group)));
        let is_male = dice.chance(0.6);
        let anybody = self.words.person(&mut dice, is_male);
        let (chair, has_chair_left) = self.chair(u, plan).unwrap_or((anybody, false));
        let is_tree = matches!(
            plan.kind,
            UnionKind::City | UnionKind::County(_) | UnionKind::Town
        );
        let division = self.places.county_of(plan.town).code;
        let code = (is_tree || dice.chance(0.7)).then(|| {
            let number = self.org_number(self.plan.classes.organs + u);
            compose::uscc("81", division, &compose::letter_body("MC", number))
                .as_str()
                .to_owned()
        });
        let earliest = employer
            .as_ref()
            .map_or(self.as_of - 30 * 365, |employer| employer.traits.founded + 60);
        let span = (self.as_of - 40 - earliest).max(1);
        let founded = if is_tree {
            self.as_of - 40 * 365 - dice.below(1826) as i32
        } else {
            earliest + (f64::from(span) * dice.unit().sqrt()) as i32
        };
        let organ = (plan.kind == UnionKind::Organ).then(|| self.organ(&mut dice, u, plan.town));
        Union {
            number: u,
            plan,
            employer,
            organ,
            code,
            chair,
            has_chair_left,
            founded: founded.min(self.as_of - 40),
        }
    }

    /// The chair of a firm's union: one of its members who is insured there, in a few unions one who has left (dirt D33).
    fn chair(&self, u: u32, plan: UnionPlan) -> Option<(String, bool)> {
        if !matches!(plan.kind, UnionKind::Single | UnionKind::Second) || plan.members == 0 {
            return None;
        }
        let mut dice = self.dice(Topic::Chair, u, 0);
        let has_left = dice.chance(0.07);
        let from = dice.below(u64::from(plan.members)) as u32;
        let e = self.plan.owner(plan.group);
        (0..plan.members.min(ASKED))
            .map(|step| plan.first + (from + step) % plan.members)
            .find_map(|k| {
                let person = self.plan.staff[plan.group as usize] + k;
                let mut here = self
                    .covers_of(person, plan.group, k)
                    .filter(|cover| cover.payer == Payer::Employer(e))
                    .peekable();
                here.peek()?;
                let is_here = here.any(|cover| cover.is_now(self.as_of));
                (is_here != has_left).then(|| (self.person(person).name, has_left))
            })
    }

    /// Name and code of an organ or institution (机关事业单位): they never stand in the market register.
    fn organ(&self, dice: &mut Dice, u: u32, town: usize) -> (String, String) {
        let county = self.places.county_of(town);
        let place = &self.places.towns[town].name;
        let (class, name) = match dice.weighted(&[25.0, 25.0, 50.0]) {
            0 => (
                "11",
                format!("{}{}", county.name, dice.pick(firms::COUNTY_ORGANS)),
            ),
            1 => (
                "12",
                format!("{}{place}{}", county.name, dice.pick(firms::TOWN_ORGANS)),
            ),
            _ => {
                let body = dice.pick(&[
                    "村村民委员会",
                    "社区居民委员会",
                    "小学",
                    "幼儿园",
                    "社区卫生服务站",
                ]);
                (
                    "12",
                    format!("{}{place}{}{body}", county.name, dice.pick(firms::VILLAGES)),
                )
            }
        };
        let number = self.org_number(self.plan.classes.organs + self.size.unions + self.size.enterprises + u);
        (
            name,
            compose::uscc(class, county.code, &compose::numeric_body(number))
                .as_str()
                .to_owned(),
        )
    }

    /// The union's name; `employer` is the employer's name as the clerk wrote it.
    pub(crate) fn union_name(&self, union: &Union, employer: &str) -> String {
        let mut dice = self.dice(Topic::Union, union.number, 1);
        let county = self.places.county_of(union.plan.town);
        let town = &self.places.towns[union.plan.town].name;
        match union.plan.kind {
            UnionKind::City => "宁波市总工会".to_owned(),
            UnionKind::County(_) => format!("{}总工会", county.name),
            UnionKind::Town => format!("{}{town}总工会", county.name),
            UnionKind::Industry(at) => format!(
                "{}{}工会",
                county.name,
                ["教育", "建设", "交通", "卫生健康", "商贸"][at / self.places.counties.len() % 5]
            ),
            UnionKind::Federation => format!("{}{}工会联合会", county.name, dice.pick(firms::SECTORS)),
            UnionKind::Joint(at) => {
                let ending = if at % 6 == 0 {
                    "工会联合会"
                } else if dice.chance(0.5) {
                    "联合工会委员会"
                } else {
                    "联合工会"
                };
                match dice.below(3) {
                    0 => format!("{town}{}村{ending}", dice.pick(firms::VILLAGES)),
                    1 => format!("{town}{}{ending}", dice.pick(firms::PARKS)),
                    _ => format!("{}{}{ending}", county.short(), dice.pick(firms::BUILDINGS)),
                }
            }
            UnionKind::Organ => format!(
                "{}{}",
                employer,
                if dice.chance(0.4) {
                    "机关工会委员会"
                } else {
                    "工会委员会"
                }
            ),
            UnionKind::Ghost | UnionKind::Single => format!(
                "{employer}{}",
                ["工会委员会", "工会", "基层工会委员会"][dice.weighted(&[60.0, 35.0, 5.0])]
            ),
            UnionKind::Second => format!(
                "{employer}{}",
                ["工会", "（新厂区）工会委员会", "工会委员会"][dice.weighted(&[45.0, 25.0, 30.0])]
            ),
        }
    }

    /// The older, cancelled registration of the same firm, if it has one.
    pub(crate) fn twin_of(&self, e: u32) -> Option<u32> {
        let list = &self.plan.beside;
        let from = list.partition_point(|(base, _)| *base < e);
        list[from..]
            .iter()
            .take_while(|(base, _)| *base == e)
            .position(|(_, why)| *why == crate::plan::Beside::Twin)
            .map(|at| self.plan.classes.union + (from + at) as u32)
    }

    /// The name a firm had when its union was founded: the former one for most renamed firms.
    pub(crate) fn name_at_founding<'a>(&self, union: &Union, employer: &'a Employer) -> &'a FirmName {
        let mut dice = self.dice(Topic::Union, union.number, 2);
        employer
            .former
            .as_ref()
            .filter(|_| dice.chance(0.8))
            .unwrap_or(&employer.name)
    }
}
