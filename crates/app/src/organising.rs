//! 建会: the town officer puts a founded union into the register.

mod register;

use codes::text::normalise;
use codes::time::Day;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::list_item::{Actor, ItemSubject, Step};
use domain::organising::{self, Founding, FoundingInput};
use domain::permission::Action;
use domain::scope::UnionPath;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::employer::EmployerRecord;
use store::list_item::ItemRecord;
use store::organising::GeneralUnion;
use store::union_org::UnionRow;
use store::{Reader, Tx};

use crate::employer;
use crate::error::AppError;
use crate::list_item::{self, wrong};
use crate::op::{App, OpContext};
use crate::verdict;

/// What the founding page shows before anything is typed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundingDraft {
    /// The item, when founded from one.
    pub item_no: Option<String>,
    pub enterprise_id: String,
    pub employer_name: String,
    /// In full: it goes into the register.
    pub uscc: Option<String>,
    /// `甲公司工会委员会`.
    pub proposed_name: String,
    /// The town's 总工会 that becomes the parent.
    pub parent_name: String,
    pub insured_now: Option<i64>,
    pub today: Day,
}

/// What the town officer enters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FoundingForm {
    /// From an item in progress …
    pub item_no: Option<String>,
    /// … or directly for an enterprise of the last run.
    pub enterprise_id: Option<String>,
    pub union_name: String,
    pub chair: String,
    /// `yyyy-mm-dd`, not after today.
    pub founded_on: String,
    /// 3 or 5.
    pub term_years: String,
    /// Members at founding; may be empty.
    pub declared_members: String,
}

/// A union that now stands in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Founded {
    pub union_id: String,
    pub union_name: String,
    pub item_no: Option<String>,
    pub message: String,
}

/// The founding page for an item (`item_no`) or an enterprise.
pub async fn founding_draft(
    op: &OpContext,
    app: &App,
    item_no: Option<&str>,
    enterprise_id: Option<&str>,
) -> Result<FoundingDraft, AppError> {
    op.may(Action::FoundUnion)?;
    let mut reader = app.store.read().await?;
    let basis = basis(op, &mut reader, item_no, enterprise_id).await?;
    let parent = parent_of(op, &mut reader, &basis.employer).await?;
    Ok(FoundingDraft {
        item_no: basis.item.map(|item| item.item_no),
        proposed_name: organising::proposed_name(&basis.employer.name),
        enterprise_id: basis.employer.enterprise_id,
        employer_name: basis.employer.name,
        uscc: basis.employer.uscc,
        parent_name: parent.name,
        insured_now: basis.employer.insured_now,
        today: op.today(),
    })
}

/// Puts the union into the register, remembers that it belongs to the enterprise, and leaves the item to the next run.
/// `Invalid` names every field that is wrong, all at once.
pub async fn found_union(op: &OpContext, app: &App, form: FoundingForm) -> Result<Founded, AppError> {
    op.may(Action::FoundUnion)?;
    let mut tx = app.store.begin().await?;
    let basis = basis(
        op,
        &mut tx,
        form.item_no.as_deref(),
        form.enterprise_id.as_deref(),
    )
    .await?;
    let parent = parent_of(op, &mut tx, &basis.employer).await?;
    refuse_second_union(&mut tx, &basis.employer).await?;
    let founding = check(op, &form, &basis.employer)?;
    if let Some(other) = tx.unions_named(&normalise(&founding.union_name)).await?.first() {
        let words = format!("已有同名的在册工会（{other}），请换一个名称");
        return Err(AppError::invalid("ORG-422", "建会信息有误，请改正后再提交").field("union_name", words));
    }
    let union = register::enter(op, &mut tx, &basis.employer, &parent, &founding).await?;
    verdict::remember(
        op,
        &mut tx,
        &union.union_id,
        &basis.employer.enterprise_id,
        true,
        Some("建会时确认"),
    )
    .await?;
    let item_no = close_the_loop(op, &mut tx, basis, &union).await?;
    tx.commit().await?;
    Ok(Founded {
        message: format!("已建会：{}。下次比对时清单项自动办结", union.name),
        union_id: union.union_id,
        union_name: union.name,
        item_no,
    })
}

/// What a founding starts from.
struct Basis {
    item: Option<ItemRecord>,
    employer: EmployerRecord,
}

async fn basis(
    op: &OpContext,
    reader: &mut Reader,
    item_no: Option<&str>,
    enterprise_id: Option<&str>,
) -> Result<Basis, AppError> {
    let given = |text: Option<&str>| {
        text.map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let (item, enterprise_id) = match (given(item_no), given(enterprise_id)) {
        (Some(number), _) => {
            let item = list_item::load(op, reader, &number).await?;
            if item.subject_kind != ItemSubject::Enterprise {
                return Err(AppError::conflict(
                    "ORG-411",
                    "此项的对象是工会，不是未建会的单位",
                ));
            }
            decide(op, &item)?;
            let enterprise_id = item.subject_id.clone();
            (Some(item), enterprise_id)
        }
        (None, Some(enterprise_id)) => (open_item(op, reader, &enterprise_id).await?, enterprise_id),
        (None, None) => return Err(wrong("enterprise_id", "请从清单项或单位页进入建会")),
    };
    let employer = employer::load(op, reader, &enterprise_id).await?;
    Ok(Basis { item, employer })
}

/// Founding directly takes an item along that is far enough; others are left to the next run, which sees the union.
async fn open_item(
    op: &OpContext,
    reader: &mut Reader,
    enterprise_id: &str,
) -> Result<Option<ItemRecord>, AppError> {
    let items = reader.open_items_of(enterprise_id).await?;
    Ok(items.into_iter().find(|item| decide(op, item).is_ok()))
}

fn decide(op: &OpContext, item: &ItemRecord) -> Result<Step, AppError> {
    let standing = list_item::standing_of(item, &list_item::policy_on(op.today()));
    let actor = Actor {
        role: op.role(),
        is_owner: op.actor.id.is_some() && item.owner_id == op.actor.id,
    };
    domain::list_item::step(standing, &domain::list_item::Action::Found, actor)
        .map_err(|refusal| AppError::conflict("ORG-409", refusal.reason))
}

/// The town's 总工会, else the county's: the first general union that looks after the employer's place.
async fn parent_of(
    op: &OpContext,
    reader: &mut Reader,
    employer: &EmployerRecord,
) -> Result<GeneralUnion, AppError> {
    let missing = || {
        AppError::conflict("ORG-412", "登记库中没有负责该单位所在地的总工会")
            .hint("请先导入或登记所在镇街（区县）的总工会")
    };
    let path = employer.responsible_path.as_deref().ok_or_else(missing)?;
    let parent = reader.union_at_path(path).await?.ok_or_else(missing)?;
    let place = UnionPath::parse(&parent.path).ok();
    if op.sees(place.as_ref()) {
        Ok(parent)
    } else {
        Err(missing())
    }
}

async fn refuse_second_union(tx: &mut Tx, employer: &EmployerRecord) -> Result<(), AppError> {
    if let Some(link) = tx.link_of_enterprise(&employer.enterprise_id).await? {
        let name = employer::union_name(tx, &link.union_id)
            .await?
            .unwrap_or(link.union_id);
        return Err(AppError::conflict("ORG-410", format!("该单位已有工会：{name}"))
            .hint("如对应有误，请先作出人工核对结论"));
    }
    if let Some(code) = &employer.uscc
        && let Some(name) = tx.active_union_of_employer(code).await?
    {
        return Err(AppError::conflict("ORG-410", format!("该单位已有工会：{name}")));
    }
    Ok(())
}

fn check(op: &OpContext, form: &FoundingForm, employer: &EmployerRecord) -> Result<Founding, AppError> {
    let input = FoundingInput {
        union_name: &form.union_name,
        chair: &form.chair,
        founded_on: &form.founded_on,
        term_years: &form.term_years,
        declared_members: &form.declared_members,
        employer_founded: employer.founded_on,
    };
    organising::check_founding(&input, op.today()).map_err(|faults| {
        faults.into_iter().fold(
            AppError::invalid("ORG-422", "建会信息有误，请改正后再提交"),
            |error, (field, words)| error.field(field, words),
        )
    })
}

/// Marks the item as founded; it stays in progress until a run sees the union in the register.
async fn close_the_loop(
    op: &OpContext,
    tx: &mut Tx,
    basis: Basis,
    union: &UnionRow,
) -> Result<Option<String>, AppError> {
    let Some(mut item) = basis.item else {
        return Ok(None);
    };
    let step = decide(op, &item)?;
    let before = json!({"state": item.state.code()});
    list_item::apply(&mut item, step.standing);
    item.founded_union_id = Some(union.union_id.clone());
    item.founded_at = Some(op.now());
    item.changed_at = op.now();
    if !tx.save_item(&item).await? {
        return Err(AppError::conflict(
            "LIST-410",
            format!("{} 刚刚被别人办理过，请刷新后再试", item.item_no),
        ));
    }
    let path = item
        .responsible_path
        .as_deref()
        .and_then(|path| UnionPath::parse(path).ok());
    let entry = JournalEntry {
        path,
        before: Some(before),
        after: Some(json!({
            "state": item.state.code(), "union_id": union.union_id, "union_name": union.name,
        })),
        ..JournalEntry::new(JournalAction::ItemFounded, SubjectKind::ListItem, item.id.uuid())
    };
    tx.journal(&op.by(), entry).await?;
    Ok(Some(item.item_no))
}
