//! The fields of a posted form.

use app::error::AppError;
use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};

use super::layers::{has_nul, no_text};
use super::{Fault, fault};
use crate::ui::UrlQuery;

/// Largest form without a file: a bulk act names 10,000 items, a quarter of a megabyte.
const FORM_BYTES: usize = 512 * 1024;

/// What a form sent: names and values, empty values dropped.
#[derive(Debug, Clone, Default)]
pub struct Posted(UrlQuery);

impl Posted {
    /// The same from an address: a link may fill a form in advance.
    pub fn read(query: &str) -> Posted {
        Posted(UrlQuery::read("", query))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    /// The value, or nothing as an empty text: a use case says itself what must not be empty.
    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// Refuses fields that the form does not have: what is sent beyond it is told, not dropped.
    ///
    /// # Errors
    /// `WEB-422` with the first such field.
    pub fn only(&self, is_known: impl Fn(&str) -> bool) -> Result<(), AppError> {
        let unknown = self.0.pairs().iter().find(|(name, _)| !is_known(name));
        unknown.map_or(Ok(()), |(name, _)| {
            let name: String = name.chars().take(40).collect();
            Err(AppError::invalid(
                "WEB-422",
                format!("提交的内容里有这张表单没有的项“{name}”，没有保存"),
            )
            .hint("请刷新页面后重新填写"))
        })
    }

    /// Every value under one name: ticked boxes.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0
            .pairs()
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .collect()
    }
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Posted, Fault> {
        let body = to_bytes(request.into_body(), FORM_BYTES).await.map_err(|_| {
            AppError::invalid(fault::TOO_LARGE, "提交的内容太大或没有传完").hint("请减少所选项目后再试")
        })?;
        let text =
            std::str::from_utf8(&body).map_err(|_| AppError::invalid("WEB-400", "提交的内容无法识别"))?;
        let posted = Posted(UrlQuery::read("", text));
        match posted
            .0
            .pairs()
            .iter()
            .find(|(name, value)| has_nul(name) || has_nul(value))
        {
            Some((name, _)) => Err(no_text(name).into()),
            None => Ok(posted),
        }
    }
}
