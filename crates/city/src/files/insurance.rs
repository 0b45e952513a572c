//! insurance: insured persons (人社), and how many each employer really has insured now.

use std::collections::HashMap;
use std::path::Path;

use crate::compose;
use crate::dice::{Dice, Shuffle, Topic};
use crate::dirt;
use crate::files::Rows;
use crate::mention::Mention;
use crate::next_day::{Fate, NextDay};
use crate::person::{Cover, Payer};
use crate::sheet::{Format, Sheet};
use crate::world::World;
use crate::{CityError, Progress};

const HEADS: [&str; 7] = [
    "ins_id",
    "id_no",
    "name",
    "employer_uscc",
    "employer_name",
    "start",
    "end",
];

/// True counts of insured persons by enterprise.
pub(crate) struct Insured {
    pub(crate) today: Vec<u32>,
    pub(crate) next_day: Vec<u32>,
}

/// Writes the rows, employer by employer; returns their number and the true counts.
pub(crate) fn write(
    world: &World,
    dir: &Path,
    format: Format,
    progress: &Progress,
) -> Result<(Rows, Insured), CityError> {
    let mut sheet = Sheet::open(dir, "insurance", format, &HEADS)?;
    let mut next = NextDay::open(world, dir, "insurance", format, &HEADS)?;
    let plan = &world.plan;
    let groups = plan.staff.len() as u32 - 1;
    let nobody = vec![0_u32; plan.classes.small as usize];
    let mut insured = Insured {
        today: nobody.clone(),
        next_day: nobody,
    };
    let order = Shuffle::new(world.seed, 9, u64::from(groups));
    let mut mentions: HashMap<(bool, u32, u32), Mention> = HashMap::new();
    let mut done = 0;
    for at in 0..groups {
        let group = order.apply(u64::from(at)) as u32;
        mentions.clear();
        for k in 0..plan.staff_of(group) {
            let person = plan.staff[group as usize] + k;
            for cover in world.covers_of(person, group, k) {
                let cells = cells(world, person, cover, &mut mentions);
                let cells = cells.each_ref().map(String::as_str);
                sheet.row(&cells)?;
                let tomorrow = tomorrow(world, person, cover, &cells, &mut next)?;
                if let Payer::Employer(e) = cover.payer
                    && e < plan.classes.small
                {
                    insured.today[e as usize] += u32::from(cover.is_now(world.as_of));
                    insured.next_day[e as usize] += tomorrow;
                }
            }
            done += 1;
            progress.step("insurance", done, plan.persons());
        }
    }
    Ok((Rows::of(sheet, next)?, insured))
}

/// The row of the day after, and how many persons are insured by this row and the one that may come beside it.
fn tomorrow(
    world: &World,
    person: u32,
    cover: Cover,
    cells: &[&str; 7],
    next: &mut NextDay,
) -> Result<u32, CityError> {
    let (today, day) = (world.as_of, world.as_of + 1);
    let stays = u32::from(cover.is_now(day));
    let number = u64::from(person) * 2 + u64::from(cover.slot);
    if matches!(cover.payer, Payer::Employer(e) if world.is_story(e)) {
        return Ok(stays);
    }
    match next.fate(number) {
        Fate::Leaves => {
            next.delete(cells)?;
            Ok(0)
        }
        // Whoever is insured leaves on the day of the files; who has left already stays as they are.
        Fate::Changes if cover.end.is_none() => {
            next.change(cells, "end", &compose::iso(today))?;
            Ok(0)
        }
        Fate::Followed if cover.slot == 0 => {
            let newcomer = world.plan.persons() + world.size.drivers + world.size.members + person;
            let who = world.person(newcomer);
            next.insert(&[
                &world.ins_id(newcomer, 0),
                who.id.as_str(),
                &who.name,
                cells[3],
                cells[4],
                &compose::iso(day),
                "",
            ])?;
            Ok(stays + 1)
        }
        Fate::Stays | Fate::Changes | Fate::Followed => Ok(stays),
    }
}

fn cells(
    world: &World,
    person: u32,
    cover: Cover,
    mentions: &mut HashMap<(bool, u32, u32), Mention>,
) -> [String; 7] {
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
    [
        world.ins_id(person, cover.slot),
        id,
        name,
        mention.code.clone(),
        mention.name.clone(),
        start,
        end,
    ]
}

fn date(days: i32, is_clean: bool, dice: &mut Dice) -> String {
    if !is_clean && dice.chance(0.01) {
        dirt::date::dressed(days, dice)
    } else {
        compose::iso(days)
    }
}
