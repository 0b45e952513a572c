//! Columns of a record store as concrete arrays, several at once.

use crate::error::{ReconcileError, Result};
use crate::parallel;
use arrow::array::ArrayRef;
use lake::records::Records;

/// The named columns, in that order; `None` for one that the file's version lacks.
pub fn arrays(records: &Records, names: &[&str], threads: usize) -> Result<Vec<Option<ArrayRef>>> {
    let read = parallel::parts(names.len(), threads, |range| {
        range.map(|i| records.array(names[i])).collect::<Vec<_>>()
    });
    Ok(read.into_iter().flatten().collect::<Result<_, _>>()?)
}

/// The next of such columns as its concrete type.
pub fn typed<A: Clone + 'static>(
    array: Option<Option<ArrayRef>>,
    table: &'static str,
    name: &str,
) -> Result<A> {
    array
        .flatten()
        .and_then(|array| array.as_any().downcast_ref::<A>().cloned())
        .ok_or_else(|| ReconcileError::Column {
            table,
            column: name.to_string(),
        })
}
