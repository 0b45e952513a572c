//! tax: wage declarations (税务).

use std::path::Path;

use crate::dice::{Dice, Shuffle, Topic};
use crate::dirt;
use crate::files::Rows;
use crate::next_day::{Fate, NextDay};
use crate::sheet::{Format, Sheet};
use crate::world::World;
use crate::{CityError, Progress, compose};

const HEADS: [&str; 8] = [
    "tax_id",
    "uscc",
    "taxpayer_name",
    "tax_year",
    "headcount",
    "payroll",
    "union_fee_paid",
    "prep_fee_paid",
];

/// Writes one declaration for every enterprise with staff and for as many others as the size wants.
pub(crate) fn write(
    world: &World,
    dir: &Path,
    format: Format,
    progress: &Progress,
) -> Result<Rows, CityError> {
    let mut sheet = Sheet::open(dir, "tax", format, &HEADS)?;
    let mut next = NextDay::open(world, dir, "tax", format, &HEADS)?;
    let c = world.plan.classes;
    let order = Shuffle::new(world.seed, 10, u64::from(c.all));
    let ids = Shuffle::new(world.seed, 11, 10_000_000_000);
    let wanted_others =
        f64::from(world.size.tax.saturating_sub(c.small)) / f64::from((c.all - c.small).max(1));
    let year = compose::day(world.as_of).year() - 1;
    for at in 0..c.all {
        let e = order.apply(u64::from(at)) as u32;
        let mut dice = world.dice(Topic::Tax, e, 0);
        if e < c.small || dice.chance(wanted_others) {
            let cells = cells(world, e, year, ids.apply(u64::from(e)), &mut dice);
            let cells = cells.each_ref().map(String::as_str);
            sheet.row(&cells)?;
            let later = ids.apply(u64::from(c.all) + u64::from(e));
            tomorrow(world, e, &cells, later, &mut next)?;
        }
        progress.step("tax", at, c.all);
    }
    Rows::of(sheet, next)
}

/// The row of the day after: a declaration is withdrawn, corrected, or the next year's comes early.
fn tomorrow(
    world: &World,
    e: u32,
    cells: &[&str; 8],
    later: u64,
    next: &mut NextDay,
) -> Result<(), CityError> {
    if world.is_story(e) {
        return Ok(());
    }
    let mut dice = next.dice(u64::from(e));
    match next.fate(u64::from(e)) {
        Fate::Stays => Ok(()),
        Fate::Leaves => next.delete(cells),
        Fate::Changes => {
            let staff: u64 = cells[4].parse().unwrap_or(0);
            next.change(cells, "headcount", &(staff + 1 + dice.below(5)).to_string())
        }
        Fate::Followed => {
            let (id, year) = (
                format!("{later:010}"),
                compose::day(world.as_of).year().to_string(),
            );
            let mut row = *cells;
            (row[0], row[3]) = (&id, &year);
            next.insert(&row)
        }
    }
}

fn cells(world: &World, e: u32, year: i32, id: u64, dice: &mut Dice) -> [String; 8] {
    let c = world.plan.classes;
    let employer = world.employer(e);
    let staff = world
        .plan
        .group(e)
        .map_or_else(|| dice.below(3) as u32, |group| world.plan.staff_of(group));
    let declared = (f64::from(staff) * (0.92 + 0.16 * dice.unit())).round() as u64;
    let wage = 48_000.0 + 60_000.0 * dice.unit();
    let payroll = (declared as f64 * wage).round() as u64;
    let headcount = match dice.weighted(&[88.0, 6.0, 6.0]) {
        0 => declared.to_string(),
        1 => String::new(),
        _ => "0".to_owned(),
    };
    let (has_union, is_big) = (e < c.union, (c.beside..c.big).contains(&e));
    let fee_rate = if has_union {
        0.75
    } else if is_big && !world.is_story(e) {
        0.015
    } else {
        0.0
    };
    let is_payer = staff > 0 && dice.chance(fee_rate);
    let prep_rate = if is_big { 0.3 } else { 0.02 };
    let is_preparing = staff > 0 && !has_union && !is_payer && dice.chance(prep_rate);
    let fee = if is_payer {
        yuan(payroll, 40)
    } else {
        String::new()
    };
    let prep = if is_preparing {
        yuan(payroll, 100)
    } else {
        String::new()
    };
    let code = match dice.weighted(&[99.4, 0.3, 0.3]) {
        1 if !world.is_story(e) => employer.reg_no.clone().unwrap_or_else(|| employer.code.clone()),
        2 if !world.is_story(e) => dirt::code::typo(&employer.code, dice),
        _ => employer.code.clone(),
    };
    let name = if dice.chance(0.05) && !world.is_story(e) {
        dirt::name::variant(&employer.name, dice)
    } else {
        employer.name.full()
    };
    [
        format!("{id:010}"),
        code,
        name,
        year.to_string(),
        headcount,
        format!("{payroll}.00"),
        fee,
        prep,
    ]
}

/// A share of a payroll in yuan and fen: `share` ten-thousandths.
fn yuan(payroll: u64, share: u64) -> String {
    let fen = payroll * share / 100;
    format!("{}.{:02}", fen / 100, fen % 100)
}
