//! A firm's name as the market register writes it: division, brand, trade, form, branch.

/// The parts of a name (企业名称: 行政区划 + 字号 + 行业 + 组织形式).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FirmName {
    /// `宁波市`, `宁海县`, or empty.
    pub(crate) division: String,
    /// Whether the division stands in brackets behind the brand: `腾浩（宁波）服饰有限公司`.
    pub(crate) is_bracketed: bool,
    /// 字号.
    pub(crate) brand: String,
    /// 行业.
    pub(crate) trade: String,
    /// 组织形式; for shops the ending is part of the trade and this is empty.
    pub(crate) form: String,
    /// `宁海分公司`, or empty.
    pub(crate) branch: String,
}

impl FirmName {
    /// The whole name.
    pub(crate) fn full(&self) -> String {
        let Self {
            division,
            brand,
            trade,
            form,
            branch,
            ..
        } = self;
        if self.is_bracketed && !division.is_empty() {
            format!("{brand}（{division}）{trade}{form}{branch}")
        } else {
            format!("{division}{brand}{trade}{form}{branch}")
        }
    }

    /// The name of the firm whose branch this is; the name itself for others.
    pub(crate) fn head(&self) -> Self {
        Self {
            branch: String::new(),
            ..self.clone()
        }
    }

    /// What people say: brand and trade (`腾浩户外`: the trade's first word), dirt D8.
    pub(crate) fn short(&self) -> String {
        let trade: String = self.trade.chars().take(2).collect();
        format!("{}{trade}", self.brand)
    }
}
