//! How an agency writes an employer in its own file: a code and a name, mostly clean, mostly always the same way.

use crate::compose;
use crate::dice::{Dice, Topic};
use crate::dirt;
use crate::name::FirmName;
use crate::person::Payer;
use crate::world::World;

/// An employer as written in an agency's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) code: String,
    pub(crate) name: String,
}

impl World {
    /// How the insurance agency writes a payer; a few rows of each payer (`variant` > 0) are written another way.
    pub(crate) fn mention(&self, payer: Payer, variant: u32) -> Mention {
        let (e, code, reg_no, name, former) = match payer {
            Payer::Employer(e) => {
                let employer = self.employer(e);
                (e, employer.code, employer.reg_no, employer.name, employer.former)
            }
            Payer::Head(e) => {
                let name = self.payer_elsewhere(e);
                let number = self.org_number(self.plan.classes.organs + self.size.unions + e);
                (
                    e,
                    compose::uscc("91", 310_115, &compose::letter_body("MB", number))
                        .as_str()
                        .to_owned(),
                    None,
                    name,
                    None,
                )
            }
        };
        if self.is_story(e) {
            return Mention {
                code,
                name: name.full(),
            };
        }
        let mut dice = self.dice(
            if variant == 0 {
                Topic::Mention
            } else {
                Topic::MentionVariant
            },
            e,
            variant,
        );
        let written = code_text(&mut dice, &code, reg_no.as_deref());
        let must_name = written.is_empty();
        Mention {
            name: name_text(&mut dice, &name, former.as_ref(), must_name),
            code: written,
        }
    }
}

fn code_text(dice: &mut Dice, code: &str, reg_no: Option<&str>) -> String {
    match dice.weighted(&[92.5, 2.5, 1.5, 1.0, 1.0, 1.5]) {
        0 => code.to_owned(),
        1 => dirt::code::org_code(code, dice),
        2 => String::new(),
        3 => dirt::code::typo(code, dice),
        4 => reg_no.unwrap_or(code).to_owned(),
        _ => dirt::code::dress(code, dice),
    }
}

fn name_text(dice: &mut Dice, name: &FirmName, former: Option<&FirmName>, must_name: bool) -> String {
    match dice.weighted(&[81.0, 12.0, 2.0, 2.0, 3.0]) {
        0 => name.full(),
        1 => dirt::name::variant(name, dice),
        2 => former.unwrap_or(name).full(),
        3 if !must_name => String::new(),
        4 if !must_name => dirt::name::short(name, dice),
        _ => name.full(),
    }
}
