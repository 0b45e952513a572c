//! How firms get their names: companies, branches, shops, and the neighbours of others.

use crate::dice::{Dice, Topic};
use crate::name::FirmName;
use crate::plan::Beside;
use crate::traits::{Entity, Traits};
use crate::words::firms;
use crate::world::World;

impl World {
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
            Entity::Company => self.company_name(&mut dice, e, traits, town),
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

    fn company_name(&self, dice: &mut Dice, e: u32, traits: Traits, town: usize) -> FirmName {
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
        } else if self.platform_of(e).is_some() {
            dice.pick(&["同城配送", "即时配送", "网络科技", "供应链管理"])
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

    /// Who pays the staff of `e` elsewhere: the head office of a branch, the labour firm of a platform (dirt D13).
    pub(crate) fn payer_elsewhere(&self, e: u32) -> FirmName {
        if self.platform_of(e).is_none() {
            return self.firm_name(e).head();
        }
        let mut dice = self.dice(Topic::Platform, e, 1);
        let brand = self.words.brand(&mut dice);
        company("上海".to_owned(), false, brand, "企业服务外包", "有限公司")
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
}

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
