//! Entering a founded union into the register, below the general union of its place.

use codes::id::UnionOrg;
use codes::industry::IndustryCode;
use codes::text;
use domain::journal::{JournalAction, JournalEntry, SubjectKind};
use domain::organising::Founding;
use serde_json::json;
use store::Tx;
use store::employer::EmployerRecord;
use store::organising::GeneralUnion;
use store::union_org::UnionRow;

use crate::error::AppError;
use crate::op::OpContext;
use crate::union_org::{place, term};

/// Adds the union and journals it. What a person entered (`source = founded`) wins over later files.
pub(super) async fn enter(
    op: &OpContext,
    tx: &mut Tx,
    employer: &EmployerRecord,
    parent: &GeneralUnion,
    founding: &Founding,
) -> Result<UnionRow, AppError> {
    let id = op.new_id::<UnionOrg>().uuid();
    let path = place::next_child(tx, &parent.path).await?;
    let union = UnionRow {
        id,
        union_id: place::new_key(employer.county, id),
        name: founding.union_name.clone(),
        search: text::normalise(&founding.union_name),
        union_code: None,
        employer_code: employer.uscc.clone(),
        employer_name: Some(employer.name.clone()),
        employer_legal_rep: employer.legal_rep.clone(),
        chair: Some(founding.chair.clone()),
        county: employer.county.or(parent.county),
        town: employer.town.or(parent.town),
        address: employer.address.clone(),
        phone_sealed: None,
        phone_index: None,
        phone_token: None,
        industry_section: employer.industry.as_deref().and_then(section),
        union_type: "single".to_owned(),
        parent_id: Some(parent.union_id.clone()),
        industry_parent_id: None,
        founded_on: Some(founding.founded_on.naive()),
        term_end_on: Some(founding.term_end.naive()),
        declared_members: founding.declared_members,
        lon: None,
        lat: None,
        extra: None,
        path: Some(path.to_string()),
        is_active: true,
        source: "founded".to_owned(),
        unread: None,
        row_hash: 0,
        batch_no: None,
        changed_at: op.now().millis(),
    };
    tx.upsert_unions([union.clone()]).await?;
    term::first_term(op, tx, &union, founding).await?;
    let entry = JournalEntry::new(JournalAction::UnionFounded, SubjectKind::UnionOrg, id)
        .at_path(&path)
        .after(&json!({
            "union_id": union.union_id,
            "name": union.name,
            "enterprise_id": employer.enterprise_id,
            "parent_id": parent.union_id,
            "founded": founding.founded_on,
            "term_end": founding.term_end,
            "declared_members": founding.declared_members,
        }));
    tx.journal(&op.by(), entry).await?;
    Ok(union)
}

fn section(industry: &str) -> Option<String> {
    IndustryCode::read(industry)
        .and_then(|code| code.text().chars().next())
        .map(String::from)
}
