//! Members (会员) and membership (会籍).
