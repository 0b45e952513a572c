//! The files, one module a kind, with dirt put on the truth while writing.

pub(crate) mod by_hand;
pub(crate) mod covers;
pub(crate) mod drivers;
pub(crate) mod enterprises;
pub(crate) mod insurance;
pub(crate) mod members;
pub(crate) mod tax;
pub(crate) mod union_row;
pub(crate) mod unions;

use crate::CityError;
use crate::next_day::NextDay;
use crate::sheet::Sheet;

/// Data rows of a kind: its file of the day, and the next day's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) today: u64,
    pub(crate) next_day: u64,
}

impl Rows {
    /// Ends both files.
    pub(crate) fn of(today: Sheet, next: NextDay) -> Result<Rows, CityError> {
        Ok(Rows {
            today: today.close()?,
            next_day: next.close()?,
        })
    }
}
