//! Who may be there already (疑似重复): new members of a check held against the register and against the file's own rows. Only told:
//! they count all the same.

use std::collections::{HashMap, HashSet};

use codes::resident_id::IdStatus;
use store::Tx;
use store::membership::{MemberLike, MemberRow};
use uuid::Uuid;

use super::ledger::Outcome;
use super::present::Register;
use super::sift::Sift;
use crate::error::AppError;

/// New rows that are held against the names of their unions; all are held against numbers.
const NAMED_MAX: usize = 20_000;

/// New members of the chunk at hand, and numbers met before in the file.
pub(super) struct Twins {
    is_check: bool,
    has_register: bool,
    /// The register's key of each union.
    unions: HashMap<Uuid, String>,
    numbers: HashMap<Vec<u8>, u64>,
    waiting: Vec<(MemberLike, u64)>,
    named: usize,
}

impl Twins {
    pub(super) fn of(register: &Register, is_check: bool, has_register: bool) -> Twins {
        let keys = register.unions.iter().filter(|_| is_check);
        Twins {
            is_check,
            has_register,
            unions: keys.map(|(key, id)| (*id, key.clone())).collect(),
            numbers: HashMap::new(),
            waiting: Vec::new(),
            named: 0,
        }
    }

    /// The register's key of a union.
    pub(super) fn union(&self, id: Uuid) -> &str {
        self.unions.get(&id).map_or("", String::as_str)
    }

    /// A new member came by.
    pub(super) fn met(&mut self, row: &MemberRow, number: u64) {
        if self.is_check {
            let like = MemberLike {
                member_id: row.member_id.clone(),
                union_org_id: row.union_org_id,
                name: row.name.clone(),
                id_index: row.id_index.clone(),
                id_status: row.id_status,
            };
            self.waiting.push((like, number));
        }
    }

    /// Tells which of those who came by are somebody's twin.
    pub(super) async fn tell(&mut self, tx: &mut Tx, sift: &mut Sift) -> Result<(), AppError> {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        let (mut numbered, mut named) = (Vec::new(), Vec::new());
        if self.has_register {
            let numbers: HashSet<&[u8]> = waiting.iter().filter_map(|(new, _)| number_of(new)).collect();
            numbered = tx.members_by_numbers(numbers).await?;
            self.named += waiting.len();
            if self.named <= NAMED_MAX {
                let unions: HashSet<Uuid> = waiting.iter().map(|(new, _)| new.union_org_id).collect();
                let names: HashSet<&str> = waiting.iter().map(|(new, _)| new.name.as_str()).collect();
                named = tx.members_named_in(unions, names).await?;
            }
        }
        let by_number: HashMap<&[u8], &MemberLike> = numbered
            .iter()
            .filter_map(|known| Some((number_of(known)?, known)))
            .collect();
        let by_name: HashMap<(Uuid, &str), &MemberLike> = named
            .iter()
            .map(|known| ((known.union_org_id, known.name.as_str()), known))
            .collect();
        for (new, row) in &waiting {
            let words = match number_of(new) {
                Some(number) => match (by_number.get(number), self.numbers.get(number)) {
                    (Some(known), _) => {
                        let union = self.union(known.union_org_id);
                        Some(format!(
                            "证件号码与台账中的会员 {}（工会 {union}）相同",
                            known.member_id
                        ))
                    }
                    (None, Some(first)) => Some(format!("证件号码与本文件第 {first} 行相同")),
                    (None, None) => None,
                },
                None => None,
            };
            let words = words.or_else(|| {
                let known = by_name.get(&(new.union_org_id, new.name.as_str()))?;
                // Two sound numbers that differ are two persons.
                let differ = number_of(known).is_some() && number_of(new).is_some();
                (!differ).then(|| {
                    format!(
                        "与同一工会的会员 {} 同名，且至少一方没有可用的证件号码",
                        known.member_id
                    )
                })
            });
            if let Some(number) = number_of(new) {
                self.numbers.entry(number.to_vec()).or_insert(*row);
            }
            if let Some(words) = words {
                sift.outcome(Outcome::Twin, Some(*row), &new.member_id, || words)?;
            }
        }
        Ok(())
    }
}

/// The blind index of a number that can be told from others.
fn number_of(member: &MemberLike) -> Option<&[u8]> {
    let is_sound = [IdStatus::Ok, IdStatus::From15, IdStatus::OtherDocument]
        .iter()
        .any(|status| *status as i64 == member.id_status);
    member.id_index.as_deref().filter(|_| is_sound)
}
