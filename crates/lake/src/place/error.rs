//! What can be wrong with an address or on the way to it: one sentence each, with what to do.

use std::path::PathBuf;

/// A place could not be named, read or written. No sentence repeats a key or a password.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// The text is no place.
    #[error("地址“{text}”{problem}：请写成 {instead}")]
    Address {
        /// As it was given.
        text: String,
        /// What is wrong with it.
        problem: &'static str,
        /// How such a place is written.
        instead: &'static str,
    },
    /// Something else than the name of a bucket stands where it should. The text is not repeated, it may hold a password.
    #[error(
        "s3:// 后面只写桶名和路径，不能写账号、密码或主机：账号和密码请设环境变量 AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY，主机请设 AWS_ENDPOINT_URL"
    )]
    Bucket,
    /// The settings do not go together.
    #[error("对象存储的设置有误：{problem}")]
    Settings {
        /// What is wrong and what to do.
        problem: String,
    },
    /// There is no such object or bucket.
    #[error("{address} 不存在：请检查桶名和路径（区分大小写）")]
    Absent {
        /// The place.
        address: String,
    },
    /// The store knows the account not, or does not let it.
    #[error(
        "没有权限{doing} {address}（对象存储回答 {status}）：请检查 AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY、桶的授权和本机时钟"
    )]
    Refused {
        /// The place.
        address: String,
        /// What was tried.
        doing: &'static str,
        /// The answer, 401 or 403.
        status: u16,
    },
    /// Nobody answers at the endpoint.
    #[error(
        "连不上对象存储 {endpoint}，没能{doing} {address}（{reason}）：请检查 AWS_ENDPOINT_URL、网络和防火墙"
    )]
    Unreachable {
        /// The place.
        address: String,
        /// Where the store should be.
        endpoint: String,
        /// What was tried.
        doing: &'static str,
        /// The system's reason.
        reason: String,
    },
    /// The object became another one while it was read.
    #[error("{address} 在读取时被改写了：请等它写完后重新运行")]
    Changed {
        /// The place.
        address: String,
    },
    /// The store answered with something else.
    #[error("对象存储没能{doing} {address}（{reason}）：请稍后重试，仍不行请查看对象存储的日志")]
    Store {
        /// The place.
        address: String,
        /// What was tried.
        doing: &'static str,
        /// The store's reason.
        reason: String,
    },
    /// The operating system refused.
    #[error("文件 {path}：{source}")]
    Local {
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
}
