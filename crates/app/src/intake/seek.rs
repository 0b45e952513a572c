//! Rows without our key (没有标识的行): a member is found by the document number within the union, a union by its own code or by the
//! employer's code and the name. Exactly one is taken; of several none is guessed, they are named.

use std::collections::{HashMap, HashSet};

use codes::crypto::SecretKind;
use codes::id_document::IdDocument;
use codes::resident_id::IdStatus;
use codes::text;
use codes::uscc::normalise_code;
use domain::dictionary;
use store::Tx;
use store::membership::MemberLike;
use uuid::Uuid;

use super::Site;
use super::agency::written_code;
use super::cells::{Cells, ColumnMap};
use super::pipeline::{Line, Refusal, What};
use super::union_cells::UnionCells;
use crate::error::AppError;

/// Candidates named in a refusal.
const NAMED_MAX: usize = 5;

/// Gives members without a key the key of the one member whom they mean, or a refusal.
pub(super) async fn members<R>(
    site: &Site,
    tx: &mut Tx,
    unions: &HashMap<String, Uuid>,
    lines: &mut [Line<R>],
) -> Result<(), AppError> {
    let mut sought: Vec<(usize, Result<(Uuid, Vec<u8>), Refusal>)> = Vec::new();
    for (at, line) in lines.iter().enumerate().filter(|(_, line)| is_sought(line)) {
        let cells = Cells {
            row: &line.row,
            map: &site.map,
        };
        sought.push((at, member_of(site, unions, &cells)));
    }
    if sought.is_empty() {
        return Ok(());
    }
    let numbers: HashSet<&[u8]> = sought
        .iter()
        .filter_map(|(_, member)| member.as_ref().ok())
        .map(|(_, number)| number.as_slice())
        .collect();
    let known = tx.members_by_numbers(numbers).await?;
    let mut by_number: HashMap<&[u8], Vec<&MemberLike>> = HashMap::new();
    for member in &known {
        let number = member.id_index.as_deref().unwrap_or_default();
        by_number.entry(number).or_default().push(member);
    }
    for (at, member) in sought {
        let found = member.and_then(|(union, number)| {
            let bearers = by_number.get(number.as_slice()).map_or(&[][..], Vec::as_slice);
            let own: Vec<&str> = bearers
                .iter()
                .filter(|bearer| bearer.union_org_id == union)
                .map(|bearer| bearer.member_id.as_str())
                .collect();
            one_of(&own, bearers.len(), "id_no")
        });
        match found {
            Ok(key) => lines[at].key = key,
            Err((column, reason)) => lines[at].what = What::Broken(column, reason),
        }
    }
    Ok(())
}

fn is_sought<R>(line: &Line<R>) -> bool {
    line.key.is_empty() && matches!(line.what, What::Delete | What::Upsert(_))
}

/// The union and the blind index of the number that a row names.
fn member_of(
    site: &Site,
    unions: &HashMap<String, Uuid>,
    cells: &Cells<'_>,
) -> Result<(Uuid, Vec<u8>), Refusal> {
    let union_id = cells.raw("union_id");
    if union_id.is_empty() {
        return Err((
            "union_id",
            "没有填写会员标识；要按证件号码查找，请填写所在工会（工会标识）".to_owned(),
        ));
    }
    let Some(union) = unions.get(union_id) else {
        return Err((
            "union_id",
            format!("所在工会“{union_id}”不在工会台账中；请先导入工会组织，再导入本行"),
        ));
    };
    let raw = cells.raw("id_no");
    let read = IdDocument::read(dictionary::named_document(cells.raw("id_type")), raw);
    let number = match (read.citizen, read.status) {
        (Some(number), _) => number.as_str().to_owned(),
        (None, IdStatus::OtherDocument) => normalise_code(raw),
        (None, IdStatus::Missing) => {
            return Err((
                "member_id",
                "会员标识和证件号码都没有填写，不知道是哪位会员".to_owned(),
            ));
        }
        (None, status) => {
            return Err((
                "id_no",
                format!(
                    "没有填写会员标识，而证件号码不能用来查找（{}）；请填写会员标识",
                    status.label()
                ),
            ));
        }
    };
    let index = site.keys.blind_index(SecretKind::IdNumber, &number);
    Ok((*union, index.to_vec()))
}

fn one_of(own: &[&str], everywhere: usize, column: &'static str) -> Result<String, Refusal> {
    match own {
        [one] => Ok((*one).to_owned()),
        [] if everywhere > 0 => Err((
            column,
            "没有填写会员标识；该工会没有这个证件号码的会员，但别的工会有，可能要办转会".to_owned(),
        )),
        [] => Err((
            column,
            "没有填写会员标识；该工会没有这个证件号码的会员，新会员请填写会员标识".to_owned(),
        )),
        many => Err((
            column,
            format!(
                "没有填写会员标识；该工会有 {} 位会员登记了这个证件号码：{}，请填写会员标识",
                many.len(),
                named(many)
            ),
        )),
    }
}

fn named(keys: &[&str]) -> String {
    let mut words = keys[..keys.len().min(NAMED_MAX)].join("、");
    if keys.len() > NAMED_MAX {
        words.push_str(" 等");
    }
    words
}

/// Gives unions without a key the key of the one union that they mean, or a refusal.
pub(super) async fn unions(
    tx: &mut Tx,
    map: &ColumnMap,
    lines: &mut [Line<UnionCells>],
) -> Result<(), AppError> {
    for line in lines.iter_mut().filter(|line| is_sought(line)) {
        let cells = Cells { row: &line.row, map };
        match union_of(tx, &cells).await? {
            Ok(key) => line.key = key,
            Err((column, reason)) => line.what = What::Broken(column, reason),
        }
    }
    Ok(())
}

async fn union_of(tx: &mut Tx, cells: &Cells<'_>) -> Result<Result<String, Refusal>, AppError> {
    let own = normalise_code(cells.raw("union_code"));
    let (found, what) = if own.is_empty() {
        let (employer, name) = (
            written_code(cells.raw("employer_uscc")),
            text::normalise(cells.raw("union_name")),
        );
        if employer.is_empty() || name.is_empty() {
            return Ok(Err((
                "union_id",
                "没有填写工会标识；要查找是哪家工会，请填写工会代码，或单位代码和工会名称".to_owned(),
            )));
        }
        (
            tx.unions_of_employer(&employer, &name).await?,
            "单位代码和工会名称",
        )
    } else {
        (tx.unions_with_code(&own).await?, "工会代码")
    };
    let keys: Vec<&str> = found.iter().map(String::as_str).collect();
    Ok(match keys.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err((
            "union_id",
            format!("没有填写工会标识；按{what}没有找到工会，新登记的请填写工会标识"),
        )),
        many => Err((
            "union_id",
            format!(
                "没有填写工会标识；按{what}找到 {} 家：{}，请填写工会标识",
                many.len(),
                named(many)
            ),
        )),
    })
}
