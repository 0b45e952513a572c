//! What the register knows of the memberships that a file is about, and what persons have set of them.

use std::collections::{HashMap, HashSet};

use codes::text::key64;
use codes::time::Day;
use domain::dictionary::{Dictionary, Element};
use domain::intake::Kind;
use domain::membership::MembershipState;
use store::Tx;
use store::membership::MemberRow;
use store::union_org::change::Dissolved;
use uuid::Uuid;

use super::cells::ColumnMap;
use super::members::MemberCells;
use super::pipeline::{Line, What};
use super::{Site, form};
use crate::error::AppError;
use crate::register_values::member_values;

/// A delta up to this size has its members looked up some thousand at a time; a larger one is quicker with all keys in memory.
const LOOKED_UP_BYTES: u64 = 8 << 20;

/// What the parsing threads know of the register.
pub(super) struct Register {
    /// Row id of each union by the register's key.
    pub unions: HashMap<String, Uuid>,
    /// Row hash of each membership by the hash of its key; `None`: those of some lines are looked up when the lines come.
    pub members: Option<HashMap<i64, i64>>,
    /// Where memberships stood at the beginning that ended here, by the hash of their keys: no file brings them back.
    pub past: HashMap<i64, MembershipState>,
    /// Unions that are active no longer, and how that is told: nobody joins them.
    pub dissolved: HashMap<Uuid, String>,
}

impl Register {
    /// Loads it as the transaction sees it.
    pub(super) async fn load(tx: &mut Tx, site: &Site) -> Result<Register, AppError> {
        let unions = tx.union_keys().await?.into_iter().collect();
        let past = tx.past_member_keys().await?.into_iter();
        let past = past
            .filter_map(|(key, state)| Some((key64(&key), MembershipState::from_code(&state)?)))
            .collect();
        let dissolved = tx.dissolved_unions().await?.into_iter();
        let dissolved = dissolved
            .map(|union| (union.id, dissolved_words(&union)))
            .collect();
        let count = usize::try_from(tx.member_count().await?).unwrap_or(0);
        if count > 0 && site.is_delta && site.file_bytes <= LOOKED_UP_BYTES {
            return Ok(Register {
                unions,
                members: None,
                past,
                dissolved,
            });
        }
        let mut members = HashMap::with_capacity(count);
        tx.each_member_key(|key, hash| {
            members.insert(key64(key), hash);
        })
        .await?;
        Ok(Register {
            unions,
            members: Some(members),
            past,
            dissolved,
        })
    }

    /// Whether a line may change a membership that is there: what is new, or the same as before, is not looked at again.
    fn may_change(&self, line: &Line<MemberCells>) -> bool {
        if line.key.is_empty() {
            return false;
        }
        let hash = match &line.what {
            What::Upsert(parsed) => Some(parsed.row.row.row_hash),
            What::Delete => None,
            What::Broken(..) | What::Unusable(_) => return false,
        };
        match &self.members {
            Some(members) => {
                let known = members.get(&key64(&line.key));
                known.is_some_and(|known| Some(*known) != hash)
            }
            None => true,
        }
    }
}

/// The memberships that some lines may change, as they are at this moment. Somebody may have moved, ended or corrected one since the
/// import began; from here on until it ends nobody does. A check only looks, at the moment at which it began.
pub(super) struct Present {
    pub rows: HashMap<String, MemberRow>,
    /// What ended since the register was loaded.
    pub past: HashMap<String, MembershipState>,
    /// Memberships whose union or state somebody changed here: no file changes them back.
    pub changed_here: HashSet<Uuid>,
    /// Elements that somebody has put right here, by membership.
    by_hand: HashMap<Uuid, HashSet<String>>,
}

impl Present {
    pub(super) async fn of(
        tx: &mut Tx,
        register: &Register,
        lines: &[Line<MemberCells>],
        is_check: bool,
    ) -> Result<Present, AppError> {
        let keys: Vec<&str> = lines
            .iter()
            .filter(|line| register.may_change(line))
            .map(|line| line.key.as_str())
            .collect();
        let mut present = Present {
            rows: HashMap::new(),
            past: HashMap::new(),
            changed_here: HashSet::new(),
            by_hand: HashMap::new(),
        };
        if keys.is_empty() {
            return Ok(present);
        }
        let rows = if is_check {
            tx.member_rows(keys.iter().copied()).await?
        } else {
            tx.hold_member_rows(keys.iter().copied()).await?
        };
        // What somebody did to these before they were held is seen by what is asked from here on.
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        present.changed_here = tx
            .members_changed_here(ids.iter().copied())
            .await?
            .into_iter()
            .collect();
        for (id, element) in tx.member_marks_by_hand(ids).await? {
            present.by_hand.entry(id).or_default().insert(element);
        }
        present.rows = rows.into_iter().map(|row| (row.member_id.clone(), row)).collect();
        let gone = keys.into_iter().filter(|key| !present.rows.contains_key(*key));
        let gone: Vec<&str> = gone.collect();
        if !gone.is_empty() {
            let past = tx.past_members_under(gone).await?.into_iter();
            present.past = past
                .filter_map(|(key, state)| Some((key, MembershipState::from_code(&state)?)))
                .collect();
        }
        Ok(present)
    }

    /// What the register holds under a key; `hash` is that of the file's row.
    pub(super) fn known(&mut self, register: &Register, key: &str, hash: i64) -> Known {
        if let Some(row) = self.rows.remove(key) {
            return Known::Row(Box::new(row));
        }
        let known = register
            .members
            .as_ref()
            .and_then(|members| members.get(&key64(key)));
        match known {
            Some(known) if *known == hash => Known::Same,
            Some(_) => Known::Ended,
            None => Known::Not,
        }
    }

    /// What persons have set of a membership.
    pub(super) fn set_of(&self, row: &MemberRow) -> Set {
        Set {
            is_changed_here: self.changed_here.contains(&row.id),
            by_hand: self.by_hand.get(&row.id).cloned().unwrap_or_default(),
        }
    }
}

/// What is known of a membership before a file's row is taken.
pub(super) enum Known {
    Not,
    /// It is there as the file has it.
    Same,
    Row(Box<MemberRow>),
    /// It was there when the import began.
    Ended,
}

/// What persons have set of a membership: a file does not change it.
pub(super) struct Set {
    /// Somebody changed its union or state here.
    pub is_changed_here: bool,
    /// Elements that somebody put right.
    by_hand: HashSet<String>,
}

impl Set {
    /// Elements that a file leaves alone: with the standing, what the form says of it.
    pub(super) fn elements(&self) -> HashSet<String> {
        let mut elements = self.by_hand.clone();
        if self.is_changed_here {
            elements.extend(SAID_OF_STANDING.map(str::to_owned));
        }
        elements
    }
}

/// Elements of the form that say where a membership stands.
const SAID_OF_STANDING: [&str; 4] = ["event_type", "event_date", "event_reason", "member_kind"];

fn dissolved_words(union: &Dissolved) -> String {
    let since = union
        .ended_on
        .map_or_else(String::new, |day| format!("（{}）", Day::from(day)));
    match (&union.successor_id, &union.successor_name) {
        (Some(key), Some(name)) => {
            format!("所在工会已并入“{name}”{since}，不能再登记到这家工会；请把工会标识改为 {key} 后再导入")
        }
        _ => format!("所在工会已撤销{since}，不能再登记到这家工会；请把工会标识改为接收会员的工会后再导入"),
    }
}

/// Whether a file's row says something else of an element than the register. An empty cell says nothing.
pub(super) fn says_otherwise(said: &MemberRow, old: &MemberRow, name: &str) -> bool {
    match name {
        "name" => !said.name.is_empty() && said.name != old.name,
        "id_no" => said.id_index.is_some() && said.id_index != old.id_index,
        "phone" => said.phone_index.is_some() && said.phone_index != old.phone_index,
        "join_date" => said.joined_on.is_some() && said.joined_on != old.joined_on,
        _ => {
            let old = form::parsed(old.extra.as_deref());
            let said = form::parsed(said.extra.as_deref());
            said.get(name).is_some_and(|value| old.get(name) != Some(value))
        }
    }
}

/// Tells where a file says otherwise than a person has. An empty cell takes nothing away and needs no words.
pub(super) fn tell_set(
    site: &Site,
    map: &ColumnMap,
    said: &MemberRow,
    old: &MemberRow,
    elements: &HashSet<String>,
    kept: &mut Vec<String>,
) {
    if elements.is_empty() {
        return;
    }
    let all = Dictionary::shipped().of(Kind::Members).iter();
    let told = |element: &&Element| {
        elements.contains(&element.name) && map.has(&element.name) && says_otherwise(said, old, &element.name)
    };
    let told: HashSet<&str> = all.filter(told).map(|element| element.name.as_str()).collect();
    if told.is_empty() {
        return;
    }
    let values = member_values(&site.keys, old, "");
    for (element, value) in Dictionary::shipped().of(Kind::Members).iter().zip(values) {
        if told.contains(element.name.as_str()) {
            let shown = value.map_or_else(|| "（空）".to_owned(), |value| element.masked(&value));
            kept.push(format!(
                "{}与人工登记的不一致，保留人工登记的“{shown}”",
                element.zh
            ));
        }
    }
}

pub(super) fn ended_words(state: MembershipState) -> String {
    match state {
        MembershipState::Merged => "已并入同一人的另一会籍，本行没有采用；合并有误的请先撤销合并".to_owned(),
        state => format!("会籍{}，本行没有采用；确实要恢复的请办理重新入会", state.label()),
    }
}
