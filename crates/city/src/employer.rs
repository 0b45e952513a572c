//! True employers: each made from its number alone.

use crate::compose;
use crate::dice::{Dice, Topic};
use crate::name::FirmName;
use crate::plan::Beside;
use crate::words::{firms, places};
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

    /// The name of employer `e` at its settled attempt.
    pub(crate) fn firm_name(&self, e: u32) -> FirmName {
        let traits = self.traits(e);
        let town = self.town_of(e);
        let mut dice = self.dice(Topic::Name, e, u32::from(self.attempts[e as usize]));
        if self.is_story(e) || self.is_story_ghost(e) {
            let division = if self.is_story(e) {
                "宁波市"
            } else {
                "宁海县"
            };
            return company(
                division.to_owned(),
                false,
                "腾浩".to_owned(),
                firms::TRADES[traits.trade].word,
                "有限公司",
            );
        }
        if let Some((base, why)) = self.beside_of(e) {
            return self.name_beside(&mut dice, e, base, why, traits, town);
        }
        match traits.entity {
            Entity::Company => self.company_name(&mut dice, traits, town),
            Entity::Branch => self.branch_name(&mut dice, e, traits, town),
            Entity::Individual => self.shop_name(&mut dice, traits, town),
            Entity::Cooperative => {
                let brand = self.words.brand(&mut dice);
                let trade = dice.pick(&["水产", "果蔬", "茶叶", "柑橘", "粮食", "农机"]);
                company(
                    self.places.county_of(town).name.clone(),
                    false,
                    brand,
                    trade,
                    "专业合作社",
                )
            }
        }
    }

    fn company_name(&self, dice: &mut Dice, traits: Traits, town: usize) -> FirmName {
        let (division, is_bracketed) = self.division(dice, town);
        let brand = self.words.brand(dice);
        if traits.is_group {
            let trade = if dice.chance(0.5) {
                "集团"
            } else {
                "控股集团"
            };
            return company(division, false, brand, trade, "有限公司");
        }
        let trade = if traits.is_dispatch {
            dice.pick(firms::DISPATCH)
        } else {
            firms::TRADES[traits.trade].word
        };
        let form = firms::FORMS[dice.weighted(&[88.0, 5.0, 3.0, 3.0, 1.0])].0;
        company(division, is_bracketed, brand, trade, form)
    }

    /// A branch: of a firm of the city that has a union, or of a firm elsewhere.
    fn branch_name(&self, dice: &mut Dice, e: u32, traits: Traits, town: usize) -> FirmName {
        let ending = if dice.chance(0.15) { "分厂" } else { "分公司" };
        let county = self.places.county_of(town).short().to_owned();
        if let Some(head) = self.head_of(e) {
            let mut name = self.firm_name(head);
            name.branch = format!("{county}{ending}");
            return name;
        }
        let division = dice
            .pick(&["上海", "杭州", "浙江", "江苏", "广东", "北京", "深圳市", "温州"])
            .to_owned();
        let brand = self.words.brand(dice);
        let place = if dice.chance(0.6) {
            "宁波".to_owned()
        } else {
            county
        };
        let mut name = company(
            division,
            false,
            brand,
            firms::TRADES[traits.trade].word,
            "有限公司",
        );
        name.branch = format!("{place}{ending}");
        name
    }

    /// The firm with a union whose branch `e` is, for half of the branches without one.
    pub(crate) fn head_of(&self, e: u32) -> Option<u32> {
        let c = self.plan.classes;
        if e < c.union || e >= c.all || self.beside_of(e).is_some() {
            return None;
        }
        let mut dice = self.dice(Topic::Register, e, 2);
        let head = dice.below(u64::from(c.union)) as u32;
        (dice.chance(0.5) && self.traits(head).entity == Entity::Company).then_some(head)
    }

    fn shop_name(&self, dice: &mut Dice, traits: Traits, town: usize) -> FirmName {
        let county = self.places.county_of(town);
        let place = &self.places.towns[town];
        let division = if dice.chance(0.6) {
            format!("{}{}", county.name, place.name)
        } else {
            format!("宁波市{}{}", county.short(), place.short())
        };
        let is_male = dice.chance(0.6);
        let brand = if dice.chance(0.4) {
            self.words.person(dice, is_male)
        } else {
            self.words.brand(dice)
        };
        let mut name = company(division, false, brand, firms::TRADES[traits.trade].shop, "");
        if dice.chance(0.1) {
            name.form = "（个体工商户）".to_owned();
        }
        name
    }

    fn name_beside(
        &self,
        dice: &mut Dice,
        e: u32,
        base: u32,
        why: Beside,
        traits: Traits,
        town: usize,
    ) -> FirmName {
        let whose = self.firm_name(base).head();
        match why {
            Beside::Twin => whose,
            Beside::Namesake if dice.chance(0.4) && whose.division == "宁波市" => whose,
            Beside::Namesake => FirmName {
                division: self.places.county_of(town).name.clone(),
                is_bracketed: false,
                ..whose
            },
            Beside::Family => {
                let (division, is_bracketed) = if dice.chance(0.5) {
                    (whose.division.clone(), false)
                } else {
                    self.division(dice, town)
                };
                // When all trades of the brand are taken, the family takes another brand.
                let brand = if self.attempts[e as usize] > 40 {
                    self.words.brand(dice)
                } else {
                    whose.brand
                };
                let trade = firms::TRADES[(traits.trade + dice.below(5) as usize) % firms::TRADES.len()].word;
                company(division, is_bracketed, brand, trade, "有限公司")
            }
        }
    }

    /// The division that a name begins with (or carries in brackets).
    fn division(&self, dice: &mut Dice, town: usize) -> (String, bool) {
        let county = self.places.county_of(town);
        let is_county_city = county.name.ends_with('市') || county.name.ends_with('县');
        let weights: &[f64] = if is_county_city {
            &[28.0, 14.0, 46.0, 1.0, 2.0, 3.0, 2.0, 2.0, 2.0]
        } else {
            &[46.0, 18.0, 4.0, 14.0, 8.0, 3.0, 2.0, 2.0, 3.0]
        };
        let text = match dice.weighted(weights) {
            0 => "宁波市".to_owned(),
            1 => "宁波".to_owned(),
            2 => county.name.clone(),
            3 => format!("宁波市{}", county.short()),
            4 => format!("宁波{}", county.name),
            5 => "浙江".to_owned(),
            6 => "浙江省".to_owned(),
            7 => String::new(),
            _ => return ("宁波".to_owned(), true),
        };
        (text, false)
    }

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

/// The three-in-one registration began on 1 Oct 2015: codes before it took over old organisation codes.
const OLD_NUMBERS_UNTIL: i32 = 16_709;

fn company(division: String, is_bracketed: bool, brand: String, trade: &str, form: &str) -> FirmName {
    FirmName {
        division,
        is_bracketed,
        brand,
        trade: trade.to_owned(),
        form: form.to_owned(),
        branch: String::new(),
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
