//! Turns one pair into a pattern: the level that each field reaches, and how many other firms would reach it too.

use super::claim::{Claim, CodeStanding, Entity, Population, StatusClass};
use super::distance::{is_subsequence, slips};
use super::field::{self, FIELD_COUNT, Field};
use super::frequency::{Register, weighed};
use super::name::{compare_names, rank};

/// One pair to be compared.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    pub claim: &'a Claim,
    pub entity: Entity<'a>,
    /// Members of the union who are insured at this enterprise.
    pub votes_here: u32,
    /// What points at the head office, if the enterprise is a branch.
    pub head_office: HeadOffice,
}

/// A branch's union often states the head office's code, and the head office often pays for the branch's staff. Neither
/// speaks against the branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeadOffice {
    /// The stated code is the head office's, or foreign like the head office itself.
    pub has_code: bool,
    /// Most members are insured through the head office.
    pub has_vote: bool,
}

/// What a comparison found; by default that neither side says anything.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Pattern {
    /// Level per field, see [`Field::levels`].
    pub levels: [u8; FIELD_COUNT],
    /// For levels whose chance depends on the value: how many other registered firms would agree as well.
    pub others: [f32; FIELD_COUNT],
}

impl Pattern {
    /// The levels in one number, four bits each.
    pub fn packed(&self) -> u64 {
        self.levels
            .iter()
            .fold(0, |sum, &level| sum << 4 | u64::from(level))
    }
}

/// Compares one pair. Missing values give level 0 and weigh nothing.
pub fn compare(pair: &Pair<'_>, register: &Register) -> Pattern {
    let mut pattern = Pattern::default();
    let (claim, entity) = (pair.claim, &pair.entity);
    let mut set = |field: Field, (level, others): (u8, f64)| {
        pattern.levels[field.index()] = level;
        pattern.others[field.index()] = others as f32;
    };
    let code = match code(claim, entity) {
        field::code::OTHER | field::code::ABSENT if pair.head_office.has_code => 0,
        level => level,
    };
    set(Field::Code, (code, 0.0));
    set(Field::Name, name(claim, entity, code, register));
    set(Field::LegalRep, legal_rep(claim, entity));
    set(
        Field::Phone,
        same_key(claim.phone, entity.phone, entity.shared.phone),
    );
    set(
        Field::Address,
        same_key(claim.address, entity.address, entity.shared.address),
    );
    set(Field::Place, (place(claim, entity), 0.0));
    set(Field::Industry, (industry(claim, entity), 0.0));
    set(Field::Dates, (dates(claim.founded, entity.founded), 0.0));
    set(Field::Status, (status(entity.status), 0.0));
    set(
        Field::Vote,
        match vote(claim, pair.votes_here) {
            (field::vote::ELSEWHERE | field::vote::OUTSIDE | field::vote::SCATTERED, _)
                if pair.head_office.has_vote =>
            {
                (0, 0.0)
            }
            found => found,
        },
    );
    pattern
}

fn code(claim: &Claim, entity: &Entity<'_>) -> u8 {
    use field::code as level;
    let code = &claim.code;
    let meets = |left: Option<i64>, right: Option<i64>| left.is_some() && left == right;
    if code.standing == CodeStanding::None {
        return 0;
    }
    if meets(code.uscc, entity.uscc) {
        return level::EXACT;
    }
    if meets(code.org, entity.org) {
        return level::ORG;
    }
    if meets(code.reg, entity.reg) {
        return level::REG;
    }
    if entity.uscc.is_some_and(|key| code.near.contains(&key)) {
        return level::NEAR;
    }
    let comparable = (code.uscc.is_some() && entity.uscc.is_some())
        || (code.org.is_some() && entity.org.is_some())
        || (code.reg.is_some() && entity.reg.is_some())
        || (code.standing == CodeStanding::Unreadable && entity.uscc.is_some());
    match code.standing {
        _ if !comparable => 0,
        CodeStanding::Registered => level::OTHER,
        CodeStanding::Absent => level::ABSENT,
        CodeStanding::Unreadable if code.near.is_empty() => 0,
        CodeStanding::Unreadable => level::UNREADABLE,
        CodeStanding::None => 0,
    }
}

fn name(claim: &Claim, entity: &Entity<'_>, code: u8, register: &Register) -> (u8, f64) {
    let has_its_code = matches!(code, field::code::EXACT | field::code::ORG | field::code::REG);
    let best = claim
        .names
        .iter()
        .map(
            |form| match compare_names(&form.view(), &entity.name, entity.former) {
                // With the branch's own code the name is the branch's too, cut short.
                field::name::BRANCH | field::name::BRAND if has_its_code && is_cut_short(form, entity) => {
                    (field::name::SHORT, form)
                }
                found => (found, form),
            },
        )
        .min_by_key(|(found, _)| rank(*found));
    let Some((found, form)) = best else {
        return (0, 0.0);
    };
    (found, others_of_name(found, form, entity, register))
}

/// The stated name is that of the branch without its tail, whole or shortened.
fn is_cut_short(form: &super::NameForm, entity: &Entity<'_>) -> bool {
    let chars = |text: &str| text.chars().collect::<Vec<char>>();
    entity.name.branch.is_some()
        && form.branch.is_none()
        && form.brand == entity.name.brand
        && is_subsequence(&chars(&form.trade), &chars(entity.name.trade))
}

/// How many other firms share the agreeing part of the name. The one counted firm may be the match itself, so it is taken
/// off; what is left never reaches zero, since a firm outside the register may bear the same name.
fn others_of_name(found: u8, form: &super::NameForm, entity: &Entity<'_>, register: &Register) -> f64 {
    use field::name as level;
    let shared = &entity.shared;
    let (core, brand) = (weighed(shared.core), weighed(shared.brand));
    match found {
        level::EXACT => weighed(shared.name) - 0.97,
        level::CORE => core - 0.9,
        level::CORE_ELSEWHERE => core - 0.5,
        // Whoever bears that name now is another firm; the one that gave it up is the match itself.
        level::FORMER => {
            0.003
                + register
                    .bearers
                    .get(&form.normal_key)
                    .copied()
                    .map_or(0.0, f64::from)
        }
        level::SHORT => (brand - 0.5) * if form.trade.is_empty() { 1.0 } else { 0.3 },
        level::TRADE_SLIP => (brand - 0.5) * 0.05,
        level::BRAND => brand - 0.2,
        _ => 0.0,
    }
}

fn legal_rep(claim: &Claim, entity: &Entity<'_>) -> (u8, f64) {
    use field::rep as level;
    let (Some(left), Some(right)) = (claim.legal_rep.as_deref(), entity.legal_rep) else {
        return (0, 0.0);
    };
    if left.is_empty() || right.is_empty() {
        return (0, 0.0);
    }
    if left == right {
        return (level::EXACT, weighed(entity.shared.legal_rep) - 0.7);
    }
    let (l, r): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let near = slips(&l, &r) == 1
        && l.len().min(r.len()) >= 2
        && l.first() == r.first()
        && l.len().max(r.len()) >= 3;
    (if near { level::NEAR } else { level::DIFFERENT }, 0.0)
}

fn same_key(left: Option<i64>, right: Option<i64>, shared: u32) -> (u8, f64) {
    use field::same as level;
    match (left, right) {
        (Some(l), Some(r)) if l == r => (level::SAME, weighed(shared) - 0.9),
        (Some(_), Some(_)) => (level::DIFFERENT, 0.0),
        _ => (0, 0.0),
    }
}

fn place(claim: &Claim, entity: &Entity<'_>) -> u8 {
    use field::place as level;
    match (claim.county, entity.county) {
        (Some(l), Some(r)) if l != r => level::ELSEWHERE,
        (Some(_), Some(_)) => match (claim.town, entity.town) {
            (Some(l), Some(r)) if l == r => level::TOWN,
            (Some(_), Some(_)) => level::OTHER_TOWN,
            _ => level::COUNTY,
        },
        _ => 0,
    }
}

fn industry(claim: &Claim, entity: &Entity<'_>) -> u8 {
    match (claim.industry, entity.industry) {
        (Some(l), Some(r)) if l == r => field::same::SAME,
        (Some(_), Some(_)) => field::same::DIFFERENT,
        _ => 0,
    }
}

/// A union is founded after its employer. A month of grace covers founding dates rounded to months.
fn dates(union: Option<i32>, enterprise: Option<i32>) -> u8 {
    use field::dates as level;
    let (Some(union), Some(enterprise)) = (union, enterprise) else {
        return 0;
    };
    match enterprise - union {
        ..=31 => level::FITS,
        32..=366 => level::LATER,
        _ => level::NOT_THERE,
    }
}

fn status(status: StatusClass) -> u8 {
    use field::status as level;
    match status {
        StatusClass::InBusiness => level::IN_BUSINESS,
        StatusClass::Paused | StatusClass::Unknown => level::UNCLEAR,
        StatusClass::Gone | StatusClass::MovedOut => level::GONE,
    }
}

/// From this many unions on, an employer that wins them is a payer for others (劳务派遣, 集团代缴); not working there is then no
/// sign against a firm.
const AGENCY_WINS: u32 = 4;

fn vote(claim: &Claim, here: u32) -> (u8, f64) {
    use field::vote as level;
    if claim.population == Population::Collective {
        // Members of a joint union work at the firms it covers; that makes none of them its own employer.
        return (0, 0.0);
    }
    let Some(vote) = claim.vote.filter(|v| v.insured > 0) else {
        return (0, 0.0);
    };
    let share = f64::from(here) / f64::from(vote.insured);
    let wins = f64::from(vote.top_wins.saturating_sub(1));
    if here > 0 {
        let found = match (share >= 0.5, here) {
            (true, 3..) => level::MAJORITY,
            (true, _) => level::FEW,
            (false, 2..) if share >= 0.1 => level::SOME,
            _ => level::TRACE,
        };
        return (found, if here == vote.top { wins } else { 0.0 });
    }
    let clear = vote.top >= 3 && f64::from(vote.top) >= 0.5 * f64::from(vote.insured);
    let found = match (clear, vote.top_outside) {
        (true, true) => level::OUTSIDE,
        (true, false) if vote.top_wins < AGENCY_WINS => level::ELSEWHERE,
        _ => level::SCATTERED,
    };
    (found, 0.0)
}
