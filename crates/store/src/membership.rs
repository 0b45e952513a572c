//! Members and membership (会员、会籍).
