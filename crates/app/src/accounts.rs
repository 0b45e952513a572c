//! Accounts, sign-in and sessions (账号、登录).
//!
//! Signing in is in [`sign_in`], passwords in [`password`], what an administrator does in [`manage`],
//! and how they find the union of an account in [`union_choice`].

mod manage;
mod password;
mod sign_in;
mod union_choice;

pub use manage::{
    AccountForm, AccountList, AccountListParams, FIRST_ADMIN, FirstPassword, NewAccount, account,
    account_by_login, accounts, create_account, disable_account, enable_account, init_admin, reset_password,
    save_account, unlock_account,
};
pub use password::OneTimePassword;
pub use sign_in::{
    ChangePassword, SignIn, SignedIn, SignedRequest, authenticate, change_password, end_session, sessions,
    sign_in, sign_out,
};
pub use union_choice::{UnionChoice, UnionChoices, UnionMeant, union_choices, union_meant};
