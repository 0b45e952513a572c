//! The columns of a record store in memory, by name.

use crate::error::{ReconcileError, Result};
use crate::parallel;
use arrow::array::ArrayRef;
use lake::records::{Recorded, Records};
use std::collections::HashMap;

/// The kept columns of one table, until they are taken.
pub struct Kept {
    table: &'static str,
    arrays: HashMap<&'static str, ArrayRef>,
}

impl Kept {
    /// Reads the kept columns, several at once.
    pub fn of<R: Recorded>(records: &Records, threads: usize) -> Result<Kept> {
        let read = parallel::parts(R::KEPT.len(), threads, |range| {
            R::KEPT[range]
                .iter()
                .map(|&name| Ok(records.array(name)?.map(|array| (name, array))))
                .collect::<Result<Vec<_>>>()
        });
        let mut arrays = HashMap::new();
        for part in read {
            // A file of an earlier version may lack a column; whoever cannot do without it says so.
            arrays.extend(part?.into_iter().flatten());
        }
        Ok(Kept {
            table: R::TABLE,
            arrays,
        })
    }

    /// A column as its concrete type.
    pub fn take<A: Clone + 'static>(&mut self, name: &str) -> Result<A> {
        self.take_if_there(name).ok_or_else(|| ReconcileError::Column {
            table: self.table,
            column: name.to_string(),
        })
    }

    /// The same of a column that earlier versions lack.
    pub fn take_if_there<A: Clone + 'static>(&mut self, name: &str) -> Option<A> {
        self.arrays.remove(name)?.as_any().downcast_ref::<A>().cloned()
    }
}
