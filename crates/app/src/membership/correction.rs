//! 更正资料: somebody asks for what is registered of a member to be put right. Whoever may see the covered values is told at once what is
//! the same or does not fit; of whoever may not, what was typed is taken as it is, and whoever confirms sees how the two compare.

use std::collections::{BTreeMap, BTreeSet};

use domain::dictionary::{Act, FormReader};
use domain::intake::Kind;
use domain::membership::{AskedBy, Change, ChangeKind};
use domain::permission::Action;
use store::Tx;
use store::member_request::MemberRequest;
use store::membership::MemberRow;
use uuid::Uuid;

use super::guess::{self, Guess};
use super::request::{
    blank, faulty, keep, member_in_sight, named, path_of, refuse_second, said, same_person, sealed, sees,
    wrong,
};
use super::standing::note_change;
use crate::element_right::expect_write;
use crate::error::AppError;
use crate::intake::typed::{self, Typed};
use crate::op::{App, OpContext};
use crate::search;

/// Asks for a correction of what is registered of a member: what was typed differently is asked for, what was left empty stays. With
/// covered elements it is counted and journalled as a search with digits is, also where it is refused. 更正资料
///
/// # Errors
/// As [`super::ask_change`]; `ELM-403` with every element that is not the actor's to change; `MEM-421` when nothing is different, as far
/// as the actor may know; `SCH-429` when covered elements are typed too often.
pub async fn ask_correction(
    op: &OpContext,
    app: &App,
    union_id: &str,
    member_id: &str,
    values: &BTreeMap<String, String>,
    words: &str,
) -> Result<Uuid, AppError> {
    op.may(Action::HandleMembership)?;
    let mut guess = Guess::default();
    let mut tx = app.store.begin().await?;
    let member = (union_id, member_id);
    let asked = ask_correction_in(op, app, &mut tx, member, (values, words), &mut guess).await;
    guess.told("申请更正资料时填写", op, app, tx, asked).await
}

async fn ask_correction_in(
    op: &OpContext,
    app: &App,
    tx: &mut Tx,
    (union_id, member_id): (&str, &str),
    (values, words): (&BTreeMap<String, String>, &str),
    guess: &mut Guess,
) -> Result<Uuid, AppError> {
    note_change(op, tx).await?;
    let (row, union) = member_in_sight(op, tx, union_id, member_id).await?;
    // Before anything is compared: whether what was typed is what is registered is not told either.
    let typed = said(values);
    expect_write(op, tx, Kind::Members, &typed).await?;
    refuse_second(tx, row.id).await?;
    let guarded = typed::elements().filter(|element| typed::is_guarded(element));
    let guarded = guarded.map(|element| element.name.as_str());
    let guarded: Vec<&'static str> = guarded.filter(|name| typed.contains(name)).collect();
    if !guarded.is_empty() {
        search::digits_paced(op, app)?;
    }
    for element in guarded {
        guess.met(row.id, union.id, element);
    }
    let mut form = FormReader::of(Act::CorrectMember, op.today());
    let words = form.text("words", words);
    if !form.is_sound() {
        return Err(faulty(form.faults()));
    }
    let hidden = guess::hidden(op, tx).await?;
    let (read, asked) = read_over(op, app, &row, values, &hidden)?;
    if asked.is_empty() {
        return Err(AppError::conflict(
            "MEM-421",
            "没有要更正的内容：填写的与登记的相同",
        ));
    }
    if asked.contains_key("id_no") {
        if let Some(other) = same_person(tx, &read).await? {
            guess.met(other.id, other.union_org_id, "id_no");
        }
        refuse_number_of_another(op, tx, &read, hidden.contains("id_no")).await?;
    }
    let mut change = Change::new(ChangeKind::Correct, op.today());
    change.words = words;
    let request = MemberRequest {
        member: Some(row.id),
        member_id: Some(row.member_id.clone()),
        from_union: Some(union.id),
        ..blank(op, app, &change, row.shown_name(), AskedBy::From)
    };
    let request = sealed(app, request, &asked)?;
    keep(op, tx, request, &[path_of(&union)]).await
}

/// Reads what was typed over what is registered. Answers the row that would come of it and only what is to change: by the time of the
/// answer the rest may be another. What stands in a hidden element is held against nothing: what was typed there is asked for, the same
/// or not.
fn read_over(
    op: &OpContext,
    app: &App,
    row: &MemberRow,
    values: &BTreeMap<String, String>,
    hidden: &BTreeSet<&'static str>,
) -> Result<(MemberRow, Typed), AppError> {
    let registered = typed::said(app, row);
    let is_typed = |name: &str| values.get(name).is_some_and(|value| !value.trim().is_empty());
    let mut before = registered.clone();
    before.retain(|name, _| !(hidden.contains(name.as_str()) && (is_typed(name) || name == "id_no")));
    let mut after = before.clone();
    for name in typed::elements().map(|element| element.name.as_str()) {
        if let Some(value) = values.get(name).filter(|_| is_typed(name)) {
            after.insert(name.to_owned(), value.trim().to_owned());
        }
    }
    // The number says sex and birth date; what stood there of the number before goes with it.
    if is_typed("id_no") && after.get("id_no") != before.get("id_no") {
        for name in typed::OF_THE_NUMBER.into_iter().filter(|name| !is_typed(name)) {
            after.remove(name);
        }
    }
    let read =
        typed::read_beside(op, app, row.union_org_id, Some(row), &after, Some(&before)).map_err(faulty)?;
    // In normal form, without what only follows from the number.
    let mut read_said = typed::said(app, &read);
    read_said.retain(|name, _| registered.contains_key(name) || after.contains_key(name));
    let is_asked = |name: &str| match hidden.contains(name) {
        true => is_typed(name) || is_typed("id_no") && read_said.contains_key(name) && is_of_the_number(name),
        false => read_said.get(name) != registered.get(name),
    };
    let names: BTreeSet<&String> = registered.keys().chain(read_said.keys()).collect();
    let asked = names.into_iter().filter(|name| is_asked(name));
    let asked = asked.map(|name| (name.clone(), read_said.get(name).cloned().unwrap_or_default()));
    Ok((read, asked.collect()))
}

fn is_of_the_number(name: &str) -> bool {
    typed::OF_THE_NUMBER.contains(&name)
}

/// A correction must not make two members of one number. Where the asker may not know whose number it is, one that is out of sight is
/// left to whoever confirms.
pub(super) async fn refuse_number_of_another(
    op: &OpContext,
    tx: &mut Tx,
    read: &MemberRow,
    is_hidden: bool,
) -> Result<(), AppError> {
    let Some(other) = same_person(tx, read).await? else {
        return Ok(());
    };
    let at = named(tx, other.union_org_id).await?.filter(|at| sees(op, at));
    if at.is_none() && is_hidden {
        return Ok(());
    }
    let place = at.map_or_else(
        || "您数据范围以外的一家工会".to_owned(),
        |at| format!("“{}”", at.name),
    );
    Err(wrong(
        "id_no",
        format!("这个号码已是{place}一名会员的；同一人的两个会籍请在“重复会员”中合并"),
    ))
}
