//! Lists by key (keyset): what the interface for programs reads instead of numbered pages.

use store::list_query::{Bind, KeyPage};
use uuid::Uuid;

/// What follows a key of a list, in the order of the keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct After {
    /// The key of the last row that is known; from the start when `None`.
    pub key: Option<String>,
    /// How many rows at most.
    pub limit: u32,
}

impl After {
    /// For a list whose key is text.
    pub(crate) fn text(&self) -> KeyPage {
        KeyPage {
            after: self.key.as_deref().map(Bind::from),
            limit: i64::from(self.limit),
        }
    }

    /// For a list whose key counts. A key that is no number was never given out: nothing follows it.
    pub(crate) fn number(&self) -> KeyPage {
        KeyPage {
            after: self.key.as_deref().map(|_| Bind::Int(self.before().unwrap_or(0))),
            limit: i64::from(self.limit),
        }
    }

    /// For a list whose key is an id. A key that is no id was never given out: nothing comes before it.
    pub(crate) fn id(&self) -> KeyPage {
        KeyPage {
            after: self
                .key
                .as_deref()
                .map(|key| Bind::Id(Uuid::parse_str(key).unwrap_or_default())),
            limit: i64::from(self.limit),
        }
    }

    /// The counting key below which the newest-first list goes on.
    pub(crate) fn before(&self) -> Option<i64> {
        self.key.as_deref().map(|key| key.parse().unwrap_or(0))
    }
}
