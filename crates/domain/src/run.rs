//! Linkage and targeting runs (数据比对).
