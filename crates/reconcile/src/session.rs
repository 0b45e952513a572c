//! The query engine that rules run on.

use datafusion::prelude::{SessionConfig, SessionContext};

/// A query session with `threads` partitions. Strings are plain Utf8, as in the views.
pub fn session(threads: usize) -> SessionContext {
    let mut config = SessionConfig::new()
        .with_target_partitions(threads.max(1))
        .with_information_schema(false);
    config.options_mut().sql_parser.map_string_types_to_utf8view = false;
    SessionContext::new_with_config(config)
}
