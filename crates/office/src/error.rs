//! Why a file cannot be read: one sentence for the person who sent it.

use thiserror::Error;

/// A file that is refused whole. The message names the file, the place and what to do.
#[derive(Debug, Error)]
pub enum OfficeError {
    /// The file is missing or the system refuses to read it.
    #[error("文件 {file} 打不开：{reason}。请确认文件存在且有读取权限。")]
    Unreadable {
        /// File name.
        file: String,
        /// The system's words.
        reason: String,
    },
    /// Nothing in it.
    #[error("文件 {file} 是空的（{found}）。请重新导出后再上传。")]
    Empty {
        /// File name.
        file: String,
        /// What little there is.
        found: &'static str,
    },
    /// Larger than the limit, packed or unpacked.
    #[error("文件 {file} 过大：{size}，上限 {limit}。请拆分后分批导入，或改用 CSV、Parquet。")]
    TooLarge {
        /// File name.
        file: String,
        /// What was found.
        size: String,
        /// What is allowed.
        limit: String,
    },
    /// The content is not what the name says, or nothing that can be read here.
    #[error("文件 {file} {found}。{advice}。")]
    WrongFormat {
        /// File name.
        file: String,
        /// What the content is.
        found: String,
        /// What to do.
        advice: String,
    },
    /// Bytes that belong to no accepted encoding.
    #[error(
        "文件 {file} 第 {line} 行第 {column} 列附近有无法识别的文字编码，既不是 UTF-8 也不是 GB 18030。请用“另存为 CSV UTF-8”重新保存。"
    )]
    Encoding {
        /// File name.
        file: String,
        /// Line of the first bad byte, from 1.
        line: u64,
        /// Column of the first bad byte, from 1.
        column: usize,
    },
    /// No row holds the required column heads.
    #[error(
        "文件 {file} 中没有找到表头：缺少{missing}。实际看到的是{place}：{seen}。{guess}请使用模板的列名（中文或英文均可），并确认选对了数据种类和工作表。"
    )]
    NoHead {
        /// File name.
        file: String,
        /// Required heads that are absent.
        missing: String,
        /// Where the likeliest row stands; empty where a file has no such place.
        place: String,
        /// Heads found in the likeliest row.
        seen: String,
        /// Which heads may be meant, as sentences; empty when none comes near.
        guess: String,
    },
    /// The same column stands twice.
    #[error(
        "文件 {file} 的表头（第 {row} 行）中“{head}”出现了两次（第 {first} 列和第 {second} 列），无法判断以哪一列为准。请删去一列。"
    )]
    DoubleHead {
        /// File name.
        file: String,
        /// Row of the heads, from 1.
        row: u64,
        /// The repeated head.
        head: String,
        /// First column, from 1.
        first: usize,
        /// Second column, from 1.
        second: usize,
    },
    /// Two heads that name the same column.
    #[error(
        "文件 {file} 的表头（第 {row} 行）中“{one}”（第 {first} 列）和“{other}”（第 {second} 列）是同一列，无法判断以哪一列为准。请删去一列。"
    )]
    SameColumn {
        /// File name.
        file: String,
        /// Row of the heads, from 1.
        row: u64,
        /// The head met first.
        one: String,
        /// Its column, from 1.
        first: usize,
        /// The head met second.
        other: String,
        /// Its column, from 1.
        second: usize,
    },
    /// The file ends or breaks in the middle.
    #[error("文件 {file} {}损坏或不完整：{reason}。没有写入任何数据，请重新导出或重新传输。", near(*row))]
    Broken {
        /// File name.
        file: String,
        /// Where it breaks, from 1; 0 where that cannot be told.
        row: u64,
        /// What is wrong, with the column where one exists.
        reason: String,
        /// The words of the library or system that met it, for the log alone; empty when there are none.
        cause: String,
    },
    /// A workbook could not be written.
    #[error("工作簿写入失败：{0}")]
    Write(String),
    /// No font has Chinese: a paper would be full of empty boxes.
    #[error("这台机器上没有中文字体，不能生成 PDF（找过 {folders}）。")]
    NoFont {
        /// Where fonts were looked for.
        folders: String,
    },
    /// A paper could not be set.
    #[error("PDF 排版失败：{0}")]
    Typeset(String),
}

impl OfficeError {
    /// A file that the system does not let be read, in words for its sender.
    pub fn unreadable(file: String, error: &std::io::Error) -> OfficeError {
        use std::io::ErrorKind;
        let reason = match error.kind() {
            ErrorKind::NotFound => "没有这个文件".to_owned(),
            ErrorKind::PermissionDenied => "没有读取权限".to_owned(),
            ErrorKind::IsADirectory => "这是目录，不是文件".to_owned(),
            _ => error.to_string(),
        };
        OfficeError::Unreadable { file, reason }
    }
}

fn near(row: u64) -> String {
    if row == 0 {
        return String::new();
    }
    format!("在第 {row} 行附近")
}
