//! Lists by key, and lists in another order by mark (keyset): what the interface for programs reads instead of numbered pages.

use store::list_query::{Bind, KeyPage, MarkPage};
use uuid::Uuid;

/// What follows a key of a list in the order of the keys, or a mark of a list in another order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct After {
    /// The key or mark of the last row that is known; from the start when `None`.
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

    /// For a list whose order is not that of a key: each row comes with the mark behind which the list goes on.
    pub(crate) fn mark(&self) -> MarkPage {
        MarkPage {
            after: self.key.clone(),
            limit: i64::from(self.limit),
        }
    }

    /// For a list whose rows are counted in an order that never changes, as those of a file: how many are known. A key that is no number
    /// was never given out: all are known.
    pub(crate) fn known(&self) -> usize {
        let known = self.key.as_deref().map(|key| key.parse().unwrap_or(usize::MAX));
        known.unwrap_or(0)
    }

    /// The counting key below which the newest-first list goes on.
    pub(crate) fn before(&self) -> Option<i64> {
        self.key.as_deref().map(|key| key.parse().unwrap_or(0))
    }
}
