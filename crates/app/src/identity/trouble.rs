//! What can go wrong on the way to the identity provider and back, each in words for the person; the cause goes to the log.

use std::fmt::Display;

use codes::time::Timestamp;
use openidconnect::ClaimsVerificationError;

use crate::error::AppError;

const BY_PASSWORD: &str = "也可以用账号和密码登录";

/// None is configured here.
pub(super) fn none_here() -> AppError {
    AppError::not_found("IDP-404", "本系统没有启用统一身份认证").hint("请用账号和密码登录")
}

/// The way was not begun in this browser, or too long ago, or begun twice.
pub(super) fn lost() -> AppError {
    AppError::conflict("IDP-101", "登录已中断或超过 10 分钟，没有完成")
        .hint("请重新点“用统一身份认证登录”；浏览器须允许本站的 Cookie")
}

/// The person went back at the provider.
pub(super) fn cancelled() -> AppError {
    AppError::conflict("IDP-102", "您在统一身份认证页面取消了登录").hint(BY_PASSWORD)
}

/// The provider answers with an error of its own; `code` is one of the words of the standard.
pub(super) fn answered(code: &str) -> AppError {
    let code: String = code
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
        .take(60)
        .collect();
    tracing::warn!(code, "the identity provider refused a sign-in");
    match code.as_str() {
        "server_error" | "temporarily_unavailable" => {
            AppError::unavailable("IDP-503", "统一身份认证暂时不能使用").hint(BY_PASSWORD)
        }
        _ => AppError::conflict("IDP-103", format!("统一身份认证没有同意这次登录（{code}）"))
            .hint("请重新登录；反复出现时请系统管理员核对统一身份认证的设置"),
    }
}

/// The provider does not take the code, or does not know this installation.
pub(super) fn code_refused(cause: impl Display) -> AppError {
    tracing::warn!(%cause, "the identity provider refused the code");
    AppError::conflict(
        "IDP-103",
        "统一身份认证没有认可这次登录，登录凭据可能已过期或用过",
    )
    .hint("请重新登录；反复出现时请系统管理员核对客户端标识和密钥")
}

/// The token is not what it should be: another signer, receiver or errand.
pub(super) fn refused(cause: &ClaimsVerificationError, now: Timestamp) -> AppError {
    tracing::warn!(%cause, detail = ?cause, "a token of the identity provider was refused");
    match cause {
        ClaimsVerificationError::Expired(_) => AppError::conflict(
            "IDP-105",
            format!(
                "统一身份认证签发的凭据时间不符（本服务器现在是 {}）",
                now.to_minute()
            ),
        )
        .hint("请重新登录；反复出现时请系统管理员校准两边服务器的时间"),
        _ => AppError::conflict("IDP-104", "统一身份认证签发的凭据未通过核验，没有登录")
            .hint("请重新登录；反复出现时请系统管理员查看服务器日志"),
    }
}

/// No connection, no certificate that we trust, no answer in time.
pub(super) fn unreachable(cause: impl Display + std::fmt::Debug) -> AppError {
    tracing::warn!(%cause, detail = ?cause, "the identity provider is out of reach");
    AppError::unavailable("IDP-503", "统一身份认证暂时连不上").hint(format!("请稍后再试；{BY_PASSWORD}"))
}

/// An answer that is not what the standard says.
pub(super) fn unfit(cause: impl Display) -> AppError {
    tracing::warn!(%cause, "the identity provider's answer does not fit");
    AppError::unavailable("IDP-502", "统一身份认证的答复不符合约定")
        .hint(format!("请系统管理员查看服务器日志；{BY_PASSWORD}"))
}

/// Proved, and nobody here.
pub(super) fn unbound(subject: &str) -> AppError {
    AppError::conflict(
        "IDP-106",
        format!("您已通过统一身份认证，但身份标识 {subject} 还没有绑定本系统的账号"),
    )
    .hint("请先用账号和密码登录，在右上角姓名 → 统一身份认证 里绑定；没有账号的，请把身份标识告诉安全管理员")
}

/// What the journal says of a way that the provider, or nobody's binding, did not let through; the subject is not in it.
pub(super) fn refusal(error: &AppError) -> Option<&'static str> {
    match error.code {
        "IDP-103" => Some("统一身份认证没有同意（IDP-103）"),
        "IDP-104" => Some("凭据未通过核验（IDP-104）"),
        "IDP-105" => Some("凭据时间不符（IDP-105）"),
        "IDP-106" => Some("身份没有绑定账号（IDP-106）"),
        _ => None,
    }
}

/// Somebody else has it.
pub(super) fn taken() -> AppError {
    AppError::conflict("IDP-110", "这个统一身份已绑定另一个账号")
        .hint("一个统一身份只能绑定一个账号，请先在那个账号解除绑定")
}

/// The account has another one already.
pub(super) fn bound_already() -> AppError {
    AppError::conflict("IDP-111", "这个账号已绑定统一身份").hint("要换一个，请先解除绑定")
}

/// Nothing to take away.
pub(super) fn not_bound() -> AppError {
    AppError::not_found("IDP-405", "这个账号没有绑定统一身份")
}
