//! Journal entries (日志).
