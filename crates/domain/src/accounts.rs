//! Accounts and roles (账号、角色).
