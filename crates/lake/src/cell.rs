//! How each Rust type of a lake row stands in an Arrow column.

use arrow::array::{
    Array, ArrayRef, BinaryArray, BinaryBuilder, BooleanArray, BooleanBuilder, Date32Array, Date32Builder,
    Float64Array, Float64Builder, Int32Array, Int32Builder, Int64Array, Int64Builder, StringArray,
    StringBuilder, UInt8Array, UInt8Builder,
};
use arrow::datatypes::DataType;
use codes::time::Day;
use std::sync::Arc;

use crate::LakeError;

/// A type that can be a column of a lake table.
pub trait Cell: Sized {
    /// The Arrow builder of the column.
    type Builder: Default;
    /// The Arrow type of the column.
    fn data_type() -> DataType;
    /// Whether the column may hold nulls.
    const NULLABLE: bool;
    /// Adds a value to the column.
    fn append(&self, builder: &mut Self::Builder);
    /// Ends the column and empties the builder.
    fn finish(builder: &mut Self::Builder) -> ArrayRef;
    /// The value where the whole column is missing, as in a file of an earlier version; only nullable columns have one.
    fn absent() -> Option<Self> {
        None
    }
    /// Takes a value out of a column.
    fn read(array: &ArrayRef, index: usize, column: &str) -> Result<Self, LakeError>;
}

fn wrong(array: &ArrayRef, expected: DataType, column: &str) -> LakeError {
    LakeError::WrongType {
        column: column.to_owned(),
        expected: expected.to_string(),
        found: array.data_type().to_string(),
    }
}

macro_rules! cell {
    ($ty:ty, $array:ty, $builder:ty, $dt:expr, |$v:ident| $put:expr, |$got:ident| $take:expr) => {
        impl Cell for $ty {
            type Builder = $builder;
            const NULLABLE: bool = false;
            fn data_type() -> DataType {
                $dt
            }
            fn append(&self, builder: &mut $builder) {
                let $v = self;
                builder.append_value($put);
            }
            fn finish(builder: &mut $builder) -> ArrayRef {
                Arc::new(builder.finish())
            }
            fn read(array: &ArrayRef, index: usize, column: &str) -> Result<Self, LakeError> {
                let array = array
                    .as_any()
                    .downcast_ref::<$array>()
                    .ok_or_else(|| wrong(array, $dt, column))?;
                let $got = array.value(index);
                Ok($take)
            }
        }
        impl Cell for Option<$ty> {
            type Builder = $builder;
            const NULLABLE: bool = true;
            fn data_type() -> DataType {
                $dt
            }
            fn append(&self, builder: &mut $builder) {
                match self {
                    Some($v) => builder.append_value($put),
                    None => builder.append_null(),
                }
            }
            fn finish(builder: &mut $builder) -> ArrayRef {
                Arc::new(builder.finish())
            }
            fn absent() -> Option<Self> {
                Some(None)
            }
            fn read(array: &ArrayRef, index: usize, column: &str) -> Result<Self, LakeError> {
                let array = array
                    .as_any()
                    .downcast_ref::<$array>()
                    .ok_or_else(|| wrong(array, $dt, column))?;
                if array.is_null(index) {
                    return Ok(None);
                }
                let $got = array.value(index);
                Ok(Some($take))
            }
        }
    };
}

cell!(
    String,
    StringArray,
    StringBuilder,
    DataType::Utf8,
    |v| v.as_str(),
    |got| got.to_owned()
);
cell!(
    Vec<u8>,
    BinaryArray,
    BinaryBuilder,
    DataType::Binary,
    |v| v.as_slice(),
    |got| got.to_owned()
);
cell!(i64, Int64Array, Int64Builder, DataType::Int64, |v| *v, |got| got);
cell!(i32, Int32Array, Int32Builder, DataType::Int32, |v| *v, |got| got);
cell!(u8, UInt8Array, UInt8Builder, DataType::UInt8, |v| *v, |got| got);
cell!(
    bool,
    BooleanArray,
    BooleanBuilder,
    DataType::Boolean,
    |v| *v,
    |got| got
);
cell!(
    f64,
    Float64Array,
    Float64Builder,
    DataType::Float64,
    |v| *v,
    |got| got
);
cell!(
    Day,
    Date32Array,
    Date32Builder,
    DataType::Date32,
    |v| v.to_days_since_epoch(),
    |got| Day::from_days(got).ok_or(LakeError::DayOutOfRange { days: got })?
);
