//! Floor 2: documents that people hand around: tables read from xlsx, csv and parquet with row errors; workbooks written.
