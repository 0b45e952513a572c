//! Accounts (账号), read with the place of their union today, so that moving a union moves what its people see.

use codes::id::{AccountId, UnionOrgId};
use codes::time::Timestamp;
use domain::accounts::{Account, Reach, Role};
use domain::scope::{Part, Scope, UnionPath, UnionPathError};
use uuid::Uuid;

use crate::StoreError;
use crate::list_query::{Direction, Fragment, ListQuery, Window};
use crate::tx::{Reader, Tx};

macro_rules! columns {
    () => {
        "a.id, a.login, a.name, a.role, a.union_id, u.name AS union_name, u.path, a.reach, CASE WHEN a.reach = 'zone' THEN \
         (SELECT STRING_AGG(p.path || CASE WHEN h.with_below THEN '*' ELSE '' END, ' ') FROM zone z \
         JOIN zone_union h ON h.zone_id = z.id AND h.until_on IS NULL JOIN union_org p ON p.id = h.union_org_id \
         WHERE z.account_id = a.id AND z.union_org_id = a.union_id AND z.ended_at IS NULL AND p.path IS NOT NULL) \
         ELSE (SELECT STRING_AGG(p.path || CASE WHEN r.with_below THEN '*' ELSE '' END, ' ') FROM account_reach r \
         JOIN union_org p ON p.id = r.union_org_id WHERE r.account_id = a.id AND p.path IS NOT NULL) END AS named, \
         a.must_change_password, \
         a.password_set_at, EXISTS (SELECT 1 FROM second_factor f WHERE f.account_id = a.id \
         AND f.confirmed_at IS NOT NULL) AS has_second_factor, a.failed_count, a.locked_until, a.disabled_at, a.last_sign_in_at, a.created_at, a.changed_at"
    };
}

macro_rules! source {
    () => {
        "account a LEFT JOIN union_org u ON u.id = a.union_id"
    };
}

statements! {
    ACCOUNT_BY_ID = Sql::both(concat!("SELECT ", columns!(), " FROM ", source!(), " WHERE a.id = $1")),
    ACCOUNT_BY_LOGIN = Sql::both(concat!("SELECT ", columns!(), " FROM ", source!(), " WHERE a.login = $1")),
    // Not FOR UPDATE: rows that only point at an account (sessions, tokens) may go on being added meanwhile.
    ACCOUNT_HOLD = Sql::split {
        sqlite: "SELECT id FROM account WHERE id = $1",
        postgres: "SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE",
    },
    ADMINISTRATORS_HOLD = Sql::split {
        sqlite: "SELECT TRUE",
        postgres: "SELECT pg_advisory_xact_lock(hashtextextended('gonghui/' || current_schema() || '/administrators', 0)) IS NOT NULL",
    },
    ACCOUNTS_OF_ROLE = Sql::both(concat!(
        "SELECT ", columns!(), " FROM ", source!(),
        " WHERE a.role = $1 AND a.disabled_at IS NULL AND {scope u.path} ORDER BY u.path, a.login"
    )),
    ACCOUNT_PASSWORD = Sql::both("SELECT password_hash FROM account WHERE id = $1"),
    ACCOUNT_COUNT = Sql::both("SELECT COUNT(*) FROM account WHERE role = $1 AND disabled_at IS NULL"),
    ACCOUNT_INSERT = Sql::both(
        "INSERT INTO account (id, login, name, role, union_id, password_hash, must_change_password, failed_count, \
         password_set_at, created_at, changed_at, reach) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8, $8, $8, $9)"
    ),
    ACCOUNT_SAVE = Sql::both(
        "UPDATE account SET name = $2, role = $3, union_id = $4, failed_count = $5, locked_until = $6, \
         disabled_at = $7, last_sign_in_at = $8, changed_at = $9, reach = $10 WHERE id = $1"
    ),
    // What was chosen for it, or what its zones are made of.
    REACH_OF_ACCOUNT = Sql::both(
        "SELECT u.id, u.union_id, u.name, u.path, r.with_below FROM (SELECT union_org_id, with_below FROM account_reach \
         WHERE account_id = $1 UNION ALL SELECT h.union_org_id, h.with_below FROM zone z JOIN zone_union h ON h.zone_id = z.id \
         AND h.until_on IS NULL JOIN account a ON a.id = z.account_id WHERE z.account_id = $1 AND z.ended_at IS NULL \
         AND a.reach = 'zone' AND z.union_org_id = a.union_id) r \
         JOIN union_org u ON u.id = r.union_org_id ORDER BY COALESCE(u.path, '~'), u.union_id"
    ),
    REACH_CLEAR = Sql::both("DELETE FROM account_reach WHERE account_id = $1"),
    REACH_ADD = Sql::both("INSERT INTO account_reach (account_id, union_org_id, with_below) VALUES ($1, $2, $3)"),
    ACCOUNT_WRONG_PASSWORD = Sql::both(
        "UPDATE account SET failed_count = failed_count + 1 WHERE id = $1 RETURNING failed_count"
    ),
    ACCOUNT_SET_PASSWORD = Sql::both(
        "UPDATE account SET password_hash = $2, must_change_password = $3, failed_count = 0, locked_until = NULL, \
         password_set_at = $4, changed_at = $4 WHERE id = $1"
    ),
    PASSWORD_REMEMBER = Sql::both(
        "INSERT INTO password_history (account_id, set_at, password_hash) \
         SELECT id, password_set_at, password_hash FROM account WHERE id = $1 AND password_hash IS NOT NULL"
    ),
    PASSWORDS_FORMER = Sql::both(
        "SELECT password_hash FROM password_history WHERE account_id = $1 ORDER BY set_at DESC LIMIT $2"
    ),
    PASSWORDS_FORGET = Sql::both(
        "DELETE FROM password_history WHERE account_id = $1 AND set_at <= $2"
    ),
    PASSWORDS_NEWEST_FORGOTTEN = Sql::both(
        "SELECT set_at FROM password_history WHERE account_id = $1 ORDER BY set_at DESC LIMIT 1 OFFSET $2"
    ),
    ACCOUNT_NAMESAKES = Sql::both(concat!(
        "SELECT ", columns!(), " FROM ", source!(), " WHERE a.name = $1 AND a.disabled_at IS NULL"
    )),
    SETTING_DELETE = Sql::both("DELETE FROM setting WHERE name = $1"),
    SETTING_GET = Sql::both("SELECT value FROM setting WHERE name = $1"),
    SETTING_COUNT = Sql::both(
        "INSERT INTO setting (name, value, changed_at) VALUES ($1, '1', $2) ON CONFLICT (name) DO UPDATE \
         SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT), changed_at = excluded.changed_at"
    ),
    SETTING_SET = Sql::both(
        "INSERT INTO setting (name, value, changed_at) VALUES ($1, $2, $3) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at"
    ),
}

/// Columns an account list can be sorted by: key in the URL, column.
pub const SORTS: &[(&str, &str)] = &[
    ("login", "a.login"),
    ("name", "a.name"),
    ("role", "a.role"),
    ("union", "u.path"),
    ("last_sign_in", "a.last_sign_in_at"),
];

/// What a reader of the account list asks for.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// Login or name contains this.
    pub text: Option<String>,
    /// Of this role.
    pub role: Option<Role>,
    /// Only accounts in use, or only those out of use.
    pub is_disabled: Option<bool>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    login: String,
    name: String,
    role: String,
    union_id: Option<Uuid>,
    union_name: Option<String>,
    path: Option<String>,
    reach: String,
    /// Paths with `*` behind those that count with all below them.
    named: Option<String>,
    must_change_password: bool,
    password_set_at: Option<i64>,
    has_second_factor: bool,
    failed_count: i64,
    locked_until: Option<i64>,
    disabled_at: Option<i64>,
    last_sign_in_at: Option<i64>,
    created_at: i64,
    changed_at: i64,
}

impl TryFrom<Row> for Account {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Account, StoreError> {
        let path = row.path.as_deref().map(UnionPath::parse).transpose();
        Ok(Account {
            id: AccountId::from_uuid(row.id),
            login: row.login,
            name: row.name,
            role: Role::from_code(&row.role).ok_or_else(|| StoreError::corrupt("account", "role", row.id))?,
            union_id: row.union_id.map(UnionOrgId::from_uuid),
            union_name: row.union_name,
            path: path.map_err(|_| StoreError::corrupt("union_org", "path", row.id))?,
            reach: Reach::from_code(&row.reach)
                .ok_or_else(|| StoreError::corrupt("account", "reach", row.id))?,
            named: named_parts(row.named.as_deref())
                .map_err(|_| StoreError::corrupt("union_org", "path", row.id))?,
            must_change_password: row.must_change_password,
            password_set_at: Timestamp(row.password_set_at.unwrap_or(row.created_at)),
            has_second_factor: row.has_second_factor,
            failed_count: row.failed_count,
            locked_until: row.locked_until.map(Timestamp),
            disabled_at: row.disabled_at.map(Timestamp),
            last_sign_in_at: row.last_sign_in_at.map(Timestamp),
            created_at: Timestamp(row.created_at),
            changed_at: Timestamp(row.changed_at),
        })
    }
}

fn named_parts(text: Option<&str>) -> Result<Vec<Part>, UnionPathError> {
    let mut parts: Vec<Part> = text
        .unwrap_or_default()
        .split_whitespace()
        .map(|path| match path.strip_suffix('*') {
            Some(path) => UnionPath::parse(path).map(Part::Branch),
            None => UnionPath::parse(path).map(Part::Single),
        })
        .collect::<Result<_, _>>()?;
    parts.sort_unstable();
    Ok(parts)
}

/// One union named for an account (数据范围).
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ReachRow {
    /// The union's row.
    pub id: Uuid,
    /// The register's own key.
    pub union_id: String,
    pub name: String,
    /// Its place; without one nothing of it is in sight.
    pub path: Option<String>,
    /// Whether all below it is in sight too.
    pub with_below: bool,
}

impl Reader {
    /// The unions named for an account, in the order of the tree.
    pub async fn account_reach(&mut self, id: AccountId) -> Result<Vec<ReachRow>, StoreError> {
        fetch_all!(self, REACH_OF_ACCOUNT, id.uuid())
    }

    /// Looks one account up.
    pub async fn account(&mut self, id: AccountId) -> Result<Option<Account>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, ACCOUNT_BY_ID, id.uuid())?;
        row.map(Account::try_from).transpose()
    }

    /// Looks one account up by its login name.
    pub async fn account_by_login(&mut self, login: &str) -> Result<Option<Account>, StoreError> {
        let row: Option<Row> = fetch_optional!(self, ACCOUNT_BY_LOGIN, login)?;
        row.map(Account::try_from).transpose()
    }

    /// The hash of an account's password; `None` when it has none and nobody can sign in.
    pub async fn password_hash(&mut self, id: AccountId) -> Result<Option<String>, StoreError> {
        let row: Option<(Option<String>,)> = fetch_optional!(self, ACCOUNT_PASSWORD, id.uuid())?;
        Ok(row.and_then(|row| row.0))
    }

    /// The hashes of an account's passwords before the present one, the latest first, at most so many.
    pub async fn former_passwords(&mut self, id: AccountId, most: i64) -> Result<Vec<String>, StoreError> {
        let rows: Vec<(String,)> = fetch_all!(self, PASSWORDS_FORMER, id.uuid(), most)?;
        Ok(rows.into_iter().map(|row| row.0).collect())
    }

    /// Accounts in use that bear exactly this name.
    pub async fn namesakes(&mut self, name: &str) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<Row> = fetch_all!(self, ACCOUNT_NAMESAKES, name)?;
        rows.into_iter().map(Account::try_from).collect()
    }

    /// Accounts in use of one role whose union is in sight, by place: whom items can be assigned to.
    pub async fn accounts_of_role(&mut self, role: Role, scope: &Scope) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<Row> = fetch_in_scope!(self, scope, ACCOUNTS_OF_ROLE, role.code())?;
        rows.into_iter().map(Account::try_from).collect()
    }

    /// How many accounts of a role are in use.
    pub async fn account_count(&mut self, role: Role) -> Result<i64, StoreError> {
        let (count,): (i64,) = fetch_one!(self, ACCOUNT_COUNT, role.code())?;
        Ok(count)
    }

    /// Accounts in sight and how many there are on all pages.
    pub async fn account_list(
        &mut self,
        scope: &Scope,
        filter: &AccountFilter,
        sort: (&str, Direction),
        window: impl Into<Window>,
    ) -> Result<(Vec<Account>, i64), StoreError> {
        let mut query = ListQuery::new(columns!(), source!(), scope, "u.path");
        if let Some(text) = &filter.text {
            query.filter(Fragment::either([
                Fragment::contains("a.login", text),
                Fragment::contains("a.name", text),
            ]));
        }
        if let Some(role) = filter.role {
            query.wherever("a.role = ?", [role.code().into()]);
        }
        match filter.is_disabled {
            Some(true) => query.wherever("a.disabled_at IS NOT NULL", []),
            Some(false) => query.wherever("a.disabled_at IS NULL", []),
            None => &mut query,
        };
        query.sort(SORTS, sort.0, sort.1);
        query
            .then_by("a.login")
            .window(window.into(), "a.login", Direction::Ascending);
        let rows: Vec<Row> = query.fetch(self).await?;
        let count = query.count(self).await?;
        Ok((
            rows.into_iter()
                .map(Account::try_from)
                .collect::<Result<_, _>>()?,
            count,
        ))
    }

    /// A setting, by name.
    pub async fn setting(&mut self, name: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = fetch_optional!(self, SETTING_GET, name)?;
        Ok(row.map(|row| row.0))
    }
}

impl Tx {
    /// Looks one account up in order to change it: nobody else changes it before this transaction ends, so that what is
    /// written back is not older than what another has written meanwhile. On SQLite there is one writer anyway.
    pub async fn account_to_change(&mut self, id: AccountId) -> Result<Option<Account>, StoreError> {
        // The row as it is once it is held: PostgreSQL shows each statement what was committed before it.
        let held: Option<(Uuid,)> = fetch_optional!(self, ACCOUNT_HOLD, id.uuid())?;
        match held {
            Some(_) => self.account(id).await,
            None => Ok(None),
        }
    }

    /// Lets nobody else take an account out of use before this transaction ends: two administrators who take each other out
    /// would both find the other one left. Taken before any account is held.
    pub async fn hold_administrators(&mut self) -> Result<(), StoreError> {
        let (_,): (bool,) = fetch_one!(self, ADMINISTRATORS_HOLD)?;
        Ok(())
    }

    /// Adds an account. A taken login is `Conflict("account_login_key")`.
    pub async fn add_account(&mut self, account: &Account, password_hash: &str) -> Result<(), StoreError> {
        execute!(
            self,
            ACCOUNT_INSERT,
            account.id.uuid(),
            account.login.as_str(),
            account.name.as_str(),
            account.role.code(),
            account.union_id.map(|id| id.uuid()),
            password_hash,
            account.must_change_password,
            account.created_at.0,
            account.reach.code(),
        )?;
        Ok(())
    }

    /// Replaces the unions chosen for an account (指定): the union's row, and whether all below it counts. A zone's are kept with the zone.
    pub async fn set_account_reach(
        &mut self,
        id: AccountId,
        unions: &[(UnionOrgId, bool)],
    ) -> Result<(), StoreError> {
        execute!(self, REACH_CLEAR, id.uuid())?;
        for (union, with_below) in unions {
            execute!(self, REACH_ADD, id.uuid(), union.uuid(), *with_below)?;
        }
        Ok(())
    }

    /// Writes an account back, all but its login and password. What its zones were under its name until the day of the change is kept.
    pub async fn save_account(&mut self, account: &Account) -> Result<(), StoreError> {
        self.keep_zone_pasts_of_worker(account, account.changed_at.day())
            .await?;
        execute!(
            self,
            ACCOUNT_SAVE,
            account.id.uuid(),
            account.name.as_str(),
            account.role.code(),
            account.union_id.map(|id| id.uuid()),
            account.failed_count,
            account.locked_until.map(|at| at.0),
            account.disabled_at.map(|at| at.0),
            account.last_sign_in_at.map(|at| at.0),
            account.changed_at.0,
            account.reach.code(),
        )?;
        Ok(())
    }

    /// Counts a wrong password and answers how many there have been in a row. The row stays locked until the end of
    /// the transaction, so that guesses at the same moment are all counted.
    pub async fn count_wrong_password(&mut self, id: AccountId) -> Result<i64, StoreError> {
        let (count,): (i64,) = fetch_one!(self, ACCOUNT_WRONG_PASSWORD, id.uuid())?;
        Ok(count)
    }

    /// Replaces a password; failures and lock are forgotten, the one before is remembered, and those beyond the latest
    /// `remembered` are not any more.
    pub async fn set_password(
        &mut self,
        id: AccountId,
        hash: &str,
        must_change: bool,
        remembered: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        execute!(self, PASSWORD_REMEMBER, id.uuid())?;
        let forgotten: Option<(i64,)> =
            fetch_optional!(self, PASSWORDS_NEWEST_FORGOTTEN, id.uuid(), remembered)?;
        if let Some((newest,)) = forgotten {
            execute!(self, PASSWORDS_FORGET, id.uuid(), newest)?;
        }
        execute!(self, ACCOUNT_SET_PASSWORD, id.uuid(), hash, must_change, now.0)?;
        Ok(())
    }

    /// Takes a setting away.
    pub async fn clear_setting(&mut self, name: &str) -> Result<(), StoreError> {
        execute!(self, SETTING_DELETE, name)?;
        Ok(())
    }

    /// Counts a setting up by one, from nothing to 1. Whoever counts the same one waits until this transaction ends, so that none is lost.
    pub async fn count_setting(&mut self, name: &str, now: Timestamp) -> Result<(), StoreError> {
        execute!(self, SETTING_COUNT, name, now.0)?;
        Ok(())
    }

    /// Writes a setting.
    pub async fn set_setting(&mut self, name: &str, value: &str, now: Timestamp) -> Result<(), StoreError> {
        execute!(self, SETTING_SET, name, value, now.0)?;
        Ok(())
    }
}
