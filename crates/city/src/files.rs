//! The files, one module a kind, with dirt put on the truth while writing.

pub(crate) mod covers;
pub(crate) mod drivers;
pub(crate) mod enterprises;
pub(crate) mod insurance;
pub(crate) mod members;
pub(crate) mod tax;
pub(crate) mod union_row;
pub(crate) mod unions;
