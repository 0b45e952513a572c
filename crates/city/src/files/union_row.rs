//! One row of the union register with its dirt; tells which kinds of dirt it got.

use crate::compose;
use crate::dice::{Dice, Topic};
use crate::dirt;
use crate::employer::mobile;
use crate::files::enterprises::address_text;
use crate::plan::UnionKind;
use crate::union::Union;
use crate::world::World;

/// A row as written.
#[derive(Default)]
pub(crate) struct UnionRow {
    pub(crate) name: String,
    pub(crate) employer_code: String,
    pub(crate) union_code: String,
    pub(crate) employer_name: String,
    pub(crate) legal_rep: String,
    pub(crate) county: String,
    pub(crate) street: String,
    pub(crate) address: String,
    pub(crate) phone: String,
    pub(crate) section: String,
    pub(crate) founded: String,
    pub(crate) term_end: String,
    pub(crate) declared: String,
    /// Kinds of dirt by the catalogue (`D3`, `D7` …).
    pub(crate) kinds: Vec<&'static str>,
}

/// Poor records are dirty in every field at once: a seventh of the register carries three times the usual rate.
struct Hand {
    dice: Dice,
    factor: f64,
}

impl Hand {
    fn slips(&mut self, rate: f64) -> bool {
        let rate = rate * self.factor;
        self.dice.chance(rate)
    }
}

/// Writes one union.
pub(crate) fn write(world: &World, union: &Union) -> UnionRow {
    let mut dice = world.dice(Topic::UnionDirt, union.number, 0);
    let is_clean = matches!(
        union.plan.kind,
        UnionKind::City | UnionKind::County(_) | UnionKind::Town
    ) || union
        .employer
        .as_ref()
        .is_some_and(|employer| world.is_story_ghost(employer.number));
    let factor = if is_clean {
        0.0
    } else if dice.chance(0.15) {
        2.6
    } else {
        0.72
    };
    let mut hand = Hand { dice, factor };
    let mut row = UnionRow::default();
    let clean_name = match (&union.employer, &union.organ) {
        (Some(employer), _) => employer.name.full(),
        (None, Some((name, _))) => name.clone(),
        (None, None) => String::new(),
    };
    let written =
        employer_name(world, union, &mut hand, &mut row.kinds).unwrap_or_else(|| clean_name.clone());
    let in_title = if hand.dice.chance(0.75) {
        &written
    } else {
        &clean_name
    };
    row.name = world.union_name(union, in_title);
    row.employer_name = if hand.slips(0.3) {
        String::new()
    } else if hand.dice.chance(0.65) {
        written.clone()
    } else {
        clean_name
    };
    codes(world, union, &mut hand, &mut row);
    place(world, union, &mut hand, &mut row);
    contact(world, union, &mut hand, &mut row);
    dates_and_counts(world, union, &mut hand, &mut row);
    status_kinds(world, union, &mut row);
    row
}

fn employer_name(
    world: &World,
    union: &Union,
    hand: &mut Hand,
    kinds: &mut Vec<&'static str>,
) -> Option<String> {
    let employer = union.employer.as_ref()?;
    let name = world.name_at_founding(union, employer);
    if *name != employer.name {
        kinds.push("D9");
    }
    if hand.slips(0.20) {
        kinds.push("D7");
        return Some(dirt::name::variant(name, &mut hand.dice));
    }
    if hand.slips(0.068) {
        kinds.push("D8");
        return Some(dirt::name::short(name, &mut hand.dice));
    }
    if hand.slips(0.04) {
        kinds.push("typo");
        return Some(dirt::name::typo(name, &mut hand.dice));
    }
    Some(name.full())
}

fn codes(world: &World, union: &Union, hand: &mut Hand, row: &mut UnionRow) {
    row.union_code = union.code.clone().unwrap_or_default();
    let (code, reg_no) = match (&union.employer, &union.organ) {
        (Some(employer), _) => (employer.code.clone(), employer.reg_no.clone()),
        (None, Some((_, code))) => (code.clone(), None),
        (None, None) => return,
    };
    let code = twin_code(world, union, hand, row).unwrap_or(code);
    if hand.slips(0.18) {
        row.kinds.push("D1");
        row.employer_code = dirt::code::nothing(&mut hand.dice).to_owned();
    } else if hand.slips(0.062) {
        row.kinds.push("D2");
        row.employer_code = std::mem::replace(&mut row.union_code, code);
    } else if hand.slips(0.1) {
        row.kinds.push("D3");
        row.employer_code = dirt::code::org_code(&code, &mut hand.dice);
    } else if let Some(reg_no) = reg_no.filter(|_| hand.slips(0.28)) {
        row.kinds.push("D4");
        row.employer_code = reg_no;
    } else if hand.slips(0.05) {
        row.kinds.push("D5");
        row.employer_code = dirt::code::typo(&code, &mut hand.dice);
    } else if union.enterprise().is_some() && hand.slips(0.014) {
        row.kinds.push("D6");
        let other = hand.dice.below(u64::from(world.plan.classes.small)) as u32;
        row.employer_code = world.employer(other).code;
    } else if hand.slips(0.006) {
        row.kinds.push("scientific");
        row.employer_code = dirt::code::scientific(&code);
    } else if hand.slips(0.05) {
        row.kinds.push("dressed");
        row.employer_code = dirt::code::dress(&code, &mut hand.dice);
    } else {
        row.employer_code = code;
    }
}

/// A firm that was registered anew: some unions still carry the old registration's code.
fn twin_code(world: &World, union: &Union, hand: &mut Hand, row: &mut UnionRow) -> Option<String> {
    let twin = world.twin_of(union.enterprise()?)?;
    row.kinds.push("twin");
    hand.slips(0.3).then(|| world.employer(twin).code)
}

fn place(world: &World, union: &Union, hand: &mut Hand, row: &mut UnionRow) {
    let county = world.places.county_of(union.plan.town);
    row.county = county.name.clone();
    row.street = match union.plan.kind {
        UnionKind::City | UnionKind::County(_) | UnionKind::Industry(_) | UnionKind::Federation => {
            String::new()
        }
        _ if hand.slips(0.03) => String::new(),
        _ => world.places.towns[union.plan.town].name.clone(),
    };
    if union.plan.kind == UnionKind::City {
        row.county = String::new();
    }
    let retired = match county.code {
        330_213 => Some(["330283", "奉化市"]),
        330_212 => Some(["330204", "江东区"]),
        _ => None,
    };
    if let Some(retired) = retired.filter(|_| hand.slips(0.1)) {
        row.kinds.push("D35");
        row.county = retired[hand.dice.below(2) as usize].to_owned();
    }
    let Some(employer) = &union.employer else { return };
    if hand.slips(0.15) {
        return;
    }
    let mut address = employer.address.clone();
    if hand.slips(0.2) {
        address.number += 1 + hand.dice.below(60) as u32;
        address.room = String::new();
    }
    let spelling = hand.dice.below(4);
    row.address = address_text(world, &address, spelling);
}

fn contact(world: &World, union: &Union, hand: &mut Hand, row: &mut UnionRow) {
    let own = mobile(&mut hand.dice);
    let employer = union.employer.as_ref();
    row.phone = match hand.dice.weighted(&[20.0, 40.0, 40.0]) {
        0 => String::new(),
        1 => employer.map_or(own, |employer| employer.phone.clone()),
        _ => own,
    };
    if hand.slips(0.02) {
        row.kinds.push("D27");
        row.phone.pop();
    }
    let Some(employer) = employer else { return };
    row.section = if hand.slips(0.12) {
        String::new()
    } else {
        employer.industry[..1].to_owned()
    };
    row.legal_rep = if hand.slips(0.25) {
        String::new()
    } else if hand.slips(0.08) {
        world.words.person(&mut hand.dice, true)
    } else {
        employer.legal_rep.clone()
    };
}

fn dates_and_counts(world: &World, union: &Union, hand: &mut Hand, row: &mut UnionRow) {
    row.founded = if hand.slips(0.08) {
        row.kinds.push("D20");
        dirt::date::hollow(union.founded, world.as_of, &mut hand.dice)
    } else if hand.slips(0.06) {
        dirt::date::dressed(union.founded, &mut hand.dice)
    } else {
        compose::iso(union.founded)
    };
    let terms = (world.as_of - union.founded) / 1826 + i32::from(!hand.slips(0.15));
    row.term_end = if hand.slips(0.1) {
        String::new()
    } else {
        compose::iso(union.founded + terms.max(1) * 1826)
    };
    row.declared = if hand.slips(0.15) {
        row.kinds.push("D18");
        ["", "0"][hand.dice.below(2) as usize].to_owned()
    } else {
        let real = f64::from(union.plan.members);
        format!("{}", (real * (0.95 + 0.15 * hand.dice.unit())).round() as u32)
    };
}

fn status_kinds(world: &World, union: &Union, row: &mut UnionRow) {
    if union.plan.kind == UnionKind::Second {
        row.kinds.push("D19");
    }
    if let Some(employer) = &union.employer {
        match employer.traits.status {
            "注销" | "吊销" => row.kinds.push("D15"),
            "迁出" => row.kinds.push("D16"),
            _ => {}
        }
        if world.platform_of(employer.number).is_some() {
            row.kinds.push("D13");
        }
        if employer.traits.agent.is_some() {
            row.kinds.push("D14");
        }
    }
    if union.has_chair_left {
        row.kinds.push("D33");
    }
    if union.plan.kind == UnionKind::Ghost {
        row.kinds.push("ghost");
    }
}
