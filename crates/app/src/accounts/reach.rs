//! Which unions an account is to see (数据范围): checked, kept and told. Nobody gives more than they see.

use codes::id::{AccountId, UnionOrgId};
use domain::accounts::{Account, Reach};
use domain::permission::Action;
use domain::scope::{Part, Scope, UnionPath};
use store::{Reader, Tx};

use super::manage::wrong;
use crate::error::AppError;
use crate::op::{App, OpContext};

/// What an account is to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachForm {
    /// Which kind.
    pub kind: Reach,
    /// The unions of a zone or of a choice, by the register's own key; of no other kind.
    pub unions: Vec<NamedUnion>,
}

/// One union named for an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedUnion {
    /// The register's own key.
    pub union_id: String,
    /// Whether all below it is in sight too.
    pub with_below: bool,
}

impl Default for ReachForm {
    fn default() -> ReachForm {
        ReachForm {
            kind: Reach::Branch,
            unions: Vec::new(),
        }
    }
}

/// One union of an account's reach, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReachUnion {
    /// The register's own key.
    pub union_id: String,
    /// Its name.
    pub name: String,
    /// Whether all below it is in sight too.
    pub with_below: bool,
    /// Whether it still hangs in the tree; nothing of it is in sight otherwise.
    pub has_place: bool,
}

/// Checks the form for this account, whose role and union stand already, and answers the rows to keep.
pub(super) async fn read_form(
    op: &OpContext,
    tx: &mut Tx,
    account: &Account,
    form: &ReachForm,
) -> Result<Vec<(UnionOrgId, bool)>, AppError> {
    if !form.kind.suits(account.role) {
        let why = match form.kind {
            Reach::Zone => "只有片区专职工作者可以按片区".to_owned(),
            _ => format!("{}的数据范围不能是“{}”", account.role.label(), form.kind.label()),
        };
        return Err(wrong("reach", why));
    }
    if !form.kind.names_unions() {
        return Ok(Vec::new());
    }
    match form.unions.len() {
        // A zone without unions waits for the officers of its town.
        0 if form.kind != Reach::Zone => {
            return Err(wrong("reach_union", "请至少勾选一家工会".to_owned()));
        }
        many if many > Reach::MOST => {
            return Err(wrong(
                "reach_union",
                format!(
                    "一个账号最多指定 {} 家工会，现在是 {many} 家；可改选上级工会并勾选“含下级”",
                    Reach::MOST
                ),
            ));
        }
        _ => {}
    }
    let mut rows = Vec::with_capacity(form.unions.len());
    for union in &form.unions {
        let known = tx.union_row(&union.union_id).await?;
        let place = known
            .as_ref()
            .and_then(|row| UnionPath::parse(row.path.as_deref()?).ok());
        let (Some(row), Some(place)) = (known, place.filter(|place| op.sees(Some(place)))) else {
            return Err(wrong(
                "reach_union",
                format!("没有工会“{}”，或不在您的管理范围内", union.union_id),
            ));
        };
        let part = match union.with_below {
            true => Part::Branch(place),
            false => Part::Single(place),
        };
        if !op.scope().covers(&Scope::of([part.clone()])) {
            return Err(wrong(
                "reach_union",
                format!("“{}”的下级不在您的管理范围内，请去掉“含下级”", row.name),
            ));
        }
        if rows.iter().any(|(id, _)| *id == row.org_id()) {
            continue;
        }
        rows.push((row.org_id(), union.with_below));
    }
    Ok(rows)
}

/// Keeps what [`read_form`] has answered: of a zone with the zone itself (片区), which lies within the worker's own union and has no union of
/// another's.
pub(super) async fn keep(
    op: &OpContext,
    tx: &mut Tx,
    account: &Account,
    rows: &[(UnionOrgId, bool)],
) -> Result<(), AppError> {
    let (chosen, zoned): (&[_], &[_]) = match account.reach {
        Reach::Zone => (&[], rows),
        _ => (rows, &[]),
    };
    tx.set_account_reach(account.id, chosen).await?;
    if account.reach != Reach::Zone {
        return Ok(());
    }
    let kept = crate::zone::fill(op, tx, account, zoned).await;
    kept.map_err(|error| match error.fields.first() {
        Some(field) => wrong("reach_union", field.message.clone()),
        None => error,
    })
}

/// The reach in words for the journal: its kind, and each union with its key.
pub(super) async fn words(reader: &mut Reader, account: &Account) -> Result<String, AppError> {
    if !account.reach.names_unions() {
        return Ok(account.reach.label().to_owned());
    }
    let unions = reader.account_reach(account.id).await?;
    let unions: Vec<String> = unions
        .iter()
        .map(|row| {
            let below = if row.with_below { "及下级" } else { "" };
            format!("{}（{}）{below}", row.name, row.union_id)
        })
        .collect();
    Ok(format!("{}：{}", account.reach.label(), unions.join("、")))
}

/// The unions named for an account in sight, in the order of the tree (数据范围).
pub async fn account_reach(op: &OpContext, app: &App, id: AccountId) -> Result<Vec<ReachUnion>, AppError> {
    let account = super::account(op, app, id).await?;
    let rows = app.store.read().await?.account_reach(account.id).await?;
    let rows = rows.into_iter().filter(|row| {
        let place = row.path.as_deref().and_then(|path| UnionPath::parse(path).ok());
        // Where the account itself is in sight, what was named for it beyond that is counted, not told.
        op.sees(place.as_ref())
    });
    Ok(rows
        .map(|row| ReachUnion {
            has_place: row.path.is_some(),
            union_id: row.union_id,
            name: row.name,
            with_below: row.with_below,
        })
        .collect())
}

/// The names of unions in sight by their keys, in the order given: what a form has chosen so far. Unknown keys are left out.
pub async fn named_unions(
    op: &OpContext,
    app: &App,
    unions: &[NamedUnion],
) -> Result<Vec<ReachUnion>, AppError> {
    op.may(Action::ManageAccounts)?;
    let mut reader = app.store.read().await?;
    let mut named = Vec::new();
    for union in unions.iter().take(Reach::MOST + 1) {
        let Some(row) = reader.union_row(&union.union_id).await? else {
            continue;
        };
        let place = row.path.as_deref().and_then(|path| UnionPath::parse(path).ok());
        if op.sees(place.as_ref()) {
            named.push(ReachUnion {
                has_place: place.is_some(),
                union_id: row.union_id,
                name: row.name,
                with_below: union.with_below,
            });
        }
    }
    Ok(named)
}
