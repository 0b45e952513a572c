//! What pages share: the frame around them, form fields, pager, the waterfall of contributions, number formats.

mod asset;
mod contact;
mod field;
mod format;
mod frame;
mod pager;
mod progress;
mod qr;
mod query;
mod table;
mod waterfall;

pub use asset::{asset, icon, is_built, serve as serve_asset};
pub use contact::{ContactForm, ContactPart};
pub use field::Field;
pub use format::{actor_words, decimal, duration, number, percent, share_of, short_day, ten_thousands};
pub use frame::{ActingFor, Flash, Frame, Here, NavFacts, NavGroup, NavLink, Who};
pub use pager::Pager;
pub use progress::Progress;
pub use qr::qr_svg;
pub use query::UrlQuery;
pub use table::{Cell, Empty, Head, Listing, Select, Table};
pub use waterfall::{Step, Waterfall, chance};

/// Colour with a meaning, always beside a word: green done, blue waiting, yellow soon, red late or act, grey no data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Green,
    Blue,
    Yellow,
    Red,
    Grey,
}

impl Tone {
    /// The class of the stylesheet.
    pub fn class(self) -> &'static str {
        match self {
            Tone::Green => "c-green",
            Tone::Blue => "c-blue",
            Tone::Yellow => "c-yellow",
            Tone::Red => "c-red",
            Tone::Grey => "c-grey",
        }
    }
}
