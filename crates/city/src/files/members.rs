//! members: the real-name member register, and the truth about each membership's insurance row.

use std::path::Path;

use crate::compose;
use crate::dice::Topic;
use crate::dirt;
use crate::employer::mobile;
use crate::files::Rows;
use crate::next_day::{Fate, NextDay};
use crate::plan::{UnionKind, UnionPlan};
use crate::sheet::{Format, Sheet};
use crate::world::World;
use crate::{CityError, Progress};

const HEADS: [&str; 6] = ["member_id", "union_id", "name", "id_no", "phone", "join_date"];

/// The open files of the members.
struct Files {
    sheet: Sheet,
    links: Sheet,
    next: NextDay,
}

/// Writes the memberships union by union, and `truth/members`.
pub(crate) fn write(
    world: &World,
    dir: &Path,
    truth: &Path,
    format: Format,
    progress: &Progress,
) -> Result<Rows, CityError> {
    let truth_format = if format == Format::Parquet {
        Format::Parquet
    } else {
        Format::Csv
    };
    let mut files = Files {
        sheet: Sheet::open(dir, "members", format, &HEADS)?,
        links: Sheet::open(truth, "members", truth_format, &["member_id", "ins_id"])?,
        next: NextDay::open(world, dir, "members", format, &HEADS)?,
    };
    for (u, union) in world.plan.unions.iter().enumerate() {
        let union_id = world.union_id(u as u32);
        for i in 0..union.members {
            let membership = world.member_starts[u] + i;
            write_row(world, union, &union_id, membership, i, &mut files)?;
            progress.step("members", membership, world.size.members);
        }
    }
    files.links.close()?;
    Rows::of(files.sheet, files.next)
}

fn write_row(
    world: &World,
    union: &UnionPlan,
    union_id: &str,
    membership: u32,
    i: u32,
    files: &mut Files,
) -> Result<(), CityError> {
    let mut dice = world.dice(Topic::MemberDirt, membership, 0);
    let (group, k) = whose_membership(world, union, membership, i);
    let person = world.plan.staff[group as usize] + k;
    let who = world.person(person);
    let name = if dice.chance(0.03) {
        dirt::name::person(&who.name, &mut dice, &world.words.rare)
    } else {
        who.name
    };
    let id = if dice.chance(0.003) {
        // Another person's number copied into this row (dirt D25).
        let other = dice.below(u64::from(world.plan.persons())) as u32;
        world.person(other).id.as_str().to_owned()
    } else {
        dirt::id::write(&who.id, &dirt::id::MEMBER_RATES, &mut dice)
    };
    let phone = match dice.weighted(&[86.0, 10.0, 2.0, 2.0]) {
        0 => who.phone,
        1 => String::new(),
        2 => who.phone[..10].to_owned(),
        _ => format!("0574-8{:07}", u64::from(group) * 7919 % 10_000_000),
    };
    let joined = world.as_of - 40 - dice.below(3000) as i32;
    let join_date = match dice.weighted(&[90.0, 5.0, 5.0]) {
        0 => compose::iso(joined),
        1 => dirt::date::dressed(joined, &mut dice),
        _ => String::new(),
    };
    let id_of_row = world.member_id(membership);
    let cells = [
        id_of_row.as_str(),
        union_id,
        name.as_str(),
        id.as_str(),
        phone.as_str(),
        join_date.as_str(),
    ];
    files.sheet.row(&cells)?;
    files.links.row(&[
        &id_of_row,
        &world.true_ins_id(person, group, k).unwrap_or_default(),
    ])?;
    tomorrow(world, membership, &cells, &mut files.next)
}

/// The row of the day after: a member has left, has another phone, or a new one has joined the same union.
fn tomorrow(world: &World, membership: u32, cells: &[&str; 6], next: &mut NextDay) -> Result<(), CityError> {
    let mut dice = next.dice(u64::from(membership));
    match next.fate(u64::from(membership)) {
        Fate::Stays => Ok(()),
        Fate::Leaves => next.delete(cells),
        Fate::Changes => next.change(cells, "phone", &mobile(&mut dice)),
        Fate::Followed => {
            let number = world.plan.persons() + world.size.drivers + membership;
            let who = world.person(number);
            next.insert(&[
                &world.member_id(world.size.members + membership),
                cells[1],
                &who.name,
                who.id.as_str(),
                &who.phone,
                &compose::iso(world.as_of),
            ])
        }
    }
}

/// Group and place of the person behind a membership: mostly the union's own staff, in a few rows a person who is a
/// member elsewhere too (dirt D23), in joint unions the covered firms' staff in turn.
fn whose_membership(world: &World, union: &UnionPlan, membership: u32, i: u32) -> (u32, u32) {
    let plan = &world.plan;
    let mut dice = world.dice(Topic::Member, membership, 0);
    if let UnionKind::Joint(at) = union.kind {
        let mut flat = i * 10 / 7;
        for e in &plan.covers[at] {
            let count = plan.staff_of(*e);
            if flat < count {
                return (*e, flat);
            }
            flat -= count;
        }
    }
    let is_special = union.group == plan.classes.small;
    if !is_special && dice.chance(0.04) {
        let other = dice.below(u64::from(plan.classes.union)) as u32;
        let count = plan.staff_of(other);
        if count > 0 {
            return (other, dice.below(u64::from(count)) as u32);
        }
    }
    (union.group, union.first + i)
}
