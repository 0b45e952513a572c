//! drivers: road transport staff (交通运输).

use std::path::Path;

use crate::dice::{Dice, Topic};
use crate::dirt;
use crate::files::Rows;
use crate::next_day::{Fate, NextDay};
use crate::sheet::{Format, Sheet};
use crate::world::World;
use crate::{CityError, compose};

const HEADS: [&str; 7] = [
    "driver_id",
    "id_no",
    "name",
    "phone",
    "platform",
    "county",
    "valid_to",
];

/// Writes the qualification register: a third of its people are staff of firms, the others drive on their own.
pub(crate) fn write(world: &World, dir: &Path, format: Format) -> Result<Rows, CityError> {
    let mut sheet = Sheet::open(dir, "drivers", format, &HEADS)?;
    let mut next = NextDay::open(world, dir, "drivers", format, &HEADS)?;
    for i in 0..world.size.drivers {
        let mut dice = world.dice(Topic::Driver, i, 0);
        let rider = dice.chance(0.1).then(|| rider(world, &mut dice)).flatten();
        let person = match rider {
            Some((person, _)) => person,
            None if dice.chance(0.33) => dice.below(u64::from(world.plan.persons())) as u32,
            None => world.plan.persons() + i,
        };
        let who = world.person(person);
        let platform = match rider {
            Some((_, platform)) => platform,
            None => dice.pick(&["满帮", "货拉拉", "滴滴出行", "曹操出行", "美团", "饿了么", "", ""]),
        };
        let county = world
            .places
            .county_of(world.places.town_at(dice.unit()))
            .name
            .clone();
        let valid_to = compose::iso(world.as_of - 300 + dice.below(2200) as i32);
        let id = dirt::id::write(&who.id, &dirt::id::INSURANCE_RATES, &mut dice);
        let key = licence(i);
        let cells = [
            key.as_str(),
            id.as_str(),
            who.name.as_str(),
            who.phone.as_str(),
            platform,
            county.as_str(),
            valid_to.as_str(),
        ];
        sheet.row(&cells)?;
        tomorrow(world, i, &cells, &mut next)?;
    }
    Rows::of(sheet, next)
}

fn licence(number: u32) -> String {
    format!("3302{:015}", u64::from(number) * 7919 + 11)
}

/// The row of the day after: a licence is returned, renewed, or a new one is given out.
fn tomorrow(world: &World, i: u32, cells: &[&str; 7], next: &mut NextDay) -> Result<(), CityError> {
    match next.fate(u64::from(i)) {
        Fate::Stays => Ok(()),
        Fate::Leaves => next.delete(cells),
        Fate::Changes => next.change(cells, "valid_to", &compose::iso(world.as_of + 2190)),
        Fate::Followed => {
            let number = world.plan.persons() + world.size.drivers + world.size.members;
            let who = world.person(2 * number + i);
            let (key, valid_to) = (licence(world.size.drivers + i), compose::iso(world.as_of + 2190));
            let id = who.id.as_str();
            next.insert(&[&key, id, &who.name, &who.phone, cells[4], cells[5], &valid_to])
        }
    }
}

/// One of the staff of a platform's partner, and the platform (dirt D13).
fn rider(world: &World, dice: &mut Dice) -> Option<(u32, &'static str)> {
    let count = world.partners.len() as u64;
    let e = *world.partners.get(dice.below(count.max(1)) as usize)?;
    let group = world.plan.group(e)?;
    let staff = world.plan.staff_of(group);
    let k = (staff > 0).then(|| dice.below(u64::from(staff)) as u32)?;
    Some((world.plan.staff[group as usize] + k, world.platform_of(e)?))
}
