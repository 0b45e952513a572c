//! Where a list in its own order goes on (a mark): the values that a row held in the columns of the order.

use chrono::NaiveDate;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, TypeInfo as _, ValueRef as _};
use uuid::Uuid;

use super::{Bind, Fragment, Order};
use crate::StoreError;

/// The values of a row in the columns of an order; `None` for what is unknown.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark(Vec<Option<Bind>>);

/// The columns of an order, to be marked.
pub(super) struct Marking<'q>(&'q [Order]);

/// A value of a row in the type that it is compared with later.
macro_rules! value_of {
    ($row:expr, $at:expr, { $($names:pat => $type:ty,)* }) => {{
        let raw = $row.try_get_raw($at)?;
        let (is_null, name) = (raw.is_null(), raw.type_info().name().to_owned());
        drop(raw);
        match name.as_str() {
            _ if is_null => None,
            $($names => Some(Bind::from($row.try_get::<$type, _>($at)?)),)*
            other => {
                let cause = format!("a list cannot be marked by a column of type {other}");
                return Err(sqlx::Error::Decode(cause.into()));
            }
        }
    }};
}

impl Mark {
    pub(super) fn of_sqlite(row: &SqliteRow, columns: usize) -> Result<Mark, sqlx::Error> {
        let first = row.len() - columns;
        let value = |at: usize| {
            // Days are kept as text, ids as bytes; both are compared as such.
            Ok(value_of!(row, at, {
                "INTEGER" => i64,
                "REAL" => f64,
                "TEXT" => String,
                "BLOB" => Vec<u8>,
            }))
        };
        (first..row.len()).map(value).collect::<Result<_, _>>().map(Mark)
    }

    pub(super) fn of_postgres(row: &PgRow, columns: usize) -> Result<Mark, sqlx::Error> {
        let first = row.len() - columns;
        let value = |at: usize| {
            Ok(value_of!(row, at, {
                "INT8" => i64,
                "INT4" => i32,
                "FLOAT8" => f64,
                "TEXT" | "VARCHAR" => String,
                "DATE" => NaiveDate,
                "UUID" => Uuid,
                "BYTEA" => Vec<u8>,
            }))
        };
        (first..row.len()).map(value).collect::<Result<_, _>>().map(Mark)
    }

    /// As it travels.
    pub(super) fn written(&self) -> Result<String, StoreError> {
        serde_json::to_string(&self.0).map_err(StoreError::packed)
    }

    pub(super) fn read(text: &str) -> Result<Mark, StoreError> {
        serde_json::from_str(text).map(Mark).map_err(|_| StoreError::Mark)
    }
}

impl Marking<'_> {
    pub(super) fn of(order: &[Order]) -> Marking<'_> {
        debug_assert!(!order.is_empty(), "a list without an order has no marks");
        debug_assert!(
            order[1..].iter().all(|column| !column.may_be_unknown),
            "only the first column of an order may be unknown"
        );
        Marking(order)
    }

    /// What is selected beside the row.
    pub(super) fn columns(&self) -> String {
        let columns = self.0.iter().enumerate();
        let columns: Vec<String> = columns
            .map(|(nth, order)| format!("{} AS mark_{nth}", order.column))
            .collect();
        columns.join(", ")
    }

    /// The rows behind a mark, in stretches that follow each other. What is unknown comes behind everything known; a stretch of its own
    /// leaves a plain range of the first column, which an index answers from its place.
    pub(super) fn behind(&self, mark: &Mark) -> Result<Vec<Fragment>, StoreError> {
        if mark.0.len() != self.0.len() {
            return Err(StoreError::Mark);
        }
        let (first, known) = (&self.0[0], mark.0[0].is_some());
        let is_null = format!("{} IS NULL", first.column);
        let from = usize::from(!known);
        if !known && !first.may_be_unknown {
            return Err(StoreError::Mark);
        }
        let values: Option<Vec<Bind>> = mark.0[from..].iter().cloned().collect();
        let rest = following(&self.0[from..], &values.ok_or(StoreError::Mark)?);
        Ok(match (first.may_be_unknown, known) {
            (false, _) => vec![rest],
            (true, true) => vec![rest, Fragment::built(is_null, [])],
            (true, false) => vec![Fragment::built(
                format!("{is_null} AND {}", rest.text),
                rest.binds,
            )],
        })
    }
}

/// `(a >= ? AND (a > ? OR (b > ?)))`: what follows the values in the order of the columns.
fn following(order: &[Order], values: &[Bind]) -> Fragment {
    let (Some((column, further)), Some((value, values))) = (order.split_first(), values.split_first()) else {
        return Fragment::new("1 = 0", []);
    };
    let (name, sign) = (column.column, column.direction.sign());
    if further.is_empty() {
        return Fragment::built(format!("({name} {sign} ?)"), [value.clone()]);
    }
    let rest = following(further, values);
    let text = format!("({name} {sign}= ? AND ({name} {sign} ? OR {}))", rest.text);
    let binds = [value.clone(), value.clone()].into_iter().chain(rest.binds);
    Fragment::built(text, binds)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::Direction;
    use super::*;

    fn order() -> [Order; 2] {
        [
            Order {
                column: "u.day",
                direction: Direction::Descending,
                may_be_unknown: true,
            },
            Order {
                column: "u.id",
                direction: Direction::Ascending,
                may_be_unknown: false,
            },
        ]
    }

    #[test]
    fn the_unknown_is_a_stretch_behind_the_known() {
        let order = order();
        let marking = Marking::of(&order);
        let texts = |mark: Vec<Option<Bind>>| {
            let mark = Mark::read(&Mark(mark).written().unwrap()).unwrap();
            marking
                .behind(&mark)
                .map(|stretches| stretches.into_iter().map(|part| part.text).collect::<Vec<_>>())
        };
        assert_eq!(
            texts(vec![Some(Bind::from("2026-08-01")), Some(Bind::from("U1"))]).unwrap(),
            ["(u.day <= ? AND (u.day < ? OR (u.id > ?)))", "u.day IS NULL"]
        );
        assert_eq!(
            texts(vec![None, Some(Bind::from("U1"))]).unwrap(),
            ["u.day IS NULL AND (u.id > ?)"]
        );
    }

    #[test]
    fn what_is_no_mark_of_the_order_is_refused() {
        let order = order();
        let marking = Marking::of(&order);
        assert!(matches!(Mark::read("2/50"), Err(StoreError::Mark)));
        for wrong in ["[]", "[null]", "[null,null]", "[null,{\"Int\":1},null]"] {
            let refused = marking.behind(&Mark::read(wrong).unwrap());
            assert!(matches!(refused, Err(StoreError::Mark)), "{wrong}");
        }
    }
}
