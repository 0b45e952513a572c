//! Lists with free filters: every console table, its count and its export are one [`ListQuery`].
//!
//! SQL comes from static fragments, values from typed binds; scope and page are always there. Fragments write `?` for
//! a value, the query numbers them when it is put together. The only other place that builds SQL is `bulk`.

mod mark;

use chrono::NaiveDate;
use domain::scope::Scope;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, AssertSqlSafe, FromRow, Postgres, Row, Sqlite};
use uuid::Uuid;

use self::mark::{Mark, Marking};
use crate::tx::{Conn, Reader};
use crate::{StoreError, scope};

/// A value handed to a statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Bind {
    /// Text.
    Text(String),
    /// A number or an instant in milliseconds.
    Int(i64),
    /// A ratio.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// An id.
    Id(Uuid),
    /// A calendar day.
    Day(NaiveDate),
    /// A blind index or a digest.
    Bytes(Vec<u8>),
}

macro_rules! bind_from {
    ($($from:ty => |$value:ident| $bind:expr;)*) => {
        $(impl From<$from> for Bind {
            fn from($value: $from) -> Bind { $bind }
        })*
    };
}

bind_from! {
    &str => |value| Bind::Text(value.to_owned());
    String => |value| Bind::Text(value);
    i64 => |value| Bind::Int(value);
    i32 => |value| Bind::Int(value.into());
    u32 => |value| Bind::Int(value.into());
    f64 => |value| Bind::Float(value);
    bool => |value| Bind::Bool(value);
    Uuid => |value| Bind::Id(value);
    NaiveDate => |value| Bind::Day(value);
    Vec<u8> => |value| Bind::Bytes(value);
}

/// The values of a statement in an engine's own form.
macro_rules! bound {
    ($arguments:ty, $binds:expr) => {{
        let mut arguments = <$arguments>::default();
        for bind in $binds {
            match bind {
                Bind::Text(value) => arguments.add(value),
                Bind::Int(value) => arguments.add(value),
                Bind::Float(value) => arguments.add(value),
                Bind::Bool(value) => arguments.add(value),
                Bind::Id(value) => arguments.add(value),
                Bind::Day(value) => arguments.add(value),
                Bind::Bytes(value) => arguments.add(value),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        arguments
    }};
}

/// A piece of a condition: text with `?` for each value.
#[derive(Debug, Clone)]
pub struct Fragment {
    text: String,
    binds: Vec<Bind>,
}

impl Fragment {
    /// A condition as written in the code.
    pub fn new(text: &'static str, binds: impl IntoIterator<Item = Bind>) -> Fragment {
        Fragment::built(text.to_owned(), binds)
    }

    /// A condition put together inside this crate from static parts.
    pub(crate) fn built(text: String, binds: impl IntoIterator<Item = Bind>) -> Fragment {
        let binds: Vec<Bind> = binds.into_iter().collect();
        debug_assert_eq!(
            text.matches('?').count(),
            binds.len(),
            "one bind for each ? in {text}"
        );
        Fragment { text, binds }
    }

    /// `column IN (…)`; no values means no rows.
    pub fn any_of(column: &'static str, values: impl IntoIterator<Item = Bind>) -> Fragment {
        let binds: Vec<Bind> = values.into_iter().collect();
        if binds.is_empty() {
            return Fragment::new("1 = 0", []);
        }
        Fragment::built(
            format!("{column} IN ({})", vec!["?"; binds.len()].join(", ")),
            binds,
        )
    }

    /// `column` contains the text, taken literally.
    pub fn contains(column: &'static str, text: &str) -> Fragment {
        Fragment::built(
            format!("{column} LIKE ? ESCAPE '\\'"),
            [Bind::Text(contained(text))],
        )
    }

    /// `column` begins with the text, taken literally.
    pub fn starts_with(column: &'static str, text: &str) -> Fragment {
        Fragment::built(
            format!("{column} LIKE ? ESCAPE '\\'"),
            [Bind::Text(format!("{}%", escape_like(text)))],
        )
    }

    /// `column IN (select WHERE condition)`.
    pub(crate) fn within(column: &'static str, select: &'static str, condition: Fragment) -> Fragment {
        Fragment::built(
            format!("{column} IN ({select} WHERE {})", condition.text),
            condition.binds,
        )
    }

    /// `EXISTS (SELECT 1 FROM table WHERE key = column AND condition)`.
    pub(crate) fn exists(
        table: &'static str,
        key: &'static str,
        column: &'static str,
        condition: Fragment,
    ) -> Fragment {
        Fragment::built(
            format!(
                "EXISTS (SELECT 1 FROM {table} WHERE {key} = {column} AND {})",
                condition.text
            ),
            condition.binds,
        )
    }

    /// `column IN (select WHERE condition UNION …)`: rows by their key, each part found by an index of its own.
    pub(crate) fn within_any(
        column: &'static str,
        select: &'static str,
        conditions: impl IntoIterator<Item = Fragment>,
    ) -> Fragment {
        let (texts, binds): (Vec<_>, Vec<_>) = conditions
            .into_iter()
            .map(|part| (format!("{select} WHERE {}", part.text), part.binds))
            .unzip();
        if texts.is_empty() {
            return Fragment::new("1 = 0", []);
        }
        Fragment::built(
            format!("{column} IN ({})", texts.join(" UNION ")),
            binds.into_iter().flatten(),
        )
    }

    /// `column` begins with the text, as a range of an index in the order of bytes.
    pub(crate) fn begins(column: &'static str, text: &str) -> Fragment {
        Fragment::built(
            format!("({column} >= ? AND {column} < ?)"),
            [Bind::from(text), Bind::Text(format!("{text}{}", char::MAX))],
        )
    }

    /// Either of the conditions.
    pub fn either(fragments: impl IntoIterator<Item = Fragment>) -> Fragment {
        let (texts, binds): (Vec<_>, Vec<_>) =
            fragments.into_iter().map(|part| (part.text, part.binds)).unzip();
        if texts.is_empty() {
            return Fragment::new("1 = 0", []);
        }
        Fragment::built(format!("({})", texts.join(" OR ")), binds.into_iter().flatten())
    }
}

/// The pattern of what contains a text, taken literally.
pub(crate) fn contained(text: &str) -> String {
    format!("%{}%", escape_like(text))
}

fn escape_like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

/// Which way a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

impl Direction {
    /// The sign between a column and a value before it.
    fn sign(self) -> &'static str {
        match self {
            Direction::Ascending => ">",
            Direction::Descending => "<",
        }
    }
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// How many rows to skip.
    pub offset: i64,
    /// How many rows at most.
    pub limit: i64,
}

impl Page {
    /// Page `number` (from 1) of `size` rows; numbers below 1 mean the first.
    pub fn number(number: u32, size: u32) -> Page {
        Page {
            offset: i64::from(number.max(1) - 1) * i64::from(size),
            limit: i64::from(size),
        }
    }

    /// Everything, for exports.
    pub const ALL: Page = Page {
        offset: 0,
        limit: i64::MAX,
    };
}

/// The rows that follow a key, in the order of the key alone: as quick at the end of a long list as at its start, and what comes
/// or goes meanwhile neither repeats a row nor leaves one out.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyPage {
    /// The key of the last row that is known; from the start when `None`.
    pub after: Option<Bind>,
    /// How many rows at most.
    pub limit: i64,
}

/// The rows that follow a mark, in the list's own order. A mark says what a row held in the columns of the order when it was read, so
/// the list goes on at that place though the row has changed or gone since: what comes or goes meanwhile neither repeats another row nor
/// leaves one out. A row whose own place in the order changes is met where it then stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkPage {
    /// The mark of the last row that is known, from [`ListQuery::fetch_marked`]; from the start when `None`.
    pub after: Option<String>,
    /// How many rows at most.
    pub limit: i64,
}

/// Which part of a list: a page of its order, its beginning, or what follows a key or a mark.
#[derive(Debug, Clone, PartialEq)]
pub enum Window {
    /// By number, in the list's order.
    Page(Page),
    /// So many rows at most from the start of the list's order, for whoever wants the nearest and not how many there are: nothing is
    /// counted beyond them.
    First(i64),
    /// By key, in the key's order.
    Keys(KeyPage),
    /// By mark, in the list's order.
    Marks(MarkPage),
}

impl Window {
    /// Whether it is in the order that people see, not in that of programs.
    pub fn is_for_people(&self) -> bool {
        matches!(self, Window::Page(_) | Window::First(_))
    }
}

impl From<Page> for Window {
    fn from(page: Page) -> Window {
        Window::Page(page)
    }
}

impl From<KeyPage> for Window {
    fn from(page: KeyPage) -> Window {
        Window::Keys(page)
    }
}

impl From<MarkPage> for Window {
    fn from(page: MarkPage) -> Window {
        Window::Marks(page)
    }
}

/// One list: columns, source, scope, filters, order, page.
#[derive(Debug, Clone)]
pub struct ListQuery {
    select: &'static str,
    from: &'static str,
    conditions: Vec<Fragment>,
    order: Vec<Order>,
    page: Page,
    /// The condition of a window by key: it leaves the counts alone.
    after: Option<Fragment>,
    /// Where a window by mark begins, not read yet.
    mark: Option<String>,
    /// Whether only the rows are wanted, not how many there are.
    is_uncounted: bool,
}

/// One column of an order.
#[derive(Debug, Clone)]
struct Order {
    column: &'static str,
    direction: Direction,
    /// Values may be unknown; those come last.
    may_be_unknown: bool,
}

impl Order {
    fn text(&self) -> String {
        let word = match self.direction {
            Direction::Ascending => "ASC",
            Direction::Descending => "DESC",
        };
        let nulls = if self.may_be_unknown { " NULLS LAST" } else { "" };
        format!("{} {word}{nulls}", self.column)
    }
}

impl ListQuery {
    /// A list of `select` columns from `from` (a table or joins), of the rows in `scope` by their `path_column`.
    pub fn new(
        select: &'static str,
        from: &'static str,
        scope: &Scope,
        path_column: &'static str,
    ) -> ListQuery {
        ListQuery {
            select,
            from,
            conditions: vec![scope::condition(scope, path_column)],
            order: Vec::new(),
            page: Page { offset: 0, limit: 50 },
            after: None,
            mark: None,
            is_uncounted: false,
        }
    }

    /// Keeps rows that hold the condition as well.
    pub fn filter(&mut self, condition: Fragment) -> &mut ListQuery {
        self.conditions.push(condition);
        self
    }

    /// `filter("i.status = ?", [status.into()])`.
    pub fn wherever(&mut self, text: &'static str, binds: impl IntoIterator<Item = Bind>) -> &mut ListQuery {
        self.filter(Fragment::new(text, binds))
    }

    /// Sorts by a column of the whitelist (`key` as in the URL, column as in the SQL). Answers false for an unknown
    /// key and then sorts by nothing. Unknown values come last either way.
    pub fn sort(
        &mut self,
        whitelist: &[(&'static str, &'static str)],
        key: &str,
        direction: Direction,
    ) -> bool {
        let Some((_, column)) = whitelist.iter().find(|(name, _)| *name == key) else {
            return false;
        };
        self.first_by(column, direction);
        true
    }

    /// Sorts first by a column in which values may be unknown; those come last either way.
    pub fn first_by(&mut self, column: &'static str, direction: Direction) -> &mut ListQuery {
        debug_assert!(self.order.is_empty(), "{column} is not the first of the order");
        self.order.push(Order {
            column,
            direction,
            may_be_unknown: true,
        });
        self
    }

    /// Sorts further by a column that every row has a value in; the last order is by a unique one, so that pages neither overlap nor skip.
    pub fn then_by(&mut self, column: &'static str) -> &mut ListQuery {
        self.order.push(Order {
            column,
            direction: Direction::Ascending,
            may_be_unknown: false,
        });
        self
    }

    /// Which part is wanted; the first fifty rows otherwise.
    pub fn page(&mut self, page: Page) -> &mut ListQuery {
        self.page = page;
        self
    }

    /// Which part is wanted: a page of the order given so far, what follows a mark of it, or what follows a key of the unique column `key`.
    pub fn window(&mut self, window: Window, key: &'static str, direction: Direction) -> &mut ListQuery {
        let limit = match window {
            Window::Page(page) => return self.page(page),
            Window::First(limit) => {
                self.is_uncounted = true;
                limit
            }
            Window::Marks(marks) => {
                self.mark = marks.after;
                marks.limit
            }
            Window::Keys(keys) => {
                let sign = direction.sign();
                self.order = vec![Order {
                    column: key,
                    direction,
                    may_be_unknown: false,
                }];
                self.after = keys
                    .after
                    .map(|after| Fragment::built(format!("{key} {sign} ?"), [after]));
                keys.limit
            }
        };
        self.page(Page { offset: 0, limit })
    }

    /// Which part of a list without a key of its own is wanted: a page, or what follows a mark.
    pub fn marked(&mut self, window: Window) -> &mut ListQuery {
        debug_assert!(!matches!(window, Window::Keys(_)), "this list has no key");
        self.window(window, "", Direction::Ascending)
    }

    /// The rows of the page.
    pub async fn fetch<R>(&self, reader: &mut Reader) -> Result<Vec<R>, StoreError>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        debug_assert!(self.mark.is_none(), "a window by mark is fetched with its marks");
        let (text, binds) = self.statement(self.select, self.after.as_ref(), self.page);
        run(reader, &text, binds).await
    }

    /// The rows of the page, each with its mark: where a [`MarkPage`] goes on behind it.
    ///
    /// # Errors
    /// [`StoreError::Mark`] when the window begins at what is no mark of this order; the store refuses.
    pub async fn fetch_marked<R>(&self, reader: &mut Reader) -> Result<Vec<(R, String)>, StoreError>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let marking = Marking::of(&self.order);
        let select = format!("{}, {}", self.select, marking.columns());
        let stretches = match &self.mark {
            None => vec![self.after.clone()],
            Some(mark) => marking
                .behind(&Mark::read(mark)?)?
                .into_iter()
                .map(Some)
                .collect(),
        };
        let (mut rows, mut limit) = (Vec::new(), self.page.limit);
        for stretch in stretches {
            let page = Page { limit, ..self.page };
            let (text, binds) = self.statement(&select, stretch.as_ref(), page);
            let found: Vec<(R, Mark)> = run_marked(reader, &text, binds, self.order.len()).await?;
            limit -= found.len() as i64;
            for (row, mark) in found {
                rows.push((row, mark.written()?));
            }
            if limit <= 0 {
                break;
            }
        }
        Ok(rows)
    }

    /// `SELECT …` of a part of the list in its order.
    fn statement(&self, select: &str, after: Option<&Fragment>, page: Page) -> (String, Vec<Bind>) {
        let mut text = format!("SELECT {select} FROM {}", self.from);
        let mut binds = self.push_where(&mut text);
        if let Some(after) = after {
            text.push_str(" AND ");
            text.push_str(&after.text);
            binds.extend(after.binds.iter().cloned());
        }
        self.push_order(&mut text);
        text.push_str(" LIMIT ? OFFSET ?");
        binds.extend([Bind::Int(page.limit), Bind::Int(page.offset)]);
        (text, binds)
    }

    fn push_order(&self, text: &mut String) {
        let order: Vec<String> = self.order.iter().map(Order::text).collect();
        if !order.is_empty() {
            text.push_str(" ORDER BY ");
            text.push_str(&order.join(", "));
        }
    }

    /// Every row in order, a thousand at a time, handed over as fast as they are taken: for exports of millions at flat memory. Pages
    /// do not matter. Ends early when nobody takes them any more.
    pub async fn send<R>(
        &self,
        reader: &mut Reader,
        sender: &tokio::sync::mpsc::Sender<Vec<R>>,
    ) -> Result<(), StoreError>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut text = format!("SELECT {} FROM {}", self.select, self.from);
        let binds = self.push_where(&mut text);
        self.push_order(&mut text);
        let sql = AssertSqlSafe(numbered(&text));
        match reader.conn() {
            Conn::Sqlite(conn) => {
                let arguments = bound!(SqliteArguments, binds);
                let rows = sqlx::query_as_with::<Sqlite, R, _>(sql, arguments).fetch(&mut **conn);
                hand_over(rows, sender).await
            }
            Conn::Postgres(conn) => {
                let arguments = bound!(PgArguments, binds);
                let rows = sqlx::query_as_with::<Postgres, R, _>(sql, arguments).fetch(&mut **conn);
                hand_over(rows, sender).await
            }
        }
    }

    /// How many rows there are on all pages, counted only where the `fetched` rows of this page do not tell: a page that is not full is
    /// the last. Of a [`Window::First`] the rows of the page are all that is told.
    pub async fn total(&self, reader: &mut Reader, fetched: usize) -> Result<i64, StoreError> {
        let fetched = fetched as i64;
        if self.is_uncounted {
            return Ok(fetched);
        }
        let is_last = fetched < self.page.limit && (fetched > 0 || self.page.offset == 0);
        if is_last && self.after.is_none() && self.mark.is_none() {
            return Ok(self.page.offset + fetched);
        }
        self.count(reader).await
    }

    /// How many rows there are on all pages.
    pub async fn count(&self, reader: &mut Reader) -> Result<i64, StoreError> {
        let (count,): (i64,) = self.figures(reader, Fragment::new("COUNT(*)", [])).await?;
        Ok(count)
    }

    /// How many rows there are on all pages, counted no further than `most`: what nobody would wait for is not counted to the end.
    pub async fn count_up_to(&self, reader: &mut Reader, most: i64) -> Result<i64, StoreError> {
        let mut text = format!("SELECT COUNT(*) FROM (SELECT 1 FROM {}", self.from);
        let mut binds = self.push_where(&mut text);
        text.push_str(" LIMIT ?) counted");
        binds.push(Bind::Int(most));
        let counts: Vec<(i64,)> = run(reader, &text, binds).await?;
        Ok(counts.first().map_or(0, |(count,)| *count))
    }

    /// How many rows each of these lists has, in one pass over what they are lists of: same source, same scope, other filters.
    pub async fn counts(reader: &mut Reader, lists: &[ListQuery]) -> Result<Vec<i64>, StoreError> {
        let Some(first) = lists.first() else {
            return Ok(Vec::new());
        };
        let whole = ListQuery {
            conditions: first.conditions[..1].to_vec(),
            ..first.clone()
        };
        let parts = lists.iter().map(|list| {
            debug_assert_eq!(list.from, whole.from, "lists of one source");
            let texts: Vec<&str> = list.conditions[1..]
                .iter()
                .map(|part| part.text.as_str())
                .collect();
            let text = match texts.is_empty() {
                true => "COUNT(*)".to_owned(),
                false => format!("COUNT(CASE WHEN {} THEN 1 END)", texts.join(" AND ")),
            };
            let binds = list.conditions[1..].iter().flat_map(|part| part.binds.clone());
            (text, binds)
        });
        let (texts, binds): (Vec<_>, Vec<_>) = parts.unzip();
        let select = Fragment::built(texts.join(", "), binds.into_iter().flatten());
        let Counts(counts) = whole.figures(reader, select).await?;
        Ok(counts)
    }

    /// One row of figures over the same rows: `figures("COUNT(*), …")`. No page, no order.
    pub async fn figures<R>(&self, reader: &mut Reader, select: Fragment) -> Result<R, StoreError>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut text = format!("SELECT {} FROM {}", select.text, self.from);
        let mut binds = select.binds;
        binds.extend(self.push_where(&mut text));
        let mut rows: Vec<R> = run(reader, &text, binds).await?;
        rows.pop()
            .ok_or_else(|| StoreError::from(sqlx::Error::RowNotFound))
    }

    /// Other columns over the same rows, grouped: `grouped("i.status, COUNT(*)", "i.status")`. No page, no order.
    pub async fn grouped<R>(
        &self,
        reader: &mut Reader,
        select: &'static str,
        group_by: &'static str,
    ) -> Result<Vec<R>, StoreError>
    where
        R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut text = format!("SELECT {select} FROM {}", self.from);
        let binds = self.push_where(&mut text);
        text.push_str(" GROUP BY ");
        text.push_str(group_by);
        run(reader, &text, binds).await
    }

    fn push_where(&self, text: &mut String) -> Vec<Bind> {
        let mut binds = Vec::new();
        for (nth, condition) in self.conditions.iter().enumerate() {
            text.push_str(if nth == 0 { " WHERE " } else { " AND " });
            text.push_str(&condition.text);
            binds.extend(condition.binds.iter().cloned());
        }
        binds
    }
}

/// A row of nothing but counts.
struct Counts(Vec<i64>);

impl<'r, R> FromRow<'r, R> for Counts
where
    R: Row,
    usize: sqlx::ColumnIndex<R>,
    i64: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    fn from_row(row: &'r R) -> Result<Counts, sqlx::Error> {
        (0..row.len())
            .map(|at| row.try_get(at))
            .collect::<Result<_, _>>()
            .map(Counts)
    }
}

/// Numbers the `?` of a text: `a = ? AND b = ?` → `a = $1 AND b = $2`.
fn numbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut nth = 0;
    for part in text.split_inclusive('?') {
        match part.strip_suffix('?') {
            Some(before) => {
                nth += 1;
                out.push_str(before);
                out.push('$');
                out.push_str(&nth.to_string());
            }
            None => out.push_str(part),
        }
    }
    out
}

/// Rows handed over at once.
const SENT_ROWS: usize = 1_000;

async fn hand_over<R>(
    mut rows: impl futures::Stream<Item = Result<R, sqlx::Error>> + Unpin,
    sender: &tokio::sync::mpsc::Sender<Vec<R>>,
) -> Result<(), StoreError> {
    use futures::TryStreamExt as _;
    let mut held = Vec::with_capacity(SENT_ROWS);
    while let Some(row) = rows.try_next().await? {
        held.push(row);
        if held.len() == SENT_ROWS {
            let full = std::mem::replace(&mut held, Vec::with_capacity(SENT_ROWS));
            if sender.send(full).await.is_err() {
                return Ok(()); // whoever took them has stopped
            }
        }
    }
    // The last of them; that nobody takes them is no failure of the reading.
    let _ = sender.send(held).await;
    Ok(())
}

async fn run<R>(reader: &mut Reader, text: &str, binds: Vec<Bind>) -> Result<Vec<R>, StoreError>
where
    R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    // Safe: the text is made of static fragments; everything that came from outside is a bind.
    let sql = AssertSqlSafe(numbered(text));
    let rows = match reader.conn() {
        Conn::Sqlite(conn) => {
            let arguments = bound!(SqliteArguments, binds);
            sqlx::query_as_with::<Sqlite, R, _>(sql, arguments)
                .fetch_all(&mut **conn)
                .await
        }
        Conn::Postgres(conn) => {
            let arguments = bound!(PgArguments, binds);
            sqlx::query_as_with::<Postgres, R, _>(sql, arguments)
                .fetch_all(&mut **conn)
                .await
        }
    };
    Ok(rows?)
}

/// The same with the mark of each row, from the last columns.
async fn run_marked<R>(
    reader: &mut Reader,
    text: &str,
    binds: Vec<Bind>,
    columns: usize,
) -> Result<Vec<(R, Mark)>, StoreError>
where
    R: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    // Safe: as in `run`.
    let sql = AssertSqlSafe(numbered(text));
    match reader.conn() {
        Conn::Sqlite(conn) => {
            let arguments = bound!(SqliteArguments, binds);
            let rows = sqlx::query_with::<Sqlite, _>(sql, arguments)
                .fetch_all(&mut **conn)
                .await?;
            rows.iter()
                .map(|row| Ok((R::from_row(row)?, Mark::of_sqlite(row, columns)?)))
                .collect()
        }
        Conn::Postgres(conn) => {
            let arguments = bound!(PgArguments, binds);
            let rows = sqlx::query_with::<Postgres, _>(sql, arguments)
                .fetch_all(&mut **conn)
                .await?;
            rows.iter()
                .map(|row| Ok((R::from_row(row)?, Mark::of_postgres(row, columns)?)))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbered_in_order() {
        assert_eq!(
            numbered("a = ? AND (b >= ? OR c IN (?, ?))"),
            "a = $1 AND (b >= $2 OR c IN ($3, $4))"
        );
        assert_eq!(numbered("1 = 1"), "1 = 1");
    }

    #[test]
    fn wildcards_of_the_person_searching_are_taken_literally() {
        assert_eq!(escape_like("50%_\\"), "50\\%\\_\\\\");
    }

    #[test]
    fn an_empty_choice_chooses_nothing() {
        assert_eq!(Fragment::any_of("i.status", []).text, "1 = 0");
        assert_eq!(Fragment::either([]).text, "1 = 0");
    }
}
