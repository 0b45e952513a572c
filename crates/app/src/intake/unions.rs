//! The unions' register from a file (工会组织): upserts, the tree in one pass, what people entered kept.

mod kept;
mod whole_tree;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use codes::crypto::{FieldKeys, SecretKind};
use codes::text;
use codes::time::Day;
use domain::intake::Kind;
use domain::union_org::UnionType;
use lake::Feed as _;
use office::table::Row;
use store::Tx;
use store::union_org::UnionRow;
use store::union_org::change::UnionPast;
use uuid::Uuid;

use self::kept::{TOLD_APART, keep_entered, keep_set, tell_set, withhold, write_name};
use self::whole_tree::{tell_zones, tie};
use super::cells::ColumnMap;
use super::cells::Doubt;
use super::images::Images;
use super::inherit::{self, keep};
use super::ledger::Outcome;
use super::pipeline::Lines;
use super::sift::Sift;
use super::tree::{self, Node};
use super::union_cells::UnionCells;
use super::{Changes, Site, form, seek};
use crate::error::AppError;
use crate::progress::Progress;
use crate::register_values::{differences, union_values};
use crate::union_org::alias;

/// Missing rows told one by one; the count is told in full.
const MISSING_TOLD_MAX: usize = 10_000;

/// A delta up to this size has its unions looked up one by one; for a larger one all are read.
const LOOKED_UP_BYTES: u64 = 1 << 20;

/// New unions of a check that are held against the register's.
const TWINS_SOUGHT_MAX: i64 = 5_000;

/// A taken row waiting for the tree, which may add a doubt.
struct Held {
    row: Row,
    doubts: Vec<Doubt>,
}

/// Takes a file of unions into the transaction.
pub(super) async fn take(
    site: &Site,
    tx: &mut Tx,
    mut lines: Lines<UnionCells>,
    sift: &mut Sift,
    images: &mut Images,
    progress: &Progress,
) -> Result<Changes, AppError> {
    if !sift.is_check() {
        // Rows and what people set of them are read now and written at the end: nobody changes the tree in between.
        tx.lock_tree().await?;
    }
    let mut register = Register::load(tx, site).await?;
    let mut held: HashMap<String, Held> = HashMap::new();
    let mut changes = Changes::default();
    let mut parents_by_name: Vec<(String, String)> = Vec::new();
    while let Some((mut chunk, (done, total))) = lines.next().await? {
        seek::unions(tx, &site.map, &mut chunk).await?;
        for line in chunk {
            let Some(taken) = sift.take(line)? else { continue };
            let Some(mut parsed) = taken.parsed else {
                let number = Some(taken.row.number);
                match delete(site, tx, &mut register, &taken.key).await? {
                    Deletion::Unknown => changes.unknown_deleted += 1,
                    Deletion::Refused(words) => {
                        sift.outcome(Outcome::Same, number, &taken.key, String::new)?;
                        sift.note(Outcome::Kept, &taken.key, &words)?;
                        changes.unchanged += 1;
                        changes.kept += 1;
                    }
                    Deletion::Done { kept } => {
                        sift.outcome(Outcome::Deleted, number, &taken.key, String::new)?;
                        changes.deleted += 1;
                        if let Some(words) = kept {
                            sift.note(Outcome::Kept, &taken.key, &words)?;
                            changes.kept += 1;
                        }
                    }
                }
                continue;
            };
            let old = register.row(tx, &taken.key).await?.cloned();
            let old = old.as_ref();
            let parent_name = parsed.row.parent_name.clone();
            let parent_name = parent_name.filter(|_| !site.withheld.contains_key("parent_name"));
            let marks = old.and_then(|old| register.by_hand.get(&old.id)).cloned();
            let filled = site.map.filled_by(&taken.row);
            let map = if site.is_delta { &filled } else { &*site.map };
            let marks = marks.unwrap_or_default();
            changes.withheld += withhold(site, map, old, &taken.row, &taken.key, &mut parsed);
            let (row, kept) = join(site, map, old, &taken.key, parsed.row, &marks);
            for words in kept {
                changes.kept += 1;
                sift.note(Outcome::Kept, &taken.key, &words)?;
            }
            if row.parent_id.is_none()
                && let Some(name) = parent_name
            {
                parents_by_name.push((taken.key.clone(), name));
            }
            register.put(row);
            held.insert(
                taken.key,
                Held {
                    row: taken.row,
                    doubts: parsed.doubts,
                },
            );
        }
        progress("读取工会组织", done, total)?;
    }
    find_parents(tx, &mut register, &mut held, parents_by_name).await?;
    plant(tx, &mut register, &mut held).await?;
    tie(&mut register, &mut held);
    if sift.is_check() {
        changes.zoned = tell_zones(tx, &register, sift).await?;
    }
    let mut told: Vec<&Held> = held.values().collect();
    told.sort_by_key(|waiting| waiting.row.number);
    for waiting in told {
        sift.doubt(&waiting.row, &waiting.doubts)?;
    }
    if !site.is_delta {
        tell_missing(&register.before, sift, &mut changes)?;
    }
    save(site, tx, register, &held, images, sift, &mut changes).await?;
    Ok(changes)
}

/// What came of a row that asks to take a union out.
enum Deletion {
    /// No union has this key.
    Unknown,
    /// What a person has decided stands against it; the words say what.
    Refused(String),
    /// It is gone, or dissolved where something stands on it; the words say what was kept.
    Done { kept: Option<String> },
}

/// A union on which something stands stays, dissolved: a membership must not lose its union without a word. One that people have
/// founded or dissolved here is theirs.
async fn delete(site: &Site, tx: &mut Tx, register: &mut Register, key: &str) -> Result<Deletion, AppError> {
    let Some(mut row) = register.row(tx, key).await?.cloned() else {
        return Ok(Deletion::Unknown);
    };
    if row.source == "founded" {
        let words = format!(
            "“{}”由人工建会登记，文件没有删除它；确需撤销的，请办理撤销",
            row.name
        );
        return Ok(Deletion::Refused(words));
    }
    let marks = register.by_hand.get(&row.id);
    if marks.is_some_and(|set| set.contains("is_active")) {
        let words = format!("“{}”已由人工撤销或合并，保留它的登记，没有删除", row.name);
        return Ok(Deletion::Refused(words));
    }
    if marks.is_none() && !tx.has_dependents(row.id).await? {
        register.remove(key);
        return Ok(Deletion::Done { kept: None });
    }
    let words = format!("“{}”有会员、账号或人工登记的事项，没有删除，改为已撤销", row.name);
    row.is_active = false;
    row.changed_at = site.now.millis();
    register.put(row);
    Ok(Deletion::Done { kept: Some(words) })
}

/// The unions as a file finds them and as it leaves them. All of them hang in one tree, so every one's place is known; rows are
/// held whole where they are asked for. A small delta asks for few of them.
struct Register {
    /// Places by key, as they will be.
    nodes: BTreeMap<String, Node>,
    /// Industry unions (所属产业工会) by the unions that name them, as they will be.
    lines: HashMap<String, String>,
    /// Keys in the order in which the tree numbers siblings: those of the register, then those that came.
    order: Vec<String>,
    /// Rows that were asked for, as they were.
    before: BTreeMap<String, UnionRow>,
    /// The same as they will be, and those that came.
    after: BTreeMap<String, UnionRow>,
    /// Elements that a person has set, by union.
    by_hand: HashMap<Uuid, HashSet<String>>,
}

impl Register {
    async fn load(tx: &mut Tx, site: &Site) -> Result<Register, AppError> {
        let mut lines = HashMap::new();
        let mut nodes: BTreeMap<String, Node> = BTreeMap::new();
        for node in tx.union_nodes().await? {
            if let Some(above) = &node.industry_parent_id {
                lines.insert(node.union_id.clone(), above.clone());
            }
            nodes.insert(node.union_id.clone(), Node::from(node));
        }
        let mut before = BTreeMap::new();
        if !(site.is_delta && site.file_bytes <= LOOKED_UP_BYTES) {
            let rows = tx.union_rows().await?.into_iter();
            before.extend(rows.map(|row| (row.union_id.clone(), row)));
        }
        let mut by_hand: HashMap<Uuid, HashSet<String>> = HashMap::new();
        for (id, element) in tx.marks_by_hand().await? {
            by_hand.entry(id).or_default().insert(element);
        }
        Ok(Register {
            by_hand,
            order: nodes.keys().cloned().collect(),
            nodes,
            lines,
            after: before.clone(),
            before,
        })
    }

    /// A union as it will be; `None` if there is none of this key.
    async fn row(&mut self, tx: &mut Tx, key: &str) -> Result<Option<&UnionRow>, AppError> {
        if self.nodes.contains_key(key)
            && !self.after.contains_key(key)
            && let Some(row) = tx.union_row(key).await?
        {
            self.before.insert(key.to_owned(), row.clone());
            self.after.insert(key.to_owned(), row);
        }
        Ok(self.after.get(key))
    }

    fn put(&mut self, row: UnionRow) {
        let node = Node {
            union_id: row.union_id.clone(),
            parent_id: row.parent_id.clone(),
            is_general: row.union_type == UnionType::General.code(),
            county: row.county,
            town: row.town,
            path: row.path.clone(),
        };
        match &row.industry_parent_id {
            Some(above) => self.lines.insert(row.union_id.clone(), above.clone()),
            None => self.lines.remove(&row.union_id),
        };
        if self.nodes.insert(row.union_id.clone(), node).is_none() && !self.before.contains_key(&row.union_id)
        {
            self.order.push(row.union_id.clone());
        }
        self.after.insert(row.union_id.clone(), row);
    }

    fn remove(&mut self, key: &str) {
        self.nodes.remove(key);
        self.lines.remove(key);
        self.after.remove(key);
    }
}

/// The register's row after a file's row: columns that `map` lacks keep their value, and so does what a person entered.
fn join(
    site: &Site,
    map: &ColumnMap,
    old: Option<&UnionRow>,
    key: &str,
    new: UnionCells,
    by_hand: &HashSet<String>,
) -> (UnionRow, Vec<String>) {
    let Some(old) = old else {
        let mut row = new_row(site, site.new_uuid(), key, new);
        row.row_hash = content_hash(&row);
        return (row, Vec::new());
    };
    let mut kept = Vec::new();
    let set: HashSet<String> = by_hand
        .iter()
        .filter(|name| !TOLD_APART.contains(&name.as_str()))
        .cloned()
        .collect();
    if !set.is_empty() {
        let said = new_row(site, old.id, key, new.clone());
        let map = &map.without(&site.withheld_columns());
        tell_set(site, map, &said, old, &set, &mut kept);
    }
    let mut row = merged(
        site,
        &map.without(&set).without(&site.withheld_columns()),
        old,
        new,
    );
    write_name(&mut row.chair, &old.chair);
    write_name(&mut row.employer_legal_rep, &old.employer_legal_rep);
    if old.source == "founded" {
        keep_entered(&mut row, old, &mut kept);
    }
    keep_set(&mut row, old, by_hand, &mut kept);
    row.row_hash = content_hash(&row);
    (row, kept)
}

/// The register's row after a row of the same union: columns that `map` lacks keep their value. The hash is not made anew.
pub(super) fn merged(site: &Site, map: &ColumnMap, old: &UnionRow, new: UnionCells) -> UnionRow {
    let is_employer_named = new.is_employer_named;
    let mut row = new_row(site, old.id, &old.union_id, new);
    keep!(row, old, map;
        "union_name" => name, search;
        "employer_uscc" => employer_code;
        "union_code" => union_code;
        "employer_legal_rep" => employer_legal_rep;
        "chair" => chair;
        "county" => county;
        "street" => town;
        "address" => address;
        "phone" => phone_sealed, phone_index, phone_token;
        "industry_section" => industry_section;
        "union_type" => union_type;
        "parent_id" => parent_id;
        "industry_parent_id" => industry_parent_id;
        "founded" => founded_on;
        "term_end" => term_end_on;
        "declared_members" => declared_members;
        "lon" => lon;
        "lat" => lat;
    );
    // What was only read from the union's own name is no news about a union that bears that name already.
    if !is_employer_named && old.employer_name.is_none() && old.name == row.name {
        row.employer_name = None;
    }
    // Without the column the name was read from the union's own; what the register knows is better.
    if !map.has("employer_name") && old.employer_name.is_some() {
        row.employer_name = old.employer_name.clone();
    }
    inherit::unread(&mut row.unread, &old.unread, map);
    row.extra = form::joined(Kind::Unions, row.extra.take(), old.extra.as_deref(), map);
    form::keep_order(&mut row.extra, &old.extra);
    form::keep_order(&mut row.unread, &old.unread);
    row.source.clone_from(&old.source);
    row.path.clone_from(&old.path);
    if row.phone_index == old.phone_index {
        row.phone_sealed.clone_from(&old.phone_sealed); // sealed anew it would look changed
    }
    row
}

fn new_row(site: &Site, id: uuid::Uuid, key: &str, new: UnionCells) -> UnionRow {
    let keys: &Arc<FieldKeys> = &site.keys;
    // One that cannot be read is kept as it was written, but nobody is compared by it.
    let phone = new.phone.as_deref().or(new.phone_unread.as_deref());
    UnionRow {
        id,
        union_id: key.to_owned(),
        search: text::normalise(&new.name),
        name: new.name,
        union_code: new.union_code,
        employer_code: new.employer_code,
        employer_name: new.employer_name,
        employer_legal_rep: new.employer_legal_rep,
        chair: new.chair,
        county: new.county,
        town: new.town,
        address: new.address,
        phone_sealed: phone.map(|phone| keys.seal("union_org", "phone", id.as_bytes(), phone)),
        phone_index: phone.map(|phone| keys.blind_index(SecretKind::Phone, phone).to_vec()),
        phone_token: new.phone.map(|phone| keys.token(SecretKind::Phone, &phone)),
        industry_section: new.industry_section,
        union_type: new.union_type.code().to_owned(),
        parent_id: new.parent_id,
        industry_parent_id: new.industry_parent_id,
        founded_on: new.founded.map(|day| day.naive()),
        term_end_on: new.term_end.map(|day| day.naive()),
        declared_members: new.declared_members,
        lon: new.lon,
        lat: new.lat,
        extra: new.extra,
        path: None,
        is_active: true,
        source: "import".to_owned(),
        unread: new.unread,
        row_hash: 0,
        batch_no: Some(site.batch_no),
        changed_at: site.now.millis(),
    }
}

/// Everything that a file can change; ids, seals and places are not part of it.
pub(crate) fn content_hash(row: &UnionRow) -> i64 {
    let mut bytes = Vec::with_capacity(256);
    for value in [
        &row.union_code,
        &row.employer_code,
        &row.employer_name,
        &row.employer_legal_rep,
        &row.chair,
        &row.address,
        &row.industry_section,
        &row.parent_id,
        &row.industry_parent_id,
        &row.extra,
        &row.unread,
    ] {
        value.feed(&mut bytes);
    }
    for value in [row.county, row.town, row.phone_token, row.declared_members] {
        value.feed(&mut bytes);
    }
    for value in [row.founded_on.map(Day::from), row.term_end_on.map(Day::from)] {
        value.feed(&mut bytes);
    }
    row.lon.feed(&mut bytes);
    row.lat.feed(&mut bytes);
    row.name.feed(&mut bytes);
    row.union_type.feed(&mut bytes);
    row.is_active.feed(&mut bytes);
    if row.phone_token.is_none() {
        bytes.extend_from_slice(row.phone_index.as_deref().unwrap_or_default());
    }
    lake::hash_fed(&bytes)
}

/// Gives unions the parent that they name, where exactly one active union bears the name; else tells why not.
async fn find_parents(
    tx: &mut Tx,
    register: &mut Register,
    held: &mut HashMap<String, Held>,
    named: Vec<(String, String)>,
) -> Result<(), AppError> {
    if named.is_empty() {
        return Ok(());
    }
    let mut bearers: HashMap<String, Vec<String>> = HashMap::new();
    for row in register.after.values().filter(|row| row.is_active) {
        let keys = bearers.entry(row.search.clone()).or_default();
        keys.push(row.union_id.clone());
    }
    let mut asked: HashSet<String> = HashSet::new();
    for (key, name) in named {
        let search = text::normalise(&name);
        if asked.insert(search.clone()) {
            // A small delta holds few rows of the register.
            let stored = tx.unions_named(&search).await?;
            let unseen = stored.into_iter().filter(|key| !register.after.contains_key(key));
            bearers.entry(search.clone()).or_default().extend(unseen);
        }
        let others = bearers[&search].iter().filter(|other| **other != key);
        let fault = match others.collect::<Vec<_>>().as_slice() {
            [parent] => {
                let parent = (*parent).clone();
                let row = register.after.get(&key).cloned().expect("put before");
                let mut row = UnionRow {
                    parent_id: Some(parent),
                    ..row
                };
                row.row_hash = content_hash(&row);
                register.put(row);
                continue;
            }
            [] => "台账中没有这个名称的工会，暂按所在地归属".to_owned(),
            many => format!(
                "台账中有 {} 家工会叫这个名称，请填写上级工会标识；暂按所在地归属",
                many.len()
            ),
        };
        if let Some(waiting) = held.get_mut(&key) {
            waiting.doubts.push(Doubt {
                column: "parent_name",
                raw: name,
                reason: fault,
            });
        }
    }
    Ok(())
}

/// Gives everybody a place in the tree and tells whose parent could not be used.
async fn plant(
    tx: &mut Tx,
    register: &mut Register,
    held: &mut HashMap<String, Held>,
) -> Result<(), AppError> {
    let order = register.order.iter();
    let nodes: Vec<Node> = order.filter_map(|id| register.nodes.get(id).cloned()).collect();
    let tree = tree::grow(&nodes);
    for (at, fault) in tree.faults {
        let node = &nodes[at];
        if let Some(waiting) = held.get_mut(&node.union_id) {
            waiting.doubts.push(Doubt {
                column: "parent_id",
                raw: node.parent_id.clone().unwrap_or_default(),
                reason: fault.reason().to_owned(),
            });
        }
    }
    for (node, path) in nodes.into_iter().zip(tree.paths) {
        if node.path != path
            && let Some(row) = register.row(tx, &node.union_id).await?.cloned()
        {
            register.put(UnionRow { path, ..row });
        }
    }
    Ok(())
}

fn tell_missing(
    before: &BTreeMap<String, UnionRow>,
    sift: &mut Sift,
    changes: &mut Changes,
) -> Result<(), AppError> {
    for row in before.values().filter(|row| row.source == "import") {
        if !sift.has_seen(&row.union_id) {
            changes.missing += 1;
            if (changes.missing as usize) <= MISSING_TOLD_MAX {
                sift.note(
                    Outcome::Missing,
                    &row.union_id,
                    &format!("台账中的“{}”不在本次全量文件中，未删除，请核实", row.name),
                )?;
            }
        }
    }
    Ok(())
}

/// Writes what differs, with the rows before for undo. A union whose place moved with another's is written too, but not
/// counted as changed.
async fn save(
    site: &Site,
    tx: &mut Tx,
    register: Register,
    held: &HashMap<String, Held>,
    images: &mut Images,
    sift: &mut Sift,
    changes: &mut Changes,
) -> Result<(), AppError> {
    let Register {
        mut before, after, ..
    } = register;
    let mut writes = Vec::new();
    let mut pasts = Vec::new();
    let (mut renamed, mut unchaired) = (Vec::new(), Vec::new());
    for (key, mut row) in after {
        let number = held.get(&key).map(|held| held.row.number);
        let Some(old) = before.remove(&key) else {
            sift.outcome(Outcome::Created, number, &key, || row.name.clone())?;
            if sift.is_check() && changes.created < TWINS_SOUGHT_MAX {
                tell_twins(tx, &row, number, sift).await?;
            }
            images.came(&key)?;
            changes.created += 1;
            writes.push(row);
            continue;
        };
        let is_same = (old.row_hash == row.row_hash || content_hash(&old) == row.row_hash)
            && old.is_active == row.is_active;
        if is_same && number.is_some() {
            sift.outcome(Outcome::Same, number, &key, String::new)?;
            changes.unchanged += 1;
        }
        if is_same && old.path == row.path {
            continue;
        }
        if !is_same && number.is_some() {
            let values = |row: &UnionRow| union_values(&site.keys, row);
            let told = || differences(Kind::Unions, &values(&old), &values(&row));
            sift.outcome(Outcome::Updated, number, &key, told)?;
            changes.updated += 1;
        }
        row.batch_no = Some(site.batch_no);
        images.push(&old)?;
        if stood(&old) != stood(&row) {
            pasts.push(past(site, &old));
        }
        if old.chair.is_some() && row.chair.is_none() && row.is_active {
            unchaired.push(row.id);
        }
        if old.search != row.search {
            let (id, today) = (site.new_uuid(), site.now.day());
            renamed.push(alias::former(id, &old, today, true, site.now.millis()));
        }
        writes.push(row);
    }
    for (key, old) in before {
        if !sift.is_check() {
            tx.delete_union(&key).await?;
        }
        images.gone(&key)?;
        images.push(&old)?;
        pasts.push(past(site, &old));
    }
    if !sift.is_check() {
        tx.keep_pasts(pasts).await?;
    }
    changes.touched += writes.len() as i64;
    if !sift.is_check() {
        alias::follow(tx, &writes, site.now.millis(), || site.new_uuid()).await?;
        if !renamed.is_empty() {
            tx.add_aliases(renamed).await?;
        }
        tx.upsert_unions(writes).await?;
        for union in unchaired {
            tx.keep_chair_gone(union, site.now.day(), site.batch_no).await?;
        }
    }
    Ok(())
}

/// What a past day's tree is made of.
fn stood(row: &UnionRow) -> impl PartialEq {
    (
        row.name.clone(),
        row.union_type.clone(),
        (row.parent_id.clone(), row.industry_parent_id.clone()),
        (row.county, row.town),
        row.is_active,
    )
}

/// What a union was until this file came.
fn past(site: &Site, row: &UnionRow) -> UnionPast {
    UnionPast {
        union_org_id: row.id,
        until_on: site.now.day().naive(),
        union_id: row.union_id.clone(),
        name: row.name.clone(),
        union_type: row.union_type.clone(),
        parent_id: row.parent_id.clone(),
        industry_parent_id: row.industry_parent_id.clone(),
        county: row.county,
        town: row.town,
        founded_on: row.founded_on,
        is_active: row.is_active,
    }
}

/// Tells of a new union that shares a code or its name with one of the register.
async fn tell_twins(
    tx: &mut Tx,
    row: &UnionRow,
    number: Option<u64>,
    sift: &mut Sift,
) -> Result<(), AppError> {
    let like = tx.unions_like(row).await?;
    if like.is_empty() {
        return Ok(());
    }
    let told = like.iter().map(|known| {
        let what = if known.union_code.is_some() && known.union_code == row.union_code {
            "工会代码相同"
        } else if known.search == row.search {
            "名称相同"
        } else {
            "单位代码相同"
        };
        format!("与“{}”（{}）{what}", known.name, known.union_id)
    });
    let told: Vec<String> = told.collect();
    sift.outcome(Outcome::Twin, number, &row.union_id, || told.join("；"))
}
