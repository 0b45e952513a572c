//! Search (检索): the keys under which names are found, and the members that they find.
//!
//! Keys are kept by name, not by row. Whatever writes members or unions through [`Tx`] leaves the names behind, and the commit
//! writes the keys that are missing, in the same transaction: a new name is found as soon as it is there.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use codes::text;
use domain::scope::Scope;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::StoreError;
use crate::bulk::{self, BulkRow, RowWriter};
use crate::list_query::{Fragment, contained};
use crate::tx::{Reader, Tx};

macro_rules! hit_columns {
    () => {
        "m.id, m.member_id, COALESCE(m.name_written, m.name) AS name, m.id_sealed, m.phone_sealed, m.id_status, m.joined_on, m.state, m.extra, u.union_id, u.name AS union_name"
    };
}

statements! {
    // CROSS JOIN keeps SQLite to this order: names, then the place of their members in the index of names, and only those in sight are
    // read. PostgreSQL reads a row as soon as it meets it, so there the unions of each name are found in the index first.
    MEMBERS_BY_NAME = Sql::split {
        sqlite: concat!(
            "SELECT ", hit_columns!(), " FROM member m CROSS JOIN union_org u ON u.id = m.union_org_id \
             WHERE m.name >= $1 AND m.name < $2 AND {scope u.path} ORDER BY m.name LIMIT $3"
        ),
        postgres: concat!(
            "SELECT ", hit_columns!(), " FROM member m JOIN union_org u ON u.id = m.union_org_id \
             WHERE m.name >= $1 AND m.name < $2 AND {scope u.path} ORDER BY m.name LIMIT $3"
        ),
    },
    MEMBERS_BY_KEY = Sql::split {
        sqlite: concat!(
            "SELECT ", hit_columns!(), " FROM member_name_key k CROSS JOIN member m ON m.name = k.name \
             CROSS JOIN union_org u ON u.id = m.union_org_id \
             WHERE k.key >= $1 AND k.key < $2 AND {scope u.path} ORDER BY k.key, k.name LIMIT $3"
        ),
        postgres: concat!(
            "SELECT ", hit_columns!(), " FROM (SELECT k.key, k.name, p.union_org_id FROM member_name_key k \
             CROSS JOIN LATERAL (SELECT DISTINCT union_org_id FROM member WHERE name = k.name) p \
             JOIN union_org u ON u.id = p.union_org_id \
             WHERE k.key >= $1 AND k.key < $2 AND {scope u.path} ORDER BY k.key, k.name LIMIT $3) f \
             JOIN member m ON m.name = f.name AND m.union_org_id = f.union_org_id JOIN union_org u ON u.id = m.union_org_id \
             ORDER BY f.key, f.name LIMIT $3"
        ),
    },
    // 名: the given name has no index. Each surname before it makes a beginning that the index of names or keys has, so some hundred
    // look-ups find it; the most borne surnames come first, and reading ends at the limit.
    MEMBERS_BY_GIVEN_NAME = Sql::split {
        sqlite: concat!(
            "SELECT ", hit_columns!(), " FROM json_each($1) s CROSS JOIN member m ON m.name >= s.value || $2 AND m.name < s.value || $3 \
             CROSS JOIN union_org u ON u.id = m.union_org_id WHERE {scope u.path} LIMIT $4"
        ),
        postgres: concat!(
            "SELECT ", hit_columns!(), " FROM (SELECT p.name, p.union_org_id FROM json_array_elements_text(CAST($1 AS JSON)) s(value) \
             CROSS JOIN LATERAL (SELECT DISTINCT n.name, n.union_org_id FROM member n \
             WHERE n.name >= s.value || CAST($2 AS TEXT) AND n.name < s.value || CAST($3 AS TEXT)) p \
             JOIN union_org u ON u.id = p.union_org_id WHERE {scope u.path} LIMIT $4) f \
             JOIN member m ON m.name = f.name AND m.union_org_id = f.union_org_id JOIN union_org u ON u.id = m.union_org_id LIMIT $4"
        ),
    },
    // A reading alone does not say where the surname ends (xian: 先, or 西安), so the surname is held against the name. OFFSET 0 keeps
    // PostgreSQL from joining every key with every union in sight before it looks where a key begins: a minute instead of milliseconds.
    MEMBERS_BY_GIVEN_KEY = Sql::split {
        sqlite: concat!(
            "WITH s AS MATERIALIZED (SELECT json_extract(value, '$[0]') AS first, json_extract(value, '$[1]') AS past, \
             json_extract(value, '$[2]') AS surnames, json_extract(value, '$[3]') AS width FROM json_each($1)) \
             SELECT ", hit_columns!(), " FROM s CROSS JOIN member_name_key k ON k.key >= s.first AND k.key < s.past \
             CROSS JOIN member m ON m.name = k.name CROSS JOIN union_org u ON u.id = m.union_org_id \
             WHERE instr(s.surnames, substr(k.name, 1, s.width)) > 0 AND {scope u.path} LIMIT $2"
        ),
        postgres: concat!(
            "WITH s AS MATERIALIZED (SELECT value ->> 0 AS first, value ->> 1 AS past, value ->> 2 AS surnames, \
             CAST(value ->> 3 AS INTEGER) AS width FROM json_array_elements(CAST($1 AS JSON)) v(value)) \
             SELECT ", hit_columns!(), " FROM (SELECT k.name, p.union_org_id FROM s \
             CROSS JOIN LATERAL (SELECT n.name FROM member_name_key n WHERE n.key >= s.first AND n.key < s.past \
             AND strpos(s.surnames, substr(n.name, 1, s.width)) > 0 OFFSET 0) k \
             CROSS JOIN LATERAL (SELECT DISTINCT union_org_id FROM member WHERE name = k.name) p \
             JOIN union_org u ON u.id = p.union_org_id WHERE {scope u.path} LIMIT $2) f \
             JOIN member m ON m.name = f.name AND m.union_org_id = f.union_org_id JOIN union_org u ON u.id = m.union_org_id LIMIT $2"
        ),
    },
    MEMBERS_OF_UNIONS = Sql::split {
        sqlite: concat!(
            "SELECT ", hit_columns!(), " FROM union_org u CROSS JOIN member m ON m.union_org_id = u.id \
             WHERE u.union_id IN (SELECT value FROM json_each($1)) AND {scope u.path} LIMIT $2"
        ),
        postgres: concat!(
            "SELECT ", hit_columns!(), " FROM union_org u JOIN member m ON m.union_org_id = u.id \
             WHERE u.union_id IN (SELECT json_array_elements_text(CAST($1 AS JSON))) \
             AND {scope u.path} LIMIT $2"
        ),
    },
    // The few members of a small place are looked through by name one by one.
    NAMES_IN_PLACE = Sql::split {
        sqlite: "SELECT m.member_id, COALESCE(m.name_written, m.name) FROM union_org u CROSS JOIN member m ON m.union_org_id = u.id \
                 WHERE {scope u.path} LIMIT $1",
        postgres: "SELECT m.member_id, COALESCE(m.name_written, m.name) FROM union_org u JOIN member m ON m.union_org_id = u.id \
                   WHERE {scope u.path} LIMIT $1",
    },
    HITS_BY_MEMBER_IDS = Sql::split {
        sqlite: concat!(
            "SELECT ", hit_columns!(), " FROM member m JOIN union_org u ON u.id = m.union_org_id \
             WHERE m.member_id IN (SELECT value FROM json_each($1)) ORDER BY m.name, m.member_id"
        ),
        postgres: concat!(
            "SELECT ", hit_columns!(), " FROM member m JOIN union_org u ON u.id = m.union_org_id \
             WHERE m.member_id IN (SELECT json_array_elements_text(CAST($1 AS JSON))) ORDER BY m.name, m.member_id"
        ),
    },
    MEMBERS_IN_SCOPE = Sql::both(
        "SELECT CAST(COALESCE(SUM(t.members), 0) AS BIGINT) FROM member_tally t WHERE {scope t.path}"
    ),
    NAMES_AFTER = Sql::both("SELECT name, name_written FROM member WHERE name IN (SELECT DISTINCT name FROM member WHERE name > $1 ORDER BY name LIMIT $2) \
         GROUP BY name, name_written ORDER BY name"),
    NAMES_UP_TO = Sql::both("SELECT COUNT(*) FROM member WHERE name <= $1"),
    NAME_KEYS_CLEAR = Sql::both("DELETE FROM member_name_key"),
    NAME_KEYS_STALE = Sql::both(
        "DELETE FROM member_name_key WHERE NOT EXISTS (SELECT 1 FROM member m WHERE m.name = member_name_key.name)"
    ),
    ORG_KEYS_STALE = Sql::both(
        "DELETE FROM org_name_key WHERE NOT EXISTS (SELECT 1 FROM union_org u WHERE u.search = org_name_key.name) \
         AND NOT EXISTS (SELECT 1 FROM union_alias a WHERE a.search = org_name_key.name) \
         AND NOT EXISTS (SELECT 1 FROM employer e WHERE e.name = org_name_key.name)"
    ),
    ORG_NAMES_WITH = Sql::both(
        "SELECT COUNT(*) FROM (SELECT 1 FROM org_name_key WHERE name LIKE $1 ESCAPE '\\' OR readings LIKE $2 ESCAPE '\\' LIMIT $3) held"
    ),
    ORG_KEYS_LACKING = Sql::both(
        "SELECT (EXISTS (SELECT 1 FROM union_org) OR EXISTS (SELECT 1 FROM employer)) AND NOT EXISTS (SELECT 1 FROM org_name_key)"
    ),
    ORG_NAMES_MISSING = Sql::both(
        "SELECT u.search FROM union_org u WHERE NOT EXISTS (SELECT 1 FROM org_name_key k WHERE k.name = u.search) \
         UNION SELECT a.search FROM union_alias a WHERE NOT EXISTS (SELECT 1 FROM org_name_key k WHERE k.name = a.search) \
         UNION SELECT e.name FROM employer e WHERE NOT EXISTS (SELECT 1 FROM org_name_key k WHERE k.name = e.name)"
    ),
}

/// The setting that is there as long as members lack keys: the last name that has its keys.
const NAMES_AFTER_SETTING: &str = "search_names_after";
/// Names held until their keys are written.
const WAITING_MAX: usize = 100_000;
/// So many names of organisations that have a text are many: `an`, 有限公司.
const MANY_ORG_NAMES: i64 = 1_000;
/// A place with at most so many members is looked through whole: quicker than all of that name in the city.
const SMALL_PLACE: i64 = 8_000;

/// Names that a transaction has written.
#[derive(Debug, Default)]
pub(crate) struct NameNotes {
    /// Hashes of names whose keys are written or waiting.
    known: HashSet<i64>,
    waiting: Vec<(String, Option<String>)>,
    /// Whether unions or employers were written.
    orgs: bool,
}

impl NameNotes {
    /// A name in normal form and, where that is another, as it is written: the words of `John Smith` are parted only there.
    pub(crate) fn note(&mut self, name: &str, written: Option<&str>) {
        if self.known.insert(text::key64(written.unwrap_or(name))) {
            let written = written.map(str::to_owned);
            self.waiting.push((name.to_owned(), written));
        }
    }

    pub(crate) fn note_orgs(&mut self) {
        self.orgs = true;
    }
}

/// What is typed where it can be the reading of an organisation's name, or initials in it.
fn org_reading(typed: &str) -> Option<String> {
    text::typed_reading(typed).filter(|reading| reading.len() > 1)
}

/// The condition that a name of an organisation is read so, where the text is pinyin or initials: the names that are read so are found
/// first. For what few names have.
pub(crate) fn org_read(column: &'static str, typed: &str) -> Option<Fragment> {
    let read = Fragment::contains("readings", &org_reading(typed)?);
    Some(Fragment::within(column, "SELECT name FROM org_name_key", read))
}

/// The same, asked of each row by itself: for what many names have, in a list whose reading ends with the page.
pub(crate) fn org_read_in_row(column: &'static str, typed: &str) -> Option<Fragment> {
    let read = Fragment::contains("k.readings", &org_reading(typed)?);
    Some(Fragment::exists("org_name_key k", "k.name", column, read))
}

/// One member that a search found; numbers sealed.
pub type MemberHit = crate::membership::MemberListRow;

/// How members are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameSought {
    /// The name or the given name begins so, in normal form.
    Written(String),
    /// Pinyin or initials begin so, of the name or the given name.
    Read(String),
}

impl NameSought {
    /// Whether a name, as it is written, is one of these.
    pub fn holds(&self, name: &str) -> bool {
        let normal = text::person_name(name);
        let is_given = match self {
            NameSought::Written(start) => {
                text::given_names(&normal).any(|given| given.starts_with(start.as_str()))
            }
            NameSought::Read(start) => text::is_given_read(&normal, start),
        };
        is_given || self.begins(name)
    }

    /// Whether it or one of its later words begins so: nearer to what was typed than a given name.
    pub fn begins(&self, name: &str) -> bool {
        match self {
            NameSought::Written(start) => {
                let words = name.split(['·', ' ']).skip(1).map(text::person_name);
                text::person_name(name).starts_with(start.as_str())
                    || words.into_iter().any(|word| word.starts_with(start.as_str()))
            }
            NameSought::Read(start) => text::name_keys(name)
                .iter()
                .any(|key| key.starts_with(start.as_str())),
        }
    }
}

/// Surnames as a list for a statement.
static SURNAMES: LazyLock<String> = LazyLock::new(|| json!(text::surnames()).to_string());

/// Initials of more given names nobody has.
const GIVEN_INITIALS_MAX: usize = 3;

/// Every key that begins with a surname's reading and goes on as typed: from where, up to where, and by which surnames. Initials are the
/// whole key or none, because `w` and `an` begin Wang.
fn given_keys(typed: &str) -> String {
    let read = text::surnames_read();
    let mut by_initials: BTreeMap<(&str, usize), String> = BTreeMap::new();
    for one in read.iter().filter(|_| typed.len() <= GIVEN_INITIALS_MAX) {
        let alike = by_initials.entry((one.initials.as_str(), one.width)).or_default();
        alike.push_str(&one.surnames);
    }
    let by_initials = by_initials.into_iter().map(|((initials, width), surnames)| {
        let key = format!("{initials}{typed}");
        // No sign of a key comes before the blank.
        let end = format!("{key} ");
        json!([key, end, surnames, width])
    });
    let by_pinyin = read.iter().map(|one| {
        let key = format!("{}{typed}", one.reading);
        let end = format!("{key}{}", char::MAX);
        json!([key, end, one.surnames, one.width])
    });
    Value::from_iter(by_initials.chain(by_pinyin)).to_string()
}

/// One key of one name.
struct NameKey<'a>(&'a str, &'a str);

impl BulkRow for NameKey<'_> {
    const TABLE: &'static str = "member_name_key";
    const COLUMNS: &'static [&'static str] = &["key", "name"];
    const KEY: &'static [&'static str] = &["key", "name"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.text(self.0).text(self.1);
    }
}

/// One organisation's name and all that it is read as.
struct OrgKey<'a>(&'a str, String);

impl BulkRow for OrgKey<'_> {
    const TABLE: &'static str = "org_name_key";
    const COLUMNS: &'static [&'static str] = &["name", "readings"];
    const KEY: &'static [&'static str] = &["name"];

    fn write(&self, row: &mut RowWriter<'_>) {
        row.text(self.0).text(self.1.as_str());
    }
}

impl Tx {
    /// Notes the names of members that this transaction writes past [`Tx::insert_members`] and its like. Whatever changes a name by a
    /// statement of its own calls this.
    pub fn note_member_names<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            self.names.note(name, None);
        }
    }

    /// Notes that this transaction has written names of unions or employers.
    pub fn note_org_names(&mut self) {
        self.names.note_orgs();
    }

    /// Writes keys once so many names wait that they should not wait longer.
    pub(crate) async fn write_keys_if_many(&mut self) -> Result<(), StoreError> {
        if self.names.waiting.len() < WAITING_MAX {
            return Ok(());
        }
        self.write_member_keys().await
    }

    /// Writes every key that is still missing; the commit calls it.
    pub(crate) async fn write_keys(&mut self) -> Result<(), StoreError> {
        self.write_member_keys().await?;
        if std::mem::take(&mut self.names.orgs) {
            self.write_org_keys().await?;
        }
        Ok(())
    }

    async fn write_member_keys(&mut self) -> Result<(), StoreError> {
        let names = std::mem::take(&mut self.names.waiting);
        if names.is_empty() {
            return Ok(());
        }
        let keys: Vec<(String, usize)> = {
            let mut keys: Vec<(String, usize)> = names
                .iter()
                .enumerate()
                .flat_map(|(nth, (name, written))| {
                    let keys = text::name_keys(written.as_deref().unwrap_or(name));
                    keys.into_iter().map(move |key| (key, nth))
                })
                .collect();
            // In the order of the index, which then grows page by page.
            keys.sort_unstable_by(|a, b| {
                (a.0.as_str(), names[a.1].0.as_str()).cmp(&(b.0.as_str(), names[b.1].0.as_str()))
            });
            // Two writings of one name share most of their keys.
            keys.dedup_by(|a, b| a.0 == b.0 && names[a.1].0 == names[b.1].0);
            keys
        };
        let rows: Vec<NameKey<'_>> = keys
            .iter()
            .map(|(key, nth)| NameKey(key, &names[*nth].0))
            .collect();
        bulk::upsert_rows(self, rows).await?;
        Ok(())
    }

    /// Writes the keys of unions and employers that have none.
    pub async fn write_org_keys(&mut self) -> Result<u64, StoreError> {
        let missing: Vec<(String,)> = fetch_all!(self, ORG_NAMES_MISSING)?;
        // A name without a reading has a row too, so that it does not count as missing for ever.
        let rows: Vec<OrgKey<'_>> = missing
            .iter()
            .map(|(name,)| OrgKey(name, text::org_readings(name).join(" ")))
            .collect();
        bulk::upsert_rows(self, rows).await
    }

    /// Makes the keys of the next names that were there before keys were kept. Answers whether any are left.
    pub async fn index_names_further(
        &mut self,
        limit: i64,
        now: codes::time::Timestamp,
    ) -> Result<bool, StoreError> {
        let Some(after) = self.setting(NAMES_AFTER_SETTING).await? else {
            return Ok(false);
        };
        let names: Vec<(String, Option<String>)> = fetch_all!(self, NAMES_AFTER, after.as_str(), limit)?;
        let Some((last, _)) = names.last() else {
            self.clear_setting(NAMES_AFTER_SETTING).await?;
            return Ok(false);
        };
        self.set_setting(NAMES_AFTER_SETTING, last, now).await?;
        for (name, written) in &names {
            self.names.note(name, written.as_deref());
        }
        Ok(true)
    }

    /// Takes every key of members' names away, to be made again: as after an update, or when the way of reading names has changed.
    pub async fn forget_name_keys(&mut self, now: codes::time::Timestamp) -> Result<(), StoreError> {
        execute!(self, NAME_KEYS_CLEAR)?;
        self.set_setting(NAMES_AFTER_SETTING, "", now).await
    }

    /// Takes away the keys of names that nobody has any more. 清理检索键
    pub async fn sweep_name_keys(&mut self) -> Result<u64, StoreError> {
        Ok(execute!(self, NAME_KEYS_STALE)? + execute!(self, ORG_KEYS_STALE)?)
    }
}

impl Reader {
    /// How many memberships have their keys, while keys are still being made; `None` once every name has its own.
    pub async fn names_indexed(&mut self) -> Result<Option<i64>, StoreError> {
        let Some(after) = self.setting(NAMES_AFTER_SETTING).await? else {
            return Ok(None);
        };
        let (count,): (i64,) = fetch_one!(self, NAMES_UP_TO, after.as_str())?;
        Ok(Some(count))
    }

    /// Whether there are unions or employers and none of them has its readings: an update has changed how these are kept.
    pub async fn lacks_org_keys(&mut self) -> Result<bool, StoreError> {
        let (lacks,): (bool,) = fetch_one!(self, ORG_KEYS_LACKING)?;
        Ok(lacks)
    }

    /// Whether so many unions and employers have a text in their name or its reading that a list had better be read row by row until its
    /// page is full, than all of them found first: counted, because neither length nor script of a text tells.
    pub(crate) async fn is_in_many_org_names(&mut self, typed: Option<&str>) -> Result<bool, StoreError> {
        let Some(typed) = typed else {
            return Ok(false);
        };
        let written = contained(typed);
        let read = org_reading(typed).map(|reading| contained(&reading));
        let (found,): (i64,) = fetch_one!(self, ORG_NAMES_WITH, written, read, MANY_ORG_NAMES)?;
        Ok(found >= MANY_ORG_NAMES)
    }

    /// Whether a search in this scope asks the keys; in a small place every name is looked at instead.
    pub async fn searches_by_keys(&mut self, scope: &Scope) -> Result<bool, StoreError> {
        if matches!(scope, Scope::Everything) {
            return Ok(true);
        }
        let (members,): (i64,) = fetch_one_in_scope!(self, scope, MEMBERS_IN_SCOPE)?;
        Ok(members > SMALL_PLACE)
    }

    /// Members in scope whose given name is so, at most `limit`, those with the most borne surnames first. In a small place
    /// [`Reader::members_named`] has found them already.
    pub async fn members_by_given_name(
        &mut self,
        scope: &Scope,
        sought: &NameSought,
        limit: i64,
    ) -> Result<Vec<MemberHit>, StoreError> {
        let (NameSought::Written(start) | NameSought::Read(start)) = sought;
        if start.is_empty() || limit <= 0 || !self.searches_by_keys(scope).await? {
            return Ok(Vec::new());
        }
        let end = format!("{start}{}", char::MAX);
        let read = limit.saturating_mul(2);
        let mut hits: Vec<MemberHit> = match sought {
            NameSought::Written(_) => {
                let surnames = SURNAMES.as_str();
                fetch_in_scope!(
                    self,
                    scope,
                    MEMBERS_BY_GIVEN_NAME,
                    surnames,
                    start.as_str(),
                    end,
                    read
                )?
            }
            NameSought::Read(_) => {
                fetch_in_scope!(self, scope, MEMBERS_BY_GIVEN_KEY, given_keys(start), read)?
            }
        };
        // A name may be met under two readings, and by a surname of one character and of two.
        let mut known = HashSet::new();
        hits.retain(|hit| sought.holds(&hit.name) && known.insert(hit.id));
        hits.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(hits)
    }

    /// Members in scope by the beginning of a name, at most `limit`, the nearest first; in a small place by given names as well.
    pub async fn members_named(
        &mut self,
        scope: &Scope,
        sought: &NameSought,
        limit: i64,
    ) -> Result<Vec<MemberHit>, StoreError> {
        let (NameSought::Written(start) | NameSought::Read(start)) = sought;
        if start.is_empty() {
            return Ok(Vec::new());
        }
        if !self.searches_by_keys(scope).await? {
            return self.members_named_in_small_place(scope, sought, limit).await;
        }
        let end = format!("{start}{}", char::MAX);
        let mut hits: Vec<MemberHit> = Vec::new();
        if let NameSought::Written(_) = sought {
            hits = fetch_in_scope!(self, scope, MEMBERS_BY_NAME, start.as_str(), end.as_str(), limit)?;
        }
        if (hits.len() as i64) < limit {
            // A name may have several keys that begin so; each of its members is one hit.
            let more: Vec<MemberHit> = fetch_in_scope!(
                self,
                scope,
                MEMBERS_BY_KEY,
                start.to_lowercase(),
                end.to_lowercase(),
                limit.saturating_mul(2)
            )?;
            let mut known: HashSet<Uuid> = hits.iter().map(|hit| hit.id).collect();
            hits.extend(more.into_iter().filter(|hit| known.insert(hit.id)));
            hits.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(hits)
    }

    async fn members_named_in_small_place(
        &mut self,
        scope: &Scope,
        sought: &NameSought,
        limit: i64,
    ) -> Result<Vec<MemberHit>, StoreError> {
        let names: Vec<(String, String)> = fetch_in_scope!(self, scope, NAMES_IN_PLACE, SMALL_PLACE * 2)?;
        let mut found: Vec<(String, String)> =
            names.into_iter().filter(|(_, name)| sought.holds(name)).collect();
        found.sort_by_cached_key(|(key, name)| (!sought.begins(name), name.clone(), key.clone()));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let keys = Value::from_iter(found.into_iter().map(|(key, _)| key)).to_string();
        fetch_all!(self, HITS_BY_MEMBER_IDS, keys)
    }

    /// The members of some unions in scope by the register's own keys, at most `limit`, in no order.
    pub async fn members_of_unions(
        &mut self,
        scope: &Scope,
        unions: &[String],
        limit: i64,
    ) -> Result<Vec<MemberHit>, StoreError> {
        let keys = Value::from_iter(unions.iter().map(String::as_str)).to_string();
        fetch_in_scope!(self, scope, MEMBERS_OF_UNIONS, keys, limit)
    }
}
