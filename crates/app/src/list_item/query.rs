//! Reading lists: pages, counts, chips, colleagues.

use std::collections::HashMap;

use codes::division::Divisions;
use codes::id::AccountId;
use codes::text;
use domain::accounts::{Account, Role, shown_name};
use domain::list_item::ListKind;
use domain::permission::Action;
use domain::run::RunState;
use store::Reader;
use store::list_item::{ItemFilter, ItemRecord, Owner};
use store::list_query::{Direction, Page, Window};

use super::deadline::deadline_of;
use super::{
    Assignee, ItemRow, KindCounts, ListFilter, ListPage, ListParams, OwnerFilter, RuleChip, RunStamp,
    policy_on, rule_title,
};
use crate::error::AppError;
use crate::op::{App, OpContext};
use crate::paging::After;

/// Roles to whom items can be given, the usual one first.
const ASSIGNABLE: [Role; 4] = [
    Role::FieldWorker,
    Role::TownOfficer,
    Role::CountyOfficer,
    Role::CityOfficer,
];

/// One page of a list, its exact size and how much of it is overdue.
pub async fn list(op: &OpContext, app: &App, params: &ListParams) -> Result<ListPage, AppError> {
    op.may(Action::SeeLists)?;
    let mut reader = app.store.read().await?;
    let Some(filter) = store_filter(op, &mut reader, &params.filter).await? else {
        return Ok(empty_page(params, run_stamp(&mut reader).await?));
    };
    let scope = op.scope();
    let filter = reader.narrowed(scope, filter).await?;
    let (total, overdue) = reader.item_totals(scope, &filter, op.today()).await?;
    let pages = u64::try_from(total)
        .unwrap_or(0)
        .div_ceil(u64::from(params.size.max(1)));
    let page_count = u32::try_from(pages).unwrap_or(u32::MAX).max(1);
    let page = params.page.clamp(1, page_count);
    let (sort, direction) = order(params);
    let records = reader
        .item_page(scope, &filter, sort, direction, Page::number(page, params.size))
        .await?;
    let rows = rows_of(op, app, &mut reader, &records).await?;
    let run = run_stamp(&mut reader).await?;
    Ok(ListPage {
        rows,
        total,
        overdue,
        page,
        page_count,
        params: params.clone(),
        run,
    })
}

/// The first items, open or closed, for what was typed in the search box, without a count of all.
pub async fn nearest(op: &OpContext, app: &App, typed: &str, limit: u32) -> Result<Vec<ItemRow>, AppError> {
    op.may(Action::SeeLists)?;
    let mut params = ListParams::default();
    params.filter.q = Some(typed.to_owned());
    params.filter.with_closed = true;
    let mut reader = app.store.read().await?;
    let Some(filter) = store_filter(op, &mut reader, &params.filter).await? else {
        return Ok(Vec::new());
    };
    let filter = reader.narrowed(op.scope(), filter).await?;
    let (sort, direction) = order(&params);
    let records = reader
        .item_page(op.scope(), &filter, sort, direction, Window::First(limit.into()))
        .await?;
    rows_of(op, app, &mut reader, &records).await
}

/// The items that follow a mark, each with its own mark, and how many there are in all, in the order that `params` ask for. The page is left
/// aside.
pub async fn list_after(
    op: &OpContext,
    app: &App,
    params: &ListParams,
    after: &After,
) -> Result<(Vec<(ItemRow, String)>, i64), AppError> {
    op.may(Action::SeeLists)?;
    let mut reader = app.store.read().await?;
    let Some(filter) = store_filter(op, &mut reader, &params.filter).await? else {
        return Ok((Vec::new(), 0));
    };
    let filter = reader.narrowed(op.scope(), filter).await?;
    let (total, _) = reader.item_totals(op.scope(), &filter, op.today()).await?;
    let (sort, direction) = order(params);
    let marked = reader
        .items_marked(op.scope(), &filter, sort, direction, after.mark())
        .await?;
    let (records, marks): (Vec<_>, Vec<_>) = marked.into_iter().unzip();
    let rows = rows_of(op, app, &mut reader, &records).await?;
    Ok((rows.into_iter().zip(marks).collect(), total))
}

/// Every row of a view, for its workbook.
pub(crate) async fn all_rows(
    op: &OpContext,
    app: &App,
    params: &ListParams,
) -> Result<Vec<ItemRow>, AppError> {
    let mut reader = app.store.read().await?;
    let Some(filter) = store_filter(op, &mut reader, &params.filter).await? else {
        return Ok(Vec::new());
    };
    let (sort, direction) = order(params);
    let records = reader
        .item_page(op.scope(), &filter, sort, direction, Page::ALL)
        .await?;
    rows_of(op, app, &mut reader, &records).await
}

/// The numbers of a whole list, for "select all" and exports; at most `limit`.
pub async fn item_numbers(
    op: &OpContext,
    app: &App,
    params: &ListParams,
    limit: u32,
) -> Result<Vec<String>, AppError> {
    op.may(Action::SeeLists)?;
    let mut reader = app.store.read().await?;
    let Some(filter) = store_filter(op, &mut reader, &params.filter).await? else {
        return Ok(Vec::new());
    };
    let (sort, direction) = order(params);
    let page = Page {
        offset: 0,
        limit: i64::from(limit),
    };
    Ok(reader
        .item_numbers(op.scope(), &filter, sort, direction, page)
        .await?)
}

/// How many open items wait, for the navigation.
pub async fn kind_counts(op: &OpContext, app: &App) -> Result<KindCounts, AppError> {
    if op.may(Action::SeeLists).is_err() {
        return Ok(KindCounts::default());
    }
    let mut reader = app.store.read().await?;
    let open = ItemFilter {
        is_open: Some(true),
        ..Default::default()
    };
    let mut counts = KindCounts::default();
    for (kind, count, late) in reader.item_count_by_kind(op.scope(), &open, op.today()).await? {
        counts.overdue += late;
        match ListKind::from_code(&kind) {
            Some(ListKind::Verification) => counts.verification = count,
            Some(ListKind::Task) => counts.task = count,
            Some(ListKind::Work) => counts.work = count,
            None => {}
        }
    }
    if let Some(me) = op.actor.id {
        let mine = ItemFilter {
            owner: Some(Owner::Account(me)),
            ..open
        };
        counts.mine = reader.item_count(op.scope(), &mine).await?;
    }
    Ok(counts)
}

/// The chips above a list: its rules with their open items, most first.
pub async fn rule_chips(
    op: &OpContext,
    app: &App,
    kind: Option<ListKind>,
) -> Result<Vec<RuleChip>, AppError> {
    op.may(Action::SeeLists)?;
    let mut reader = app.store.read().await?;
    let filter = ItemFilter {
        is_open: Some(true),
        kind,
        ..Default::default()
    };
    let mut chips: Vec<RuleChip> = reader
        .item_count_by_rule(op.scope(), &filter)
        .await?
        .into_iter()
        .map(|(rule, count)| RuleChip {
            title: rule_title(&rule).to_owned(),
            rule,
            count,
        })
        .collect();
    chips.sort_by(|a, b| (b.count, &a.rule).cmp(&(a.count, &b.rule)));
    Ok(chips)
}

/// Whom items can be given to: field workers and officers in the asker's scope, by place.
pub async fn assignees(op: &OpContext, app: &App) -> Result<Vec<Assignee>, AppError> {
    op.may(Action::AssignItems)?;
    let mut reader = app.store.read().await?;
    let open: HashMap<AccountId, i64> = reader.open_count_by_owner().await?.into_iter().collect();
    let assignee = |account: Account| Assignee {
        open_count: open.get(&account.id).copied().unwrap_or(0),
        union_name: account.union_name.unwrap_or_default(),
        login: account.login,
        name: account.name,
    };
    Ok(assignable(op, &mut reader)
        .await?
        .into_iter()
        .map(assignee)
        .collect())
}

/// Accounts in the asker's scope to whom items can be given.
pub(super) async fn assignable(op: &OpContext, reader: &mut Reader) -> Result<Vec<Account>, AppError> {
    let mut found = Vec::new();
    for role in ASSIGNABLE {
        found.extend(reader.accounts_of_role(role, op.scope()).await?);
    }
    Ok(found)
}

/// Whether an account can be given items.
pub(super) fn is_assignable(account: &Account) -> bool {
    account.disabled_at.is_none() && ASSIGNABLE.contains(&account.role)
}

/// The asker's filter as the store takes it. `None`: it names a colleague who does not exist, so nothing matches.
pub(super) async fn store_filter(
    op: &OpContext,
    reader: &mut Reader,
    filter: &ListFilter,
) -> Result<Option<ItemFilter>, AppError> {
    let owner = match &filter.owner {
        None => None,
        Some(OwnerFilter::Nobody) => Some(Owner::Nobody),
        Some(OwnerFilter::Me) => match op.actor.id {
            Some(me) => Some(Owner::Account(me)),
            None => return Ok(None),
        },
        Some(OwnerFilter::Login(login)) => match reader.account_by_login(login).await? {
            Some(account) => Some(Owner::Account(account.id)),
            None => return Ok(None),
        },
    };
    let shows_closed = filter.with_closed || filter.state.is_some_and(|state| !state.is_open());
    Ok(Some(ItemFilter {
        is_open: (!shows_closed).then_some(true),
        kind: filter.kind,
        rule: filter.rule.clone(),
        state: filter.state,
        county: filter.county,
        town: filter.town,
        owner,
        overdue_before: filter.overdue.then(|| op.today()),
        q: filter
            .q
            .as_deref()
            .map(text::normalise)
            .filter(|text| !text.is_empty()),
        insured_min: filter.insured_min,
        subject_id: filter.subject_id.clone(),
        item_nos: None,
    }))
}

/// How many items a view shows now.
pub(crate) async fn count_of(
    op: &OpContext,
    reader: &mut Reader,
    params: &ListParams,
) -> Result<i64, AppError> {
    match store_filter(op, reader, &params.filter).await? {
        Some(filter) => Ok(reader.item_count(op.scope(), &filter).await?),
        None => Ok(0),
    }
}

pub(super) fn order(params: &ListParams) -> (&str, Direction) {
    let direction = if params.is_descending {
        Direction::Descending
    } else {
        Direction::Ascending
    };
    (params.sort.as_str(), direction)
}

/// Rows with places, owners and deadlines in words.
pub(crate) async fn rows_of(
    op: &OpContext,
    app: &App,
    reader: &mut Reader,
    records: &[ItemRecord],
) -> Result<Vec<ItemRow>, AppError> {
    let mut owners: HashMap<AccountId, Account> = HashMap::new();
    for id in records.iter().filter_map(|record| record.owner_id) {
        if !owners.contains_key(&id)
            && let Some(account) = reader.account(id).await?
        {
            owners.insert(id, account);
        }
    }
    let soon_days = policy_on(op.today()).soon_days;
    let row = |record: &ItemRecord| {
        let owner = record.owner_id.and_then(|id| owners.get(&id));
        let mut row = row_of(record, owner);
        row.deadline = deadline_of(record, app.calendar, op.today(), soon_days);
        row
    };
    Ok(records.iter().map(row).collect())
}

fn row_of(record: &ItemRecord, owner: Option<&Account>) -> ItemRow {
    let places = Divisions::shipped();
    let county_name = record
        .county
        .and_then(|code| u32::try_from(code).ok())
        .and_then(|code| places.county_name(code));
    let town_name = record
        .town
        .and_then(|code| u64::try_from(code).ok())
        .and_then(|code| places.town_name(code));
    ItemRow {
        item_no: record.item_no.clone(),
        kind: record.kind,
        state: record.state,
        rule: record.rule.clone(),
        rule_title: rule_title(&record.rule).to_owned(),
        subject_kind: record.subject_kind,
        subject_id: record.subject_id.clone(),
        name: record.name.clone(),
        uscc: record.uscc.clone(),
        reason: record.reason.clone(),
        evidence_count: record.evidence_count,
        insured_now: record.insured_now,
        expected_members: record.expected_members,
        priority: record.priority,
        county: record.county,
        county_name: county_name.map(str::to_owned),
        town: record.town,
        town_name: town_name.map(str::to_owned),
        owner: owner.map(|owner| owner.login.clone()),
        owner_name: owner.map(|owner| shown_name(&owner.name)),
        deadline: None,
    }
}

/// The last finished run.
pub(crate) async fn run_stamp(reader: &mut Reader) -> Result<Option<RunStamp>, AppError> {
    let run = reader.last_run(RunState::Finished).await?;
    Ok(run.map(|run| RunStamp {
        run_no: run.run_no,
        as_of: run.as_of,
        finished_at: run.finished_at,
    }))
}

fn empty_page(params: &ListParams, run: Option<RunStamp>) -> ListPage {
    ListPage {
        rows: Vec::new(),
        total: 0,
        overdue: 0,
        page: 1,
        page_count: 1,
        params: params.clone(),
        run,
    }
}
