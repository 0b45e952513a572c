//! enterprises: the market register (市场监管).

use std::collections::HashMap;
use std::path::Path;

use crate::compose;
use crate::dice::{Dice, Shuffle, Topic};
use crate::dirt;
use crate::employer::{Address, Employer, mobile};
use crate::files::Rows;
use crate::next_day::{Fate, NextDay};
use crate::sheet::{Format, Sheet};
use crate::traits::{Entity, is_in_business};
use crate::words::firms;
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

/// Writes the register in an order that tells nothing; also tells the statuses that the next day changes.
pub(crate) fn write(
    world: &World,
    dir: &Path,
    format: Format,
    progress: &Progress,
) -> Result<(Rows, HashMap<u32, &'static str>), CityError> {
    let mut sheet = Sheet::open(dir, "enterprises", format, &HEADS)?;
    let mut next = NextDay::open(world, dir, "enterprises", format, &HEADS)?;
    let mut statuses = HashMap::new();
    let count = world.plan.classes.all;
    let order = Shuffle::new(world.seed, 7, u64::from(count));
    for at in 0..count {
        let e = order.apply(u64::from(at)) as u32;
        let employer = world.employer(e);
        let cells = cells(world, &employer);
        let cells = cells.each_ref().map(String::as_str);
        sheet.row(&cells)?;
        if !world.is_story(e)
            && let Some(status) = tomorrow(world, &employer, &cells, &mut next)?
        {
            statuses.insert(e, status);
        }
        progress.step("enterprises", at, count);
    }
    Ok((Rows::of(sheet, next)?, statuses))
}

/// The row of the day after: one entry in five hundred is cancelled or has another phone, some are dropped, some are new.
fn tomorrow(
    world: &World,
    employer: &Employer,
    cells: &[&str; 15],
    next: &mut NextDay,
) -> Result<Option<&'static str>, CityError> {
    let e = employer.number;
    let mut dice = next.dice(u64::from(e));
    match next.fate(u64::from(e)) {
        Fate::Stays => {}
        // A register drops only what was entered by mistake: nobody is insured there.
        Fate::Leaves if e >= world.plan.classes.small => next.delete(cells)?,
        Fate::Followed => next.insert(
            &newcomer(world, employer, cells, &mut dice)
                .each_ref()
                .map(String::as_str),
        )?,
        Fate::Leaves | Fate::Changes => {
            if is_in_business(employer.traits.status) && dice.chance(0.4) {
                next.change(cells, "status", "注销")?;
                return Ok(Some("注销"));
            }
            next.change(cells, "phone", &mobile(&mut dice))?;
        }
    }
    Ok(None)
}

/// A firm registered on the day itself, in the town and trade of another.
fn newcomer(world: &World, beside: &Employer, cells: &[&str; 15], dice: &mut Dice) -> [String; 15] {
    let c = world.plan.classes;
    let number = world.org_number(c.organs + 2 * world.size.unions + c.all + beside.number);
    let county = world.places.county_of(beside.address.town).code;
    let name = format!(
        "宁波{}{}有限公司",
        world.words.brand(dice),
        firms::TRADES[beside.traits.trade].word
    );
    let mut row = cells.map(str::to_owned);
    for (column, value) in [
        (0, world.enterprise_id(c.organs + beside.number)),
        (
            1,
            compose::uscc("91", county, &compose::letter_body("MD", number))
                .as_str()
                .to_owned(),
        ),
        (2, String::new()),
        (3, name),
        (4, String::new()),
        (5, "有限责任公司(自然人独资)".to_owned()),
        (6, world.words.person(dice, true)),
        (11, compose::iso(world.as_of)),
        (12, "存续".to_owned()),
        (14, mobile(dice)),
    ] {
        row[column] = value;
    }
    row
}

fn cells(world: &World, employer: &Employer) -> [String; 15] {
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
    [
        world.enterprise_id(e),
        if lacks_code {
            String::new()
        } else {
            employer.code.clone()
        },
        employer.reg_no.clone().unwrap_or_default(),
        name,
        former,
        kind_text(employer).to_owned(),
        employer.legal_rep.clone(),
        county,
        street,
        address,
        industry.to_owned(),
        founded,
        traits.status.to_owned(),
        capital,
        phone.to_owned(),
    ]
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
