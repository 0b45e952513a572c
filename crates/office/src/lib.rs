//! Floor 2: documents that people hand around. 表格文件
//!
//! [`table`] reads CSV, XLSX and Parquet as rows of text cells, streaming, with the row numbers a person sees in the file;
//! [`workbook`] writes workbooks and [`csv_text`] text for people, [`template`] those that people fill in. Meaning (which column is what, which value is right) is not known here.

pub mod csv_text;
mod error;
pub mod pdf;
pub mod table;
pub mod template;
pub mod workbook;

pub use error::OfficeError;
