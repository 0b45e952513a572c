//! The place of a new or moved union in the tree, and the key of one that no file has named.

use domain::scope::UnionPath;
use store::Tx;
use uuid::Uuid;

use crate::error::AppError;

/// Characters of one segment of a path with its slash.
const SEGMENT: usize = 5;
/// 宁波市, where a union's own county is not known.
const CITY: i64 = 330_200;

/// A key of the register's kind that no file can hold: `GH-330226-0A1B2C3D4E5F`.
pub(crate) fn new_key(county: Option<i64>, id: Uuid) -> String {
    let tail = id.simple().to_string().to_uppercase();
    format!("GH-{}-{}", county.unwrap_or(CITY), &tail[tail.len() - 12..])
}

/// The next free place below a union.
pub(crate) async fn next_child(tx: &mut Tx, parent: &str) -> Result<UnionPath, AppError> {
    let damaged = || AppError::internal(format!("{parent:?} is no place of the union tree"));
    let place = UnionPath::parse(parent).map_err(|_| damaged())?;
    let length = (parent.len() + SEGMENT) as i64;
    let last = tx.last_child_path(parent, &place.upper_bound(), length).await?;
    let nth = match last {
        None => 0,
        Some(last) => {
            let segment = last.get(parent.len()..last.len() - 1).ok_or_else(damaged)?;
            u32::from_str_radix(segment, 36).map_err(|_| damaged())? + 1
        }
    };
    Ok(place.child(nth))
}
