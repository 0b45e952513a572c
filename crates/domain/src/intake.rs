//! Intake batches (来源批次).
