//! The loop in the union's own words: found, verified on site, reported, founded, closed by the register.

mod bulk;
mod city;
mod speed;
mod story;
mod views;
