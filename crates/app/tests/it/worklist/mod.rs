//! The loop in the union's own words: found, verified on site, reported, founded, closed by the register.

mod bulk;
mod city;
mod long_list;
mod story;
mod views;
