//! True employers, whole: each made from its number alone.

use crate::compose;
use crate::dice::{Dice, Topic};
use crate::name::FirmName;
use crate::plan::Beside;
use crate::traits::{Entity, Traits};
use crate::words::{firms, places};
use crate::world::World;

/// An address in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) town: usize,
    pub(crate) park: Option<&'static str>,
    pub(crate) road: &'static str,
    pub(crate) number: u32,
    /// Building or room; empty for a whole house.
    pub(crate) room: String,
}

/// A true employer.
#[derive(Debug, Clone)]
pub(crate) struct Employer {
    pub(crate) number: u32,
    pub(crate) traits: Traits,
    pub(crate) name: FirmName,
    pub(crate) former: Option<FirmName>,
    /// 18-character code.
    pub(crate) code: String,
    pub(crate) reg_no: Option<String>,
    pub(crate) legal_rep: String,
    pub(crate) address: Address,
    pub(crate) industry: &'static str,
    pub(crate) capital_wan: u64,
    pub(crate) phone: String,
}

/// The three-in-one registration began on 1 Oct 2015: codes before it took over old organisation codes.
const OLD_NUMBERS_UNTIL: i32 = 16_709;

impl World {
    /// Employer `e`, whole.
    pub(crate) fn employer(&self, e: u32) -> Employer {
        let traits = self.traits(e);
        let name = self.firm_name(e);
        let mut dice = self.dice(Topic::Register, e, 0);
        let base = self
            .beside_of(e)
            .filter(|(_, why)| *why != Beside::Namesake)
            .map(|(base, _)| base);
        let base = if self.is_story_ghost(e) {
            Some(self.plan.classes.beside)
        } else {
            base
        };
        let is_male = dice.chance(0.72);
        let own_rep = self.words.person(&mut dice, is_male);
        let own_phone = phone(&mut dice, traits);
        let own_address = self.address(&mut dice, e, traits);
        let (shares_rep, shares_phone, shares_address) =
            (dice.chance(0.7), dice.chance(0.6), dice.chance(0.6));
        let whose = base.map(|base| self.employer(base));
        let pick = |shares: bool| whose.as_ref().filter(|_| shares);
        let division = self.code_division(&mut dice, e, traits);
        Employer {
            number: e,
            former: traits.is_renamed.then(|| self.former_name(&mut dice, &name)),
            code: self.code_of(e, traits, division),
            reg_no: (traits.founded < OLD_NUMBERS_UNTIL && dice.chance(0.8))
                .then(|| compose::reg_no(division, self.org_number(e))),
            legal_rep: pick(shares_rep).map_or(own_rep, |whose| whose.legal_rep.clone()),
            address: match pick(shares_address).filter(|whose| whose.address.town == own_address.town) {
                Some(whose) => whose.address.clone(),
                None => own_address,
            },
            industry: if traits.is_dispatch {
                "L72"
            } else if self.platform_of(e).is_some() {
                "G60"
            } else {
                firms::TRADES[traits.trade].industry
            },
            capital_wan: [10, 50, 100, 200, 500, 1000, 2000, 5000]
                [dice.weighted(&[8.0, 25.0, 22.0, 12.0, 16.0, 9.0, 5.0, 3.0])],
            phone: pick(shares_phone).map_or(own_phone, |whose| whose.phone.clone()),
            traits,
            name,
        }
    }

    fn former_name(&self, dice: &mut Dice, name: &FirmName) -> FirmName {
        let mut former = FirmName {
            is_bracketed: false,
            ..name.clone()
        };
        if dice.chance(0.55) {
            former.trade = firms::TRADES[self.words.trade(dice)].word.to_owned();
        } else {
            former.brand = self.words.brand(dice);
        }
        former
    }

    /// The division inside a code: the county at the time of registration, which may be a retired one, or the city.
    fn code_division(&self, dice: &mut Dice, e: u32, traits: Traits) -> u32 {
        let county = self.places.county_of(self.town_of(e)).code;
        if self.is_story(e) || self.is_story_ghost(e) {
            return county;
        }
        let before_2016 = traits.founded < OLD_NUMBERS_UNTIL;
        match county {
            330_213 if before_2016 => 330_283,
            330_212 if before_2016 && dice.chance(0.3) => 330_204,
            _ if dice.chance(0.08) => 330_200,
            other => other,
        }
    }

    fn code_of(&self, e: u32, traits: Traits, division: u32) -> String {
        let class = match traits.entity {
            Entity::Company | Entity::Branch => "91",
            Entity::Individual => "92",
            Entity::Cooperative => "93",
        };
        let number = self.org_number(e);
        let body = if traits.founded < OLD_NUMBERS_UNTIL {
            compose::numeric_body(number)
        } else {
            compose::letter_body("MA", number)
        };
        compose::uscc(class, division, &body).as_str().to_owned()
    }

    /// An address of a town: most firms at a road, some in a park, those of an agent at the agent's.
    fn address(&self, dice: &mut Dice, e: u32, traits: Traits) -> Address {
        let town = self.town_of(e);
        if let Some(agent) = traits.agent {
            let mut fixed = self.dice(Topic::Register, agent, 3);
            let building = fixed.pick(places::AGENT_BUILDINGS);
            let room = format!("{building}{}室", 100 + dice.below(900));
            return Address {
                town,
                park: None,
                road: fixed.pick(places::ROADS),
                number: 1 + fixed.below(300) as u32,
                room,
            };
        }
        let park = dice.chance(0.3).then(|| dice.pick(firms::PARKS));
        let room = match dice.weighted(&[50.0, 25.0, 25.0]) {
            0 => String::new(),
            1 => format!("{}幢", 1 + dice.below(20)),
            _ => format!("{}幢{}室", 1 + dice.below(9), 101 + dice.below(1900)),
        };
        Address {
            town,
            park,
            road: dice.pick(places::ROADS),
            number: 1 + dice.below(999) as u32,
            room,
        }
    }
}

/// Agents' phones are shared by their forty firms (dirt D27).
fn phone(dice: &mut Dice, traits: Traits) -> String {
    if let Some(agent) = traits.agent {
        return format!("138{:08}", 57_400_000 + u64::from(agent) * 17 % 90_000);
    }
    if dice.chance(0.2) {
        format!("0574-8{:07}", dice.below(10_000_000))
    } else {
        mobile(dice)
    }
}

/// A mobile number.
pub(crate) fn mobile(dice: &mut Dice) -> String {
    let head = dice.pick(&[
        "138", "139", "135", "136", "137", "150", "151", "152", "158", "159", "182", "187", "188", "189",
        "177", "199",
    ]);
    format!("{head}{:08}", dice.below(100_000_000))
}
