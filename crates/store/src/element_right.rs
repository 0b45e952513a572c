//! 数据元权限 that were set otherwise than the product ships them.

use codes::time::Timestamp;
use domain::accounts::Role;
use domain::element_right::{Deviation, ElementRights, Place, Right};
use domain::intake::Kind;

use crate::StoreError;
use crate::tx::{Reader, Tx};

statements! {
    RIGHTS = Sql::both(
        "SELECT kind, element, role, right_code, is_allowed, set_by, set_at FROM element_right \
         ORDER BY kind, element, role, right_code"
    ),
    RIGHT_SET = Sql::both(
        "INSERT INTO element_right (kind, element, role, right_code, is_allowed, set_by, set_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (kind, element, role, right_code) \
         DO UPDATE SET is_allowed = excluded.is_allowed, set_by = excluded.set_by, set_at = excluded.set_at"
    ),
    RIGHT_UNSET = Sql::both(
        "DELETE FROM element_right WHERE kind = $1 AND element = $2 AND role = $3 AND right_code = $4"
    ),
    // Whoever reads what holds and whoever changes it at the same time come one after the other.
    RIGHT_LOCK = Sql::split {
        sqlite: "SELECT 1",
        postgres: "LOCK TABLE element_right IN SHARE ROW EXCLUSIVE MODE",
    },
}

/// A row as it is stored.
type Stored = (String, String, String, String, bool, String, i64);

fn read(
    (kind, element, role, right, is_allowed, set_by, set_at): Stored,
) -> Result<(Place, Deviation), StoreError> {
    // One that this version does not know must not turn into the shipped right, which may be the laxer one.
    let corrupt = |column| StoreError::corrupt("element_right", column, &element);
    let place = Place {
        kind: Kind::from_name(&kind).ok_or_else(|| corrupt("kind"))?,
        role: Role::from_code(&role).ok_or_else(|| corrupt("role"))?,
        right: Right::from_code(&right).ok_or_else(|| corrupt("right_code"))?,
        element,
    };
    let deviation = Deviation {
        is_allowed,
        set_by,
        set_at: Timestamp(set_at),
    };
    Ok((place, deviation))
}

impl Reader {
    /// The rights that hold now.
    pub async fn element_rights(&mut self) -> Result<ElementRights, StoreError> {
        let rows: Vec<Stored> = fetch_all!(self, RIGHTS)?;
        let rows: Result<Vec<_>, StoreError> = rows.into_iter().map(read).collect();
        Ok(ElementRights::new(rows?))
    }
}

impl Tx {
    /// Keeps other changes of rights waiting until this one is committed.
    pub async fn lock_element_rights(&mut self) -> Result<(), StoreError> {
        execute!(self, RIGHT_LOCK)?;
        Ok(())
    }

    /// Sets a right otherwise than it ships.
    pub async fn set_element_right(
        &mut self,
        place: &Place,
        is_allowed: bool,
        by: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (kind, role, right) = (place.kind.name(), place.role.code(), place.right.code());
        let element = place.element.as_str();
        execute!(self, RIGHT_SET, kind, element, role, right, is_allowed, by, at.0)?;
        Ok(())
    }

    /// Lets a right be as it ships again.
    pub async fn unset_element_right(&mut self, place: &Place) -> Result<(), StoreError> {
        let (kind, role, right) = (place.kind.name(), place.role.code(), place.right.code());
        execute!(self, RIGHT_UNSET, kind, place.element.as_str(), role, right)?;
        Ok(())
    }
}
