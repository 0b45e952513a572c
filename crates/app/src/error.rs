//! What a person is told when something does not work: one of six kinds, a stable code, a sentence, often a hint.
//!
//! Constructors are named after the situation and stand in the file of their noun (`AppError::no_account()`); the
//! generic ones here are what they are made of.

use std::error::Error;
use std::fmt;

use store::StoreError;

/// What kind of failure it is: decides the HTTP status and the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// It does not exist, or lies outside the person's scope, which is the same to them.
    NotFound,
    /// The person's role does not allow it.
    Forbidden,
    /// What was entered cannot be taken; the fields say why.
    Invalid,
    /// It was changed in between, or stands so that this step is not possible.
    Conflict,
    /// Something that is needed cannot be reached now; trying again may help.
    Unavailable,
    /// A defect or damaged data; the person cannot help it.
    Internal,
}

/// What is wrong with one field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name in the form.
    pub field: &'static str,
    /// What is wrong, in words.
    pub message: String,
}

/// A failure of a use case.
#[derive(Debug)]
pub struct AppError {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// A stable code such as `ACC-101`, for support and for programs.
    pub code: &'static str,
    /// What happened, in Chinese.
    pub message: String,
    /// What to do next, in Chinese.
    pub hint: Option<String>,
    /// What is wrong with which field.
    pub fields: Vec<FieldError>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl AppError {
    /// The same words for somebody else, without the cause.
    pub(crate) fn told_again(&self) -> AppError {
        AppError {
            kind: self.kind,
            code: self.code,
            message: self.message.clone(),
            hint: self.hint.clone(),
            fields: self.fields.clone(),
            source: None,
        }
    }

    /// A failure of this kind.
    pub fn new(kind: ErrorKind, code: &'static str, message: impl Into<String>) -> AppError {
        AppError {
            kind,
            code,
            message: message.into(),
            hint: None,
            fields: Vec::new(),
            source: None,
        }
    }

    /// It does not exist or is out of sight.
    pub fn not_found(code: &'static str, message: impl Into<String>) -> AppError {
        AppError::new(ErrorKind::NotFound, code, message)
    }

    /// The role does not allow it.
    pub fn forbidden(code: &'static str, message: impl Into<String>) -> AppError {
        AppError::new(ErrorKind::Forbidden, code, message)
    }

    /// The input cannot be taken.
    pub fn invalid(code: &'static str, message: impl Into<String>) -> AppError {
        AppError::new(ErrorKind::Invalid, code, message)
    }

    /// The state does not allow it.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> AppError {
        AppError::new(ErrorKind::Conflict, code, message)
    }

    /// Something needed is out of reach.
    pub fn unavailable(code: &'static str, message: impl Into<String>) -> AppError {
        AppError::new(ErrorKind::Unavailable, code, message)
    }

    /// A defect. The cause goes to the log, not to the person.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> AppError {
        let mut error = AppError::new(
            ErrorKind::Internal,
            "SYS-500",
            "系统内部错误，已记录，请联系管理员",
        );
        error.source = Some(cause.into());
        error
    }

    /// A file or folder that cannot be read or written; `what` names it.
    pub fn io(what: impl fmt::Display, cause: std::io::Error) -> AppError {
        let mut error = AppError::new(
            ErrorKind::Unavailable,
            "SYS-503",
            format!("无法读写 {what}:{cause}"),
        );
        error.source = Some(Box::new(cause));
        error
    }

    /// Where a list is to go on was not told by that list under these conditions.
    pub fn foreign_cursor() -> AppError {
        AppError::invalid("API-424", "翻页位置 cursor 不是这个列表在这些条件下给出的")
            .hint("请从第一页重新读取，翻页时不要改变其他条件")
            .field("cursor", "请使用上一页答复里的 next_cursor")
    }

    /// Adds what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> AppError {
        self.hint = Some(hint.into());
        self
    }

    /// Adds what is wrong with one field.
    pub fn field(mut self, field: &'static str, message: impl Into<String>) -> AppError {
        self.fields.push(FieldError {
            field,
            message: message.into(),
        });
        self
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.message, self.code)?;
        for wrong in &self.fields {
            write!(f, ";{}:{}", wrong.field, wrong.message)?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "。{hint}")?;
        }
        Ok(())
    }
}

impl Error for AppError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> AppError {
        let mut app = match &error {
            StoreError::Conflict(_) => {
                AppError::conflict("DB-409", "同样的记录已存在，或刚被他人修改").hint("请刷新后重试")
            }
            StoreError::Reference(_) => {
                AppError::conflict("DB-410", "所引用的记录不存在或仍在使用").hint("请刷新后重试")
            }
            StoreError::Unavailable(_) => AppError::unavailable("DB-503", "数据库正忙或无法连接")
                .hint("请稍后重试；若正在导入大批数据，请等导入结束"),
            StoreError::Setup(message) => AppError::unavailable("DB-504", message.clone()),
            StoreError::Corrupt { table, column, id } => AppError::new(
                ErrorKind::Internal,
                "DB-501",
                format!("数据库中 {table} 表 {id} 行的 {column} 无法识别，请联系管理员"),
            ),
            StoreError::Mark => AppError::foreign_cursor(),
            StoreError::Other(_) => {
                AppError::new(ErrorKind::Internal, "DB-500", "数据库错误，已记录，请联系管理员")
            }
        };
        app.source = Some(Box::new(error));
        app
    }
}
