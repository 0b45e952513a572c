//! What a file really is, by its first bytes.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use super::file_name;
use crate::OfficeError;

/// Formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text with separators.
    Csv,
    /// Office Open XML workbook.
    Xlsx,
    /// Apache Parquet.
    Parquet,
}

/// Largest workbook taken, whatever its name: its shared texts stand in memory.
const WORKBOOK_BYTES_MAX: u64 = 256 << 20;
/// Unpacked size allowed for each byte of the limit on the file itself.
const UNPACK_FACTOR: u64 = 8;

/// Tells the format, or refuses with the reason.
pub(super) fn format_of(path: &Path, max_bytes: u64) -> Result<Format, OfficeError> {
    let file = file_name(path);
    let unreadable = |error: std::io::Error| OfficeError::unreadable(file.clone(), &error);
    let mut handle = File::open(path).map_err(unreadable)?;
    let size = handle.metadata().map_err(unreadable)?.len();
    if size == 0 {
        return Err(OfficeError::Empty {
            file,
            found: "0 字节",
        });
    }
    if size > max_bytes {
        return Err(OfficeError::TooLarge {
            file,
            size: megabytes(size),
            limit: megabytes(max_bytes),
        });
    }
    let mut start = Vec::with_capacity(4096);
    handle
        .by_ref()
        .take(4096)
        .read_to_end(&mut start)
        .map_err(unreadable)?;
    let format = match content(&start, path) {
        Content::Zip => zip_format(path, &file, max_bytes)?,
        Content::Parquet => Format::Parquet,
        Content::Text => Format::Csv,
        Content::Other(found, advice) => {
            return Err(OfficeError::WrongFormat {
                file,
                found: found.into(),
                advice: advice.into(),
            });
        }
    };
    refuse_wrong_name(path, file, format)
}

enum Content {
    Zip,
    Parquet,
    Text,
    Other(&'static str, &'static str),
}

fn content(start: &[u8], path: &Path) -> Content {
    const SAVE_AS: &str = "请用 WPS 或 Excel 打开后“另存为 .xlsx”再上传";
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
        return Content::Zip;
    }
    if start.starts_with(b"PAR1") {
        return Content::Parquet;
    }
    if start.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return match compound(start, path) {
            Compound::Encrypted => Content::Other(
                "是加了密码的工作簿",
                "请用 WPS 或 Excel 打开，去掉打开密码后“另存为 .xlsx”再上传",
            ),
            Compound::OldWorkbook => {
                Content::Other("是旧版 .xls 工作簿（改扩展名没有用，内容要另存）", SAVE_AS)
            }
            Compound::Other => Content::Other("是旧版 .xls 或加了密码的工作簿，内容不完整", SAVE_AS),
        };
    }
    if is_utf16(start) {
        return Content::Other("是 UTF-16 编码的文本", "请“另存为 CSV UTF-8”再上传");
    }
    if start.starts_with(b"%PDF")
        || start.starts_with(&[0x1F, 0x8B])
        || start.starts_with(b"Rar!")
        || start.starts_with(b"7z\xBC\xAF")
    {
        return Content::Other("是 PDF 或压缩包，不是表格", "请先解压或导出为 CSV、XLSX、Parquet");
    }
    let text = String::from_utf8_lossy(start);
    let lead = text
        .trim_start_matches('\u{feff}')
        .trim_start()
        .to_ascii_lowercase();
    // No head of a column begins with an opened tag.
    if lead.starts_with('<') && lead.contains('>') {
        return Content::Other("是网页或 XML（有些系统把网页存成 .xls 或 .xlsx）", SAVE_AS);
    }
    // A single NUL in text is told with its row and column by whoever reads the text.
    let is_control = |b: &&u8| **b < 9 || (14..32).contains(*b);
    if start.iter().filter(is_control).count() * 10 > start.len() {
        return Content::Other(
            "不是文本表格，含有二进制内容",
            "请重新导出为 CSV、XLSX 或 Parquet",
        );
    }
    Content::Text
}

/// With its mark, or ASCII text with a NUL in every second place.
fn is_utf16(start: &[u8]) -> bool {
    let zeros = |from: usize| start.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let many = start.len() / 8;
    start.starts_with(&[0xFF, 0xFE])
        || start.starts_with(&[0xFE, 0xFF])
        || start.len() >= 16 && (zeros(0) > many && zeros(1) == 0 || zeros(1) > many && zeros(0) == 0)
}

/// What an OLE compound file holds.
enum Compound {
    Encrypted,
    OldWorkbook,
    Other,
}

/// Told by the names in the first sector of its directory.
fn compound(start: &[u8], path: &Path) -> Compound {
    let number = |at: usize, len: usize| {
        let bytes = start.get(at..at + len)?;
        Some(bytes.iter().rev().fold(0u64, |sum, b| sum << 8 | u64::from(*b)))
    };
    let directory = || {
        let (shift, sector) = (number(0x1E, 2)?, number(0x30, 4)?);
        let size = 1u64.checked_shl(u32::try_from(shift).ok()?)?;
        let mut file = File::open(path).ok()?;
        file.seek(SeekFrom::Start(sector.checked_add(1)?.checked_mul(size)?))
            .ok()?;
        let mut names = Vec::new();
        file.take(size.min(1 << 16)).read_to_end(&mut names).ok()?;
        Some(names)
    };
    let names = directory().unwrap_or_default();
    let has = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        names.windows(wide.len()).any(|part| part == wide)
    };
    if has("EncryptedPackage") {
        Compound::Encrypted
    } else if has("Workbook") || has("Book") {
        Compound::OldWorkbook
    } else {
        Compound::Other
    }
}

fn zip_format(path: &Path, file: &str, max_bytes: u64) -> Result<Format, OfficeError> {
    let broken = |cause: String| OfficeError::Broken {
        file: file.to_owned(),
        row: 0,
        reason: "压缩结构不完整，文件可能没有传完".into(),
        cause,
    };
    let handle = File::open(path).map_err(|e| OfficeError::unreadable(file.to_owned(), &e))?;
    let max_bytes = max_bytes.min(WORKBOOK_BYTES_MAX);
    let packed = handle.metadata().map_or(0, |meta| meta.len());
    if packed > max_bytes {
        return Err(OfficeError::TooLarge {
            file: file.to_owned(),
            size: megabytes(packed),
            limit: megabytes(max_bytes),
        });
    }
    let mut archive = zip::ZipArchive::new(handle).map_err(|e| broken(e.to_string()))?;
    let mut unpacked = 0u64;
    let mut is_workbook = false;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|e| broken(e.to_string()))?;
        unpacked = unpacked.saturating_add(entry.size());
        is_workbook |= entry.name().is_ok_and(|name| name == "xl/workbook.xml");
    }
    let limit = max_bytes.saturating_mul(UNPACK_FACTOR);
    if unpacked > limit {
        return Err(OfficeError::TooLarge {
            file: file.to_owned(),
            size: format!("解压后 {}", megabytes(unpacked)),
            limit: megabytes(limit),
        });
    }
    if is_workbook {
        return Ok(Format::Xlsx);
    }
    Err(OfficeError::WrongFormat {
        file: file.to_owned(),
        found: "是压缩包或其他办公文档，里面没有 Excel 工作簿".into(),
        advice: "请解压，或用 WPS、Excel “另存为 .xlsx”再上传".into(),
    })
}

/// A name that contradicts the content would mislead the next person, so it is refused with the right name to give.
fn refuse_wrong_name(path: &Path, file: String, format: Format) -> Result<Format, OfficeError> {
    let extension = path
        .extension()
        .map(|e| e.to_string_lossy().to_ascii_lowercase())
        .unwrap_or_default();
    let claimed = match extension.as_str() {
        "csv" | "txt" | "tsv" => Format::Csv,
        "xlsx" | "xlsm" | "xls" | "et" => Format::Xlsx,
        "parquet" => Format::Parquet,
        _ => format,
    };
    if claimed == format {
        return Ok(format);
    }
    let (is, rename) = match format {
        Format::Csv => ("文本（CSV）", ".csv"),
        Format::Xlsx => (" Excel 工作簿", ".xlsx"),
        Format::Parquet => (" Parquet 文件", ".parquet"),
    };
    Err(OfficeError::WrongFormat {
        file,
        found: format!("的扩展名是 .{extension}，内容却是{is}"),
        advice: format!("请把扩展名改为 {rename}，或重新导出"),
    })
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1_048_576.0)
}
