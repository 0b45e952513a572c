//! 变更工会信息: name, kind, place, address, phone and the form's other items changed by hand, old and new in the journal. Files leave
//! alone what a person has set.

use std::collections::BTreeMap;

use codes::time::Day;
use domain::dictionary::{Act, Dictionary, Element, FormReader};
use domain::element_right::Right;
use domain::intake::Kind;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::permission::Action;
use domain::scope::UnionPath;
use domain::union_org::UnionType;
use domain::union_org::alias::check_name;
use domain::union_org::change::{Refusal, may_hang, may_take_effect};
use domain::zone::Lying;
use serde_json::{Map, Value, json};
use store::Tx;
use store::union_org::UnionRow;

use super::change::standing;
use super::ground::{self, follow_ground};
use super::{alias, union_in_sight, version_of};
use crate::element_right::{self, Barred};
use crate::error::AppError;
pub use crate::intake::typed_union::{elements, may_be_empty};
use crate::intake::{typed_union, unions_content_hash};
use crate::op::{App, OpContext};
use crate::register_values::{Values, union_values};
use crate::search;
use crate::zone::settle::{lying, settle_all};

/// What a person enters: the dictionary's names with what was typed; empty stays, `【清空】` clears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditForm {
    pub values: BTreeMap<String, String>,
    /// 生效日期, `yyyy-mm-dd`; today when empty.
    pub effective_on: String,
    /// 批复文号; may be empty.
    pub document_no: String,
    /// Why, in words.
    pub reason: String,
    /// The version that was seen, where somebody says so; a row that is another by then is left alone.
    pub version: Option<i64>,
}

/// A union's form: each element with what is registered now, as pages may show it.
#[derive(Debug, Clone, PartialEq)]
pub struct EditDraft {
    pub union_id: String,
    pub name: String,
    pub fields: Vec<(&'static Element, Option<String>)>,
    /// What the reader may not change, each with who may.
    pub barred: Barred,
    pub today: Day,
}

/// The form of a union's registered data.
///
/// # Errors
/// `UNI-404` out of sight; `UNI-409` for a dissolved union.
pub async fn edit_draft(op: &OpContext, app: &App, union_id: &str) -> Result<EditDraft, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut reader = app.store.read().await?;
    let (row, _) = union_in_sight(op, &mut reader, union_id).await?;
    refuse_dissolved(&row)?;
    let values = union_values(&app.keys, &row);
    let barred = element_right::barred(op, &mut reader, Kind::Unions, Right::Write).await?;
    let fields = Dictionary::shipped().of(Kind::Unions).iter().zip(values);
    let fields = fields
        .filter(|(element, _)| elements().any(|one| one.name == element.name))
        .map(|(element, value)| (element, value.map(|value| element.masked(&value))))
        .collect();
    Ok(EditDraft {
        fields,
        barred,
        today: op.today(),
        union_id: row.union_id,
        name: row.name,
    })
}

fn refuse_dissolved(row: &UnionRow) -> Result<(), AppError> {
    if row.is_active {
        return Ok(());
    }
    Err(AppError::conflict(
        "UNI-409",
        format!("“{}”已撤销，登记信息不再变更", row.name),
    ))
}

/// What an edit has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// Labels of the elements that are different now.
    pub changed: Vec<&'static str>,
    /// Names of the unions that hang elsewhere since, because their ground is another one, each with its new parent's.
    pub carried: Vec<(String, String)>,
}

/// Changes what was typed.
///
/// # Errors
/// `ELM-403` with every element that is not the actor's to change; `UNI-425` with every field that is wrong, also when nothing would change; `UNI-413` when it is not what was seen any more; `UNI-409`
/// for a dissolved union; `UNI-404` out of sight; `SCH-429` when covered elements are typed too often; as [`follow_ground`] when the place changes.
pub async fn edit(op: &OpContext, app: &App, union_id: &str, form: &EditForm) -> Result<Edited, AppError> {
    op.may(Action::ChangeUnions)?;
    let mut tx = app.store.begin().await?;
    tx.lock_tree().await?;
    let (old, path) = union_in_sight(op, &mut tx, union_id).await?;
    refuse_dissolved(&old)?;
    // Before anything is compared: whether what was typed is what is registered is not told either.
    let typed = form.values.iter().filter(|(_, text)| !text.trim().is_empty());
    let typed: Vec<&str> = typed.map(|(name, _)| name.as_str()).collect();
    element_right::expect_write(op, &mut tx, Kind::Unions, &typed).await?;
    // Whether nothing would change is told: with what is covered that is a guess.
    let elements = Dictionary::shipped().of(Kind::Unions).iter();
    if elements
        .filter(|one| one.is_masked())
        .any(|one| typed.contains(&one.name.as_str()))
    {
        search::digits_paced(op, app)?;
    }
    if form.version.is_some_and(|seen| seen != version_of(&old)) {
        return Err(AppError::conflict(
            "UNI-413",
            format!("“{}”的登记信息在您读取之后已变化，没有变更", old.name),
        )
        .hint("请重新读取后再变更"));
    }
    let mut typed = FormReader::of(Act::EditUnion, op.today());
    let effective_on = typed.day("effective_on", &form.effective_on);
    let effective_on = effective_on.unwrap_or_else(|| op.today());
    let reason = typed.text("reason", &form.reason);
    let document_no = typed.text("document_no", &form.document_no);
    let mut wrong = typed.faults();
    let mut row = match typed_union::read(op, app, &old, &form.values) {
        Ok(row) => row,
        Err(faults) => {
            wrong.extend(faults);
            return Err(refused(wrong));
        }
    };
    let changed = changed(&union_values(&app.keys, &old), &union_values(&app.keys, &row));
    if changed.is_empty() && wrong.is_empty() {
        return Err(AppError::invalid(
            "UNI-425",
            "没有要变更的内容：填写的与登记的相同",
        ));
    }
    decide(op, &mut tx, (&old, &row), effective_on, &mut wrong).await?;
    if !wrong.is_empty() {
        return Err(refused(wrong));
    }
    if stands_in_tree(&old) != stands_in_tree(&row) {
        tx.keep_past(old.id, effective_on).await?;
    }
    if old.search != row.search {
        let id = op.new_id::<codes::id::UnionOrg>().uuid();
        let former = alias::former(id, &old, effective_on, false, op.now().millis());
        tx.add_aliases([former]).await?;
    }
    for (element, ..) in &changed {
        tx.mark_by_hand(old.id, &element.name, op.now()).await?;
    }
    let elsewhere = match hangs_by(&old) == hangs_by(&row) {
        true => None,
        false => Some(ground::elsewhere(&mut tx).await?),
    };
    let zones = match &elsewhere {
        Some(_) => lying(&mut tx).await?,
        None => Lying::default(),
    };
    row.batch_no = None;
    row.changed_at = op.now().millis();
    row.row_hash = unions_content_hash(&row);
    tx.upsert_unions([row.clone()]).await?;
    let carried = match elsewhere {
        Some(before) => follow_ground(op, &mut tx, &row, &before, effective_on).await?,
        None => Vec::new(),
    };
    if !carried.is_empty() {
        settle_all(op, &mut tx, &zones, &format!("“{}”的所在地变更", row.name)).await?;
    }
    journal(
        op,
        &mut tx,
        &row,
        path,
        &changed,
        (effective_on, &document_no, &reason),
    )
    .await?;
    tx.commit().await?;
    Ok(Edited {
        changed: changed
            .into_iter()
            .map(|(element, ..)| element.zh.as_str())
            .collect(),
        carried,
    })
}

type Changed = (&'static Element, Option<String>, Option<String>);

fn changed(old: &Values, new: &Values) -> Vec<Changed> {
    let elements = Dictionary::shipped().of(Kind::Unions).iter();
    elements
        .zip(old.iter().zip(new))
        .filter(|(_, (old, new))| old != new)
        .map(|(element, (old, new))| (element, old.clone(), new.clone()))
        .collect()
}

/// What the tree of a day is made of.
fn stands_in_tree(row: &UnionRow) -> impl PartialEq {
    (row.name.clone(), row.union_type.clone(), row.county, row.town)
}

/// What decides where unions without a parent of their own hang.
fn hangs_by(row: &UnionRow) -> impl PartialEq {
    let is_general = kind_of(row) == UnionType::General;
    (is_general, row.county, row.town)
}

fn kind_of(row: &UnionRow) -> UnionType {
    UnionType::from_code(&row.union_type).unwrap_or(UnionType::Unknown)
}

/// A name that nobody else bears, a kind that fits above and below, a day after the last change.
async fn decide(
    op: &OpContext,
    tx: &mut Tx,
    (old, new): (&UnionRow, &UnionRow),
    effective_on: Day,
    wrong: &mut Vec<(&'static str, String)>,
) -> Result<(), AppError> {
    let union = standing(tx, old).await?;
    if stands_in_tree(old) != stands_in_tree(new)
        && let Err(Refusal { words, .. }) = may_take_effect(&union, effective_on, op.today())
    {
        wrong.push(("effective_on", words));
    } else if effective_on > op.today() {
        wrong.push(("effective_on", format!("生效日期不能晚于今天（{}）", op.today())));
    }
    if old.search != new.search {
        if let Err(words) = check_name(&new.name) {
            wrong.push(("union_name", words));
        }
        let others = tx.unions_named(&new.search).await?;
        if let Some(other) = others.iter().find(|other| **other != old.union_id) {
            let words = format!("已有同名的在册工会（{other}）；同一组织的请办理合并");
            wrong.push(("union_name", words));
        }
    }
    if old.union_type == new.union_type {
        return Ok(());
    }
    let (path, kind) = (&union.path, kind_of(new));
    if let Some(over) = path.as_ref().and_then(UnionPath::parent)
        && let Some(above) = tx.union_at_path(over.as_str()).await?
        && let Some(above) = tx.union_row(&above.union_id).await?
        && !may_hang(kind, kind_of(&above))
    {
        let words = format!(
            "{}不能挂在{}“{}”之下，请先调整上级",
            kind.label(),
            kind_of(&above).label(),
            above.name
        );
        wrong.push(("union_type", words));
    }
    let Some(path) = path else { return Ok(()) };
    for (key, _) in tx.children_of(path.as_str(), &path.upper_bound()).await? {
        if let Some(child) = tx.union_row(&key).await?.filter(|child| child.is_active)
            && !may_hang(kind_of(&child), kind)
        {
            let words = format!(
                "下级“{}”是{}，不能挂在{}之下，请先调整它的上级",
                child.name,
                kind_of(&child).label(),
                kind.label()
            );
            wrong.push(("union_type", words));
            break;
        }
    }
    Ok(())
}

async fn journal(
    op: &OpContext,
    tx: &mut Tx,
    row: &UnionRow,
    path: Option<UnionPath>,
    changed: &[Changed],
    (effective_on, document_no, reason): (Day, &str, &str),
) -> Result<(), AppError> {
    let (mut before, mut after) = (Map::new(), Map::new());
    for (element, old, new) in changed {
        // 地址 is also where somebody signs in from, and a union's name what other entries call it by.
        let key = match element.name.as_str() {
            "address" => "seat".to_owned(),
            "union_name" => "own_name".to_owned(),
            name => name.to_owned(),
        };
        let say = |value: &Option<String>| value.as_deref().map(|value| element.masked(value));
        before.insert(key.clone(), json!(say(old)));
        after.insert(key, json!(say(new)));
    }
    after.insert("union_id".to_owned(), json!(row.union_id));
    after.insert("name".to_owned(), json!(row.name));
    after.insert("effective_on".to_owned(), json!(effective_on));
    if !document_no.is_empty() {
        after.insert("document_no".to_owned(), json!(document_no));
    }
    after.insert("words".to_owned(), json!(reason));
    let entry = JournalEntry {
        path,
        ..JournalEntry::new(JournalAction::UnionChanged, SubjectKind::UnionOrg, row.id)
            .before(&Value::Object(before))
            .after(&Value::Object(after))
    };
    tx.journal(&op.by(), entry).await?;
    Ok(())
}

fn refused(wrong: Vec<(&'static str, String)>) -> AppError {
    let error = AppError::invalid("UNI-425", "变更没有保存，请改正标出的内容");
    wrong
        .into_iter()
        .fold(error, |error, (field, words)| error.field(field, words))
}
