//! Streams lake tables through DataFusion, one fold per partition.
//!
//! Partitions are contiguous parts of the file and are returned in file order, so that row numbers do not depend on the
//! number of threads.

use crate::error::{ReconcileError, Result};
use arrow::array::RecordBatch;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};
use futures::StreamExt;
use std::path::Path;
use std::sync::Arc;

/// A query session with `threads` partitions. Strings are read as plain Utf8: the record store gathers by row number.
pub fn session(threads: usize) -> SessionContext {
    let mut config = SessionConfig::new()
        .with_target_partitions(threads.max(1))
        .with_information_schema(false);
    config.options_mut().execution.parquet.schema_force_view_types = false;
    config.options_mut().sql_parser.map_string_types_to_utf8view = false;
    // Small files too are split into contiguous parts, each read by one task: batches dealt out in turn, or parts taken over
    // by whoever is idle, would lose the rows' numbers.
    config.options_mut().execution.enable_file_stream_work_stealing = false;
    config.options_mut().optimizer.repartition_file_min_size = 0;
    config.options_mut().optimizer.enable_round_robin_repartition = false;
    SessionContext::new_with_config(config)
}

/// Folds the named columns of a table, each partition into its own state.
pub async fn fold<T, I, S>(
    context: &SessionContext,
    table: &'static str,
    path: &Path,
    columns: &[&str],
    init: I,
    step: S,
) -> Result<Vec<T>>
where
    T: Send + 'static,
    I: Fn() -> T,
    S: Fn(&mut T, &RecordBatch) -> Result<()> + Send + Sync + 'static,
{
    let shown = path.to_string_lossy().to_string();
    let extension = path
        .extension()
        .map_or(String::new(), |e| format!(".{}", e.to_string_lossy()));
    let options = ParquetReadOptions {
        file_extension: &extension,
        ..ParquetReadOptions::default()
    };
    let frame = context
        .read_parquet(shown, options)
        .await
        .map_err(ReconcileError::engine(table))?;
    // A file of an earlier version may lack a column; whoever cannot do without it says so.
    let present: Vec<&str> = columns
        .iter()
        .copied()
        .filter(|column| frame.schema().has_column_with_unqualified_name(column))
        .collect();
    let frame = frame
        .select_columns(&present)
        .map_err(ReconcileError::engine(table))?;
    let streams = frame
        .execute_stream_partitioned()
        .await
        .map_err(ReconcileError::engine(table))?;
    let step = Arc::new(step);
    let tasks: Vec<_> = streams
        .into_iter()
        .map(|mut stream| {
            let mut state = init();
            let step = Arc::clone(&step);
            tokio::spawn(async move {
                while let Some(batch) = stream.next().await {
                    step(&mut state, &batch.map_err(ReconcileError::engine(table))?)?;
                }
                Ok::<T, ReconcileError>(state)
            })
        })
        .collect();
    let mut states = Vec::with_capacity(tasks.len());
    for task in tasks {
        states.push(task.await.map_err(|_| ReconcileError::Aborted)??);
    }
    Ok(states)
}

/// A column of a batch as its concrete type.
pub fn typed<'a, A: 'static>(batch: &'a RecordBatch, table: &'static str, name: &str) -> Result<&'a A> {
    batch
        .column_by_name(name)
        .and_then(|array| array.as_any().downcast_ref::<A>())
        .ok_or_else(|| ReconcileError::Column {
            table,
            column: name.to_string(),
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use arrow::array::{Int64Array, StringArray};
    use lake::LakeRow;
    use lake::tables::Member;

    /// Person links are row numbers: they must count as the file does, whatever its size and the number of threads.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn rows_come_in_file_order() {
        let folder = tempfile::tempdir().unwrap();
        for rows in [3i64, 30_000, 300_000] {
            let path = folder.path().join(format!("{rows}.parquet"));
            let member = |n: i64| Member {
                union_key: n,
                member_id: format!("M{n}"),
                id_token: None,
                id_status: 0,
                id_parts: None,
                name: "王芳".into(),
            };
            lake::write_rows(&path, (0..rows).map(member)).unwrap();
            for threads in [1, 2, 5] {
                let context = session(threads);
                let parts = fold(
                    &context,
                    Member::TABLE,
                    &path,
                    &["union_key", "member_id"],
                    Vec::new,
                    |read: &mut Vec<(i64, String)>, batch| {
                        let key = typed::<Int64Array>(batch, "members", "union_key")?;
                        let id = typed::<StringArray>(batch, "members", "member_id")?;
                        let ids = id.iter().map(|id| id.unwrap_or_default().to_owned());
                        read.extend(key.values().iter().copied().zip(ids));
                        Ok(())
                    },
                )
                .await
                .unwrap();
                let read = parts.into_iter().flatten();
                assert!(
                    read.eq((0..rows).map(|n| (n, format!("M{n}")))),
                    "{rows} rows, {threads} threads"
                );
            }
        }
    }
}
