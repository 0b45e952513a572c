//! Wrong guesses at sign-in (连续输错): who is told what, which address has to wait, and what the journal keeps of it.
//!
//! Whoever guesses learns nothing: a login that does not exist, one that is locked and a wrong password are one sentence and take as
//! long, until the password is right. An address that has guessed too often waits, the account does not: a lock holds for
//! addresses from which the account has not signed in lately, so that nobody is shut out at their own desk by somebody elsewhere.

use std::time::Duration;

use codes::id::AccountId;
use codes::time::Timestamp;
use domain::accounts::Account;
use domain::identity::SignInWay;
use domain::journal::{By, JournalAction, JournalEntry, SubjectKind};
use serde_json::json;
use store::Reader;
use uuid::Uuid;

use crate::error::AppError;
use crate::op::App;
use crate::pace::key;

/// Wrong guesses at one login name that one address has in a quarter of an hour: as many as lock an account.
const AT_ONE_LOGIN: u32 = 5;
/// Wrong guesses that one address has in a quarter of an hour: a whole union may sit behind one.
const FROM_ONE_ADDRESS: u32 = 50;
/// Wrong guesses at one login name from all addresses that do not belong to it.
const FROM_ELSEWHERE: u32 = 100;
/// Refusals that the journal keeps of one address in a quarter of an hour.
const TOLD_OF_ONE_ADDRESS: u32 = 20;
/// Refusals that the journal keeps in a quarter of an hour.
const TOLD: u32 = 1_000;
/// An address is the account's own so long after it signed in from there.
pub(crate) const FAMILIAR: Duration = Duration::from_secs(30 * 86_400);

impl AppError {
    /// Too many guesses from this address.
    pub fn too_many_guesses(until: Timestamp) -> AppError {
        AppError::forbidden(
            "ACC-429",
            format!("从这个地址登录出错的次数太多，请在 {} 后再试", until.to_minute()),
        )
        .hint("忘记密码的，请联系安全管理员重置")
    }
}

/// Where a sign-in comes from, at which login it guesses, and whether the account has signed in from there lately.
pub(super) struct Guesser<'a> {
    pub address: Option<&'a str>,
    pub login: &'a str,
    pub is_familiar: bool,
}

impl Guesser<'_> {
    /// Counts an attempt before it is looked at, so that many at the same moment are all counted.
    ///
    /// # Errors
    /// `ACC-429` when it is one too many.
    pub fn attempt(&self, app: &App) -> Result<(), AppError> {
        let (Some(address), now) = (self.address, app.now()) else {
            return Ok(());
        };
        let guesses = &app.paces.guesses;
        // The address first: one that guesses names without end must not fill the memory with them.
        let is_too_often = guesses.count(key(&["from", address]), now) > FROM_ONE_ADDRESS
            || guesses.count(key(&["at", address, self.login]), now) > AT_ONE_LOGIN
            || (!self.is_familiar && guesses.count(key(&["for", self.login]), now) > FROM_ELSEWHERE);
        match is_too_often {
            true => Err(AppError::too_many_guesses(guesses.until(now))),
            false => Ok(()),
        }
    }

    /// It was right, so it was no guess; when the person is in, what they mistyped before was none either.
    pub fn was_right(&self, app: &App, is_in: bool) {
        let (Some(address), now) = (self.address, app.now()) else {
            return;
        };
        let guesses = &app.paces.guesses;
        let own = key(&["at", address, self.login]);
        let many = if is_in { guesses.so_far(own, now) } else { 1 };
        guesses.take_back(own, many, now);
        guesses.take_back(key(&["from", address]), many, now);
        if !self.is_familiar {
            guesses.take_back(key(&["for", self.login]), many, now);
        }
    }
}

/// Whether an account has signed in from this address lately; nobody has from an unknown one.
pub(super) async fn is_familiar(
    reader: &mut Reader,
    account: AccountId,
    address: Option<&str>,
    now: Timestamp,
) -> Result<bool, AppError> {
    let since = Timestamp(now.millis() - FAMILIAR.as_millis() as i64);
    match address {
        Some(address) => Ok(reader.has_signed_in_from(account, address, since).await?),
        None => Ok(false),
    }
}

/// A sign-in that was refused.
pub(crate) struct Refusal<'a> {
    pub address: Option<&'a str>,
    pub way: SignInWay,
    /// The code of the refusal.
    pub code: &'static str,
    /// Why, in words; never what was typed: a login that nobody has may be a password.
    pub why: &'a str,
}

impl<'a> Refusal<'a> {
    pub fn by_password(address: Option<&'a str>, code: &'static str, why: &'a str) -> Refusal<'a> {
        Refusal {
            address,
            way: SignInWay::Password,
            code,
            why,
        }
    }

    /// Journals it in a transaction of its own, if it is among those that the journal keeps.
    pub async fn tell(&self, app: &App, account: Option<&Account>) -> Result<(), AppError> {
        if let Some((by, entry)) = self.entry(app, account) {
            let mut tx = app.store.begin().await?;
            tx.journal(&by, entry).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// The entry; `None` when the journal has enough of them.
    pub fn entry(&self, app: &App, account: Option<&Account>) -> Option<(By, JournalEntry)> {
        let now = app.now();
        let refusals = &app.paces.refusals;
        let of_address = refusals.count(key(&["from", self.address.unwrap_or_default()]), now);
        if of_address > TOLD_OF_ONE_ADDRESS {
            return None;
        }
        let all = refusals.count(key(&["all"]), now);
        if all > TOLD {
            return None;
        }
        let is_last = of_address == TOLD_OF_ONE_ADDRESS || all == TOLD;
        let why = match is_last {
            true => format!(
                "{}；{} 前的不再逐条记录",
                self.why,
                refusals.until(now).to_minute()
            ),
            false => self.why.to_owned(),
        };
        let by = match account {
            Some(account) => app
                .acting(account, None, None)
                .from_address(self.address.map(str::to_owned))
                .by(),
            None => By {
                actor_id: None,
                actor_name: "（未登录）".to_owned(),
                on_behalf: None,
                role: None,
                session_id: None,
                address: self.address.map(str::to_owned),
                at: now,
                request_id: None,
                path: None,
            },
        };
        let subject = account.map_or(Uuid::nil(), |account| account.id.uuid());
        let entry = JournalEntry::new(JournalAction::SignInRefused, SubjectKind::Account, subject)
            .after(&json!({ "address": self.address, "way": self.way.code(), "why": why }))
            .refused(self.code);
        Some((by, entry))
    }
}
