//! Floor 2: the Parquet lake: table layouts, writers and readers that intake fills and reconcile reads.
