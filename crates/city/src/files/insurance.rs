//! insurance: insured persons (人社), and how many each employer really has insured now.

use std::collections::HashMap;
use std::path::Path;

use crate::compose;
use crate::dice::{Dice, Shuffle, Topic};
use crate::dirt;
use crate::mention::Mention;
use crate::person::{Cover, Payer};
use crate::sheet::{Format, Sheet};
use crate::world::World;
use crate::{CityError, Progress};

/// Writes the rows, employer by employer; returns their number and the true count insured now by enterprise.
pub(crate) fn write(
    world: &World,
    dir: &Path,
    format: Format,
    progress: &Progress,
) -> Result<(u64, Vec<u32>), CityError> {
    let heads = [
        "ins_id",
        "id_no",
        "name",
        "employer_uscc",
        "employer_name",
        "start",
        "end",
    ];
    let mut sheet = Sheet::open(dir, "insurance", format, &heads)?;
    let plan = &world.plan;
    let groups = plan.staff.len() as u32 - 1;
    let mut insured_now = vec![0_u32; plan.classes.small as usize];
    let order = Shuffle::new(world.seed, 9, u64::from(groups));
    let mut mentions: HashMap<(bool, u32, u32), Mention> = HashMap::new();
    let mut done = 0;
    for at in 0..groups {
        let group = order.apply(u64::from(at)) as u32;
        mentions.clear();
        for k in 0..plan.staff_of(group) {
            let person = plan.staff[group as usize] + k;
            for cover in world.covers_of(person, group, k) {
                if let Payer::Employer(e) = cover.payer
                    && e < plan.classes.small
                    && cover.is_now(world.as_of)
                {
                    insured_now[e as usize] += 1;
                }
                write_row(world, person, cover, &mut mentions, &mut sheet)?;
            }
            done += 1;
            progress.step("insurance", done, plan.persons());
        }
    }
    Ok((sheet.close()?, insured_now))
}

fn write_row(
    world: &World,
    person: u32,
    cover: Cover,
    mentions: &mut HashMap<(bool, u32, u32), Mention>,
    sheet: &mut Sheet,
) -> Result<(), CityError> {
    let mut dice = world.dice(Topic::InsuranceDirt, person, cover.slot);
    let who = world.person(person);
    let (is_head, e) = match cover.payer {
        Payer::Employer(e) => (false, e),
        Payer::Head(e) => (true, e),
    };
    let is_story = !is_head && world.is_story(e);
    let variant = if !is_story && dice.chance(0.03) {
        1 + dice.below(3) as u32
    } else {
        0
    };
    let mention = mentions
        .entry((is_head, e, variant))
        .or_insert_with(|| world.mention(cover.payer, variant));
    let (id, name) = if is_story {
        (who.id.as_str().to_owned(), who.name)
    } else {
        let name = if dice.chance(0.01) {
            dirt::name::person(&who.name, &mut dice, &world.words.rare)
        } else {
            who.name
        };
        (
            dirt::id::write(&who.id, &dirt::id::INSURANCE_RATES, &mut dice),
            name,
        )
    };
    let start = date(cover.start, is_story, &mut dice);
    let end = cover
        .end
        .map(|end| date(end, is_story, &mut dice))
        .unwrap_or_default();
    sheet.row(&[
        &world.ins_id(person, cover.slot),
        &id,
        &name,
        &mention.code,
        &mention.name,
        &start,
        &end,
    ])
}

fn date(days: i32, is_clean: bool, dice: &mut Dice) -> String {
    if !is_clean && dice.chance(0.01) {
        dirt::date::dressed(days, dice)
    } else {
        compose::iso(days)
    }
}
