//! Accounts, sign-in and sessions (账号、登录).
//!
//! Signing in is in [`sign_in`], what becomes of wrong guesses in [`guess`], its second step in [`second_factor`], devices in [`session`], passwords in [`password`], what
//! the security administrator does in [`manage`], what an account is to see in [`reach`], and
//! how they find the union of an account in [`union_choice`].

mod guess;
mod manage;
mod password;
mod reach;
mod second_factor;
mod session;
mod sign_in;
mod union_choice;

pub(crate) use guess::{FAMILIAR, Refusal};
pub use manage::{
    AccountForm, AccountList, AccountListParams, FIRST_ADMIN, FirstPassword, NewAccount, account,
    account_by_login, accounts, accounts_after, create_account, disable_account, enable_account, init_admin,
    rescue_account, reset_password, save_account, unlock_account,
};
pub(crate) use manage::{load, managed};
pub use password::OneTimePassword;
pub use reach::{NamedUnion, ReachForm, ReachUnion, account_reach, named_unions};
pub use second_factor::{
    Enrolment, ISSUER, RecoveryCodes, SecondFactorState, confirm_second_factor, remove_second_factor,
    renew_recovery_codes, reset_second_factor, second_factor, start_second_factor,
};
pub use session::{
    account_sessions, end_account_session, end_account_sessions, end_other_sessions, end_session,
    is_still_open, sessions, sign_out,
};
pub use sign_in::{
    ChangePassword, SignIn, SignedIn, SignedRequest, authenticate, awaiting_code, change_password, sign_in,
    sign_in_code,
};
pub(crate) use sign_in::{let_in, prove_password};
pub use union_choice::{UnionChoice, UnionChoices, UnionMeant, union_choices, union_meant};
