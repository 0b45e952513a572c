//! Typed identifiers, minted here and sortable by time (UUIDv7). People never see them: they see business numbers.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::RngExt as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::time::Timestamp;

/// The identifier of one kind of thing; `K` is a marker such as [`UnionOrg`].
///
/// ```compile_fail
/// # use codes::id::{AccountId, MemberId};
/// fn of(member: MemberId) -> AccountId { member }
/// ```
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

impl<K> Id<K> {
    /// Takes a UUID that is known to name a `K`, as read from the database.
    pub const fn from_uuid(uuid: Uuid) -> Id<K> {
        Id(uuid, PhantomData)
    }

    /// A fresh identifier.
    pub fn mint(ids: &dyn IdSource, now: Timestamp) -> Id<K> {
        Id::from_uuid(ids.new_uuid(now))
    }

    /// The bare UUID, for the database.
    pub const fn uuid(self) -> Uuid {
        self.0
    }

    /// Its sixteen bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<K> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = std::any::type_name::<K>().rsplit("::").next().unwrap_or("");
        write!(f, "{kind}Id({})", self.0)
    }
}

impl<K> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<K> FromStr for Id<K> {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Id::from_uuid)
    }
}

impl<K> From<Id<K>> for Uuid {
    fn from(id: Id<K>) -> Uuid {
        id.0
    }
}

impl<K> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, K> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Id::from_uuid)
    }
}

/// One append-only list of what has an identifier: marker, alias, and the noun in the field's words.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident => $alias:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $kind {}

        #[doc = concat!("Identifier of [`", stringify!($kind), "`].")]
        pub type $alias = Id<$kind>;
    )*};
}

kinds! {
    /// 账号
    Account => AccountId;
    /// 登录会话
    Session => SessionId;
    /// 工会组织
    UnionOrg => UnionOrgId;
    /// 会员
    Member => MemberId;
    /// 用人单位
    Employer => EmployerId;
    /// 来源批次
    Batch => BatchId;
    /// 清单项
    ListItem => ListItemId;
    /// 比对运行
    Run => RunId;
    /// 后台任务
    Job => JobId;
    /// 常用视图
    SavedView => SavedViewId;
    /// 台账记录
    JournalEntry => JournalEntryId;
    /// 人工核对结论
    Verdict => VerdictId;
    /// 代办授权
    Delegation => DelegationId;
    /// 双人复核申请
    Approval => ApprovalId;
    /// 接口令牌
    ApiToken => ApiTokenId;
}

/// Where identifiers come from.
pub trait IdSource: Send + Sync {
    /// A fresh UUIDv7 of this instant.
    fn new_uuid(&self, now: Timestamp) -> Uuid;
}

/// Identifiers from the system's random numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemIds;

impl IdSource for SystemIds {
    fn new_uuid(&self, now: Timestamp) -> Uuid {
        let mut random = [0u8; 10];
        rand::rng().fill(&mut random);
        uuid_v7(now, &random)
    }
}

/// The same identifiers for the same seed and order of asking, for tests and the demo city.
#[derive(Debug)]
pub struct SeededIds {
    seed: u64,
    asked: AtomicU64,
}

impl SeededIds {
    /// A source that repeats itself for the same seed.
    pub fn new(seed: u64) -> SeededIds {
        SeededIds {
            seed,
            asked: AtomicU64::new(0),
        }
    }
}

impl IdSource for SeededIds {
    fn new_uuid(&self, now: Timestamp) -> Uuid {
        let number = self.asked.fetch_add(1, Ordering::SeqCst);
        // The counter leads, so that identifiers of one instant sort in the order they were asked for.
        // Of the first three bytes, four and two bits give way to version and variant.
        let mut random = [0u8; 10];
        random[0] = (number >> 22) as u8 & 0x0f;
        random[1] = (number >> 14) as u8;
        random[2] = (number >> 8) as u8 & 0x3f;
        random[3] = number as u8;
        random[4..].copy_from_slice(&split_mix(self.seed ^ number.rotate_left(32)).to_be_bytes()[..6]);
        uuid_v7(now, &random)
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn split_mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn uuid_v7(now: Timestamp, random: &[u8; 10]) -> Uuid {
    let millis = u64::try_from(now.millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, random).into_uuid()
}

#[cfg(test)]
mod tests;
