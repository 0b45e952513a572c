//! What of a row counts when two states of it are compared.

use codes::time::Day;

/// A value that can be part of a row's content hash.
pub trait Feed {
    /// Adds the value's bytes.
    fn feed(&self, bytes: &mut Vec<u8>);
}

impl Feed for String {
    fn feed(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&(self.len() as u32).to_le_bytes());
        bytes.extend_from_slice(self.as_bytes());
    }
}

/// Sealed values differ each time they are sealed; the token beside them stands for them.
impl Feed for Vec<u8> {
    fn feed(&self, _bytes: &mut Vec<u8>) {}
}

impl Feed for bool {
    fn feed(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(*self));
    }
}

impl Feed for Day {
    fn feed(&self, bytes: &mut Vec<u8>) {
        self.to_days_since_epoch().feed(bytes);
    }
}

macro_rules! feed_number {
    ($($number:ty),*) => {
        $(impl Feed for $number {
            fn feed(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
        })*
    };
}
feed_number!(u8, i32, i64, f64);

impl<T: Feed> Feed for Option<T> {
    fn feed(&self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self.is_some()));
        if let Some(value) = self {
            value.feed(bytes);
        }
    }
}

/// The hash of fed bytes. Not a defence against forgers: it only tells whether a row has changed.
pub fn hash_fed(bytes: &[u8]) -> i64 {
    xxhash_rust::xxh3::xxh3_64(bytes) as i64
}
