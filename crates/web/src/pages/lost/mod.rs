//! Addresses that lead nowhere.

pub mod view;

use app::error::AppError;

use crate::http::Fault;

/// Every address that the map does not know.
pub async fn nowhere() -> Fault {
    AppError::not_found("WEB-404", "没有这个页面")
        .hint("请检查地址，或从左侧导航进入")
        .into()
}
