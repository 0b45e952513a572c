//! Finding the union that an account belongs to, from what a person remembers of its name.

use codes::division::Divisions;
use codes::id::UnionOrgId;
use codes::text::normalise;
use domain::permission::Action;
use domain::scope::UnionPath;
use domain::union_org::UnionType;
use store::Reader;
use store::list_query::Page;
use store::union_org::{UnionFilter, UnionListRow};

use crate::error::AppError;
use crate::op::{App, OpContext};

/// So many are offered at once; whoever sees more must say more of the name.
const SHOWN: usize = 12;
/// A whole name is looked for among this many; several unions share one only where the register has doubles.
const NAMED: u32 = 200;

/// One union to choose, with what tells it from its namesakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnionChoice {
    /// The register's own key.
    pub union_id: String,
    /// Its name.
    pub name: String,
    /// County and town, as far as they are known.
    pub place: String,
    /// What kind of union it is, in words.
    pub kind: &'static str,
}

/// What fits, best first: at most a dozen, and how many there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnionChoices {
    /// The ones to offer.
    pub found: Vec<UnionChoice>,
    /// How many fit in all.
    pub total: i64,
}

/// What a typed text stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnionMeant {
    /// This one: its key, or its whole name, which no other active union has.
    One(UnionOrgId),
    /// One of these, or none; the person decides.
    Choose(UnionChoices),
}

/// Active unions whose name contains the text, or whose key or code begins with it. General unions (总工会) come
/// first: that is where most accounts belong, and a town's name is part of the name of everything in it.
pub async fn union_choices(op: &OpContext, app: &App, text: &str) -> Result<UnionChoices, AppError> {
    may_choose(op)?;
    let mut reader = app.store.read().await?;
    choices(op, &mut reader, text).await
}

/// Which union is meant by a key, a name or a part of one.
pub async fn union_meant(op: &OpContext, app: &App, text: &str) -> Result<UnionMeant, AppError> {
    may_choose(op)?;
    let mut reader = app.store.read().await?;
    if let Some(id) = active(op, &mut reader, text.trim()).await? {
        return Ok(UnionMeant::One(id));
    }
    let wanted = normalise(text);
    let (rows, _) = matching(op, &mut reader, &wanted, None, NAMED).await?;
    let mut named = rows.iter().filter(|row| normalise(&row.name) == wanted);
    if let (Some(row), None) = (named.next(), named.next())
        && let Some(id) = active(op, &mut reader, &row.union_id).await?
    {
        return Ok(UnionMeant::One(id));
    }
    choices(op, &mut reader, text).await.map(UnionMeant::Choose)
}

/// The active union in sight with this key.
async fn active(op: &OpContext, reader: &mut Reader, key: &str) -> Result<Option<UnionOrgId>, AppError> {
    let row = reader.union_row(key).await?.filter(|row| row.is_active);
    Ok(row
        .filter(|row| {
            op.sees(
                row.path
                    .as_deref()
                    .and_then(|path| UnionPath::parse(path).ok())
                    .as_ref(),
            )
        })
        .map(|row| row.org_id()))
}

async fn choices(op: &OpContext, reader: &mut Reader, text: &str) -> Result<UnionChoices, AppError> {
    let wanted = normalise(text);
    if wanted.is_empty() {
        return Ok(UnionChoices::default());
    }
    let most = u32::try_from(SHOWN).unwrap_or(u32::MAX);
    let (mut rows, _) = matching(op, reader, &wanted, Some(UnionType::General), most).await?;
    let (others, total) = matching(op, reader, &wanted, None, most).await?;
    for row in others {
        if !rows.iter().any(|known| known.union_id == row.union_id) {
            rows.push(row);
        }
    }
    // The whole name stands above every longer one.
    rows.sort_by_key(|row| normalise(&row.name) != wanted);
    rows.truncate(SHOWN);
    Ok(UnionChoices {
        found: rows.into_iter().map(choice).collect(),
        total,
    })
}

async fn matching(
    op: &OpContext,
    reader: &mut Reader,
    text: &str,
    kind: Option<UnionType>,
    most: u32,
) -> Result<(Vec<UnionListRow>, i64), AppError> {
    let filter = UnionFilter {
        text: Some(text.to_owned()),
        union_type: kind.map(|kind| kind.code().to_owned()),
        is_active: Some(true),
        ..UnionFilter::default()
    };
    Ok(reader
        .union_list(op.scope(), &filter, Page::number(1, most))
        .await?)
}

fn choice(row: UnionListRow) -> UnionChoice {
    let places = Divisions::shipped();
    let county = row
        .county
        .and_then(|code| u32::try_from(code).ok())
        .and_then(|code| places.county_name(code));
    let town = row
        .town
        .and_then(|code| u64::try_from(code).ok())
        .and_then(|code| places.town_name(code));
    UnionChoice {
        place: [county, town].into_iter().flatten().collect::<Vec<_>>().join(" "),
        kind: UnionType::from_code(&row.union_type)
            .unwrap_or(UnionType::Unknown)
            .label(),
        union_id: row.union_id,
        name: row.name,
    }
}

/// Whoever places accounts or moves unions looks for a union by its name.
fn may_choose(op: &OpContext) -> Result<(), AppError> {
    if op.can(Action::ChangeUnions) {
        return Ok(());
    }
    op.may(Action::ManageAccounts)
}
