//! How often a token may come: so many requests in each minute by the clock.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use codes::id::ApiTokenId;
use codes::time::Timestamp;

/// Requests of one token in a minute, unless the server was started with another number.
const USUAL: u32 = 600;
const MINUTE_MILLIS: i64 = 60_000;

/// The requests of this minute, by token.
#[derive(Debug)]
pub struct Pace {
    per_minute: u32,
    now: Mutex<(i64, HashMap<ApiTokenId, u32>)>,
}

impl Pace {
    /// So many requests a minute; the usual number when nobody says.
    pub fn new(per_minute: Option<u32>) -> Pace {
        Pace {
            per_minute: per_minute.unwrap_or(USUAL),
            now: Mutex::default(),
        }
    }

    pub fn per_minute(&self) -> u32 {
        self.per_minute
    }

    /// Counts a request; answers how many seconds to wait when it is one too many.
    pub fn too_fast(&self, token: ApiTokenId, now: Timestamp) -> Option<u64> {
        let minute = now.millis().div_euclid(MINUTE_MILLIS);
        let mut counts = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.0 != minute {
            *counts = (minute, HashMap::new());
        }
        let count = counts.1.entry(token).or_default();
        *count = count.saturating_add(1);
        let rest = MINUTE_MILLIS - now.millis().rem_euclid(MINUTE_MILLIS);
        (*count > self.per_minute).then(|| u64::try_from(rest.div_euclid(1_000) + 1).unwrap_or(60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_waits_for_the_next_minute_and_others_do_not() {
        let pace = Pace::new(Some(2));
        let (one, other) = (
            ApiTokenId::from_uuid(uuid::Uuid::from_u128(1)),
            ApiTokenId::from_uuid(uuid::Uuid::from_u128(2)),
        );
        let at = |millis| Timestamp(millis);
        assert_eq!(pace.too_fast(one, at(10_000)), None);
        assert_eq!(pace.too_fast(one, at(20_000)), None);
        assert_eq!(pace.too_fast(one, at(30_000)), Some(31));
        assert_eq!(pace.too_fast(other, at(30_000)), None);
        assert_eq!(pace.too_fast(one, at(60_000)), None);
    }
}
