//! Dirt: what hands, old programs and spreadsheets do to clean values. Kinds and rates follow the catalogue in
//! docs/demo-city.md (D1–D35); every function takes the true value and gives the written one.

pub(crate) mod address;
pub(crate) mod code;
pub(crate) mod date;
pub(crate) mod id;
pub(crate) mod name;
