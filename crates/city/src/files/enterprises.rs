//! enterprises: the market register (市场监管).

use std::path::Path;

use crate::compose;
use crate::dice::{Shuffle, Topic};
use crate::dirt;
use crate::employer::{Address, Employer};
use crate::sheet::{Format, Sheet};
use crate::traits::Entity;
use crate::world::World;
use crate::{CityError, Progress};

const HEADS: [&str; 15] = [
    "enterprise_id",
    "uscc",
    "reg_no",
    "name",
    "former_name",
    "kind",
    "legal_rep",
    "county",
    "street",
    "address",
    "industry_code",
    "founded",
    "status",
    "capital_wan",
    "phone",
];

/// Writes the register in an order that tells nothing.
pub(crate) fn write(
    world: &World,
    dir: &Path,
    format: Format,
    progress: &Progress,
) -> Result<u64, CityError> {
    let mut sheet = Sheet::open(dir, "enterprises", format, &HEADS)?;
    let count = world.plan.classes.all;
    let order = Shuffle::new(world.seed, 7, u64::from(count));
    for at in 0..count {
        let e = order.apply(u64::from(at)) as u32;
        write_row(world, &world.employer(e), &mut sheet)?;
        progress.step("enterprises", at, count);
    }
    sheet.close()
}

fn write_row(world: &World, employer: &Employer, sheet: &mut Sheet) -> Result<(), CityError> {
    let e = employer.number;
    let traits = employer.traits;
    let mut dice = world.dice(Topic::Register, e, 9);
    let is_story = world.is_story(e);
    let is_old = traits.status == "注销" || traits.status == "吊销";
    let lacks_code = !is_story && dice.chance(if is_old { 0.04 } else { 0.002 });
    let name = if !is_story && dice.chance(0.02) {
        employer.name.full().replace('（', "(").replace('）', ")")
    } else {
        employer.name.full()
    };
    let former = employer
        .former
        .as_ref()
        .filter(|_| dice.chance(0.88))
        .map(|former| former.full())
        .unwrap_or_default();
    let county = county_text(world, employer.address.town, &mut dice);
    let place = &world.places.towns[employer.address.town];
    let street = match dice.weighted(&[60.0, 25.0, 15.0]) {
        _ if is_story => place.name.clone(),
        0 => place.name.clone(),
        1 => place.code.to_string(),
        _ => String::new(),
    };
    let founded = match dice.weighted(&[97.5, 1.5, 0.5, 0.5]) {
        _ if is_story => compose::iso(traits.founded),
        0 => compose::iso(traits.founded),
        1 => dirt::date::dressed(traits.founded, &mut dice),
        2 => String::new(),
        _ => "1900-01-01".to_owned(),
    };
    let industry = if dice.chance(0.1) {
        &employer.industry[1..]
    } else {
        employer.industry
    };
    let capital = if traits.entity == Entity::Individual {
        String::new()
    } else {
        employer.capital_wan.to_string()
    };
    let phone = if dice.chance(0.06) {
        ""
    } else {
        employer.phone.as_str()
    };
    let address = address_text(world, &employer.address, dice.below(4));
    sheet.row(&[
        &world.enterprise_id(e),
        if lacks_code { "" } else { &employer.code },
        employer.reg_no.as_deref().unwrap_or(""),
        &name,
        &former,
        kind_text(employer),
        &employer.legal_rep,
        &county,
        &street,
        &address,
        industry,
        &founded,
        traits.status,
        &capital,
        phone,
    ])
}

/// The county as the register writes it: its code, for some old entries a retired one (dirt D35).
fn county_text(world: &World, town: usize, dice: &mut crate::dice::Dice) -> String {
    let county = world.places.county_of(town);
    match county.code {
        330_213 if dice.chance(0.1) => "330283".to_owned(),
        330_212 if dice.chance(0.07) => "330204".to_owned(),
        _ if dice.chance(0.01) => String::new(),
        _ if dice.chance(0.3) => county.name.clone(),
        code => code.to_string(),
    }
}

fn kind_text(employer: &Employer) -> &'static str {
    match employer.traits.entity {
        Entity::Branch => "有限责任公司分公司",
        Entity::Individual => "个体工商户",
        Entity::Cooperative => "农民专业合作社",
        Entity::Company => match employer.name.form.as_str() {
            "股份有限公司" => "股份有限公司(非上市、自然人投资或控股)",
            "厂" => "个人独资企业",
            "合伙企业（有限合伙）" => "有限合伙企业",
            _ if employer.number.is_multiple_of(3) => "有限责任公司(自然人独资)",
            _ => "有限责任公司(自然人投资或控股)",
        },
    }
}

/// An address in one of four spellings.
pub(crate) fn address_text(world: &World, address: &Address, spelling: u64) -> String {
    let county = &world.places.county_of(address.town).name;
    let town = &world.places.towns[address.town].name;
    let park = address.park.unwrap_or("");
    let head = match spelling {
        0 => format!("浙江省宁波市{county}{town}"),
        1 => format!("宁波市{county}{town}"),
        2 => format!("{county}{town}"),
        _ => town.clone(),
    };
    format!("{head}{park}{}{}号{}", address.road, address.number, address.room)
}
