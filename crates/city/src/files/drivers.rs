//! drivers: road transport staff (交通运输).

use std::path::Path;

use crate::dice::Topic;
use crate::dirt;
use crate::sheet::{Format, Sheet};
use crate::world::World;
use crate::{CityError, compose};

/// Writes the qualification register: a third of its people are staff of firms, the others drive on their own.
pub(crate) fn write(world: &World, dir: &Path, format: Format) -> Result<u64, CityError> {
    let mut sheet = Sheet::open(
        dir,
        "drivers",
        format,
        &[
            "driver_id",
            "id_no",
            "name",
            "phone",
            "platform",
            "county",
            "valid_to",
        ],
    )?;
    for i in 0..world.size.drivers {
        let mut dice = world.dice(Topic::Driver, i, 0);
        let person = if dice.chance(0.33) {
            dice.below(u64::from(world.plan.persons())) as u32
        } else {
            world.plan.persons() + i
        };
        let who = world.person(person);
        let platform = dice.pick(&["满帮", "货拉拉", "滴滴出行", "曹操出行", "美团", "饿了么", "", ""]);
        let county = world
            .places
            .county_of(world.places.town_at(dice.unit()))
            .name
            .clone();
        let valid_to = compose::iso(world.as_of - 300 + dice.below(2200) as i32);
        let id = dirt::id::write(&who.id, &dirt::id::INSURANCE_RATES, &mut dice);
        sheet.row(&[
            &format!("3302{:015}", u64::from(i) * 7919 + 11),
            &id,
            &who.name,
            &who.phone,
            platform,
            &county,
            &valid_to,
        ])?;
    }
    sheet.close()
}
