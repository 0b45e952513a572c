//! Data scope (数据范围).
