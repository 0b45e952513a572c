//! StoreError, made from sqlx here only.
