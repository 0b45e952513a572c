//! What the walks over all operations ask with: a value for each hole of a path, a body for each operation that changes something.

use serde_json::{Value, json};
use testkit::union;

use super::{ITEM, NUMBER};

/// What stands for a value in a path: a record of 西店, or one of everybody's.
fn sample(name: &str) -> &'static str {
    match name {
        "union_id" => union::BASE,
        "member_id" => "M%2F1",
        "item_no" => ITEM,
        "enterprise_id" => "E9",
        "run_no" | "batch_no" => "1",
        "job_id" => "01990000-0000-7000-8000-000000000000",
        "kind" => "members",
        "check_id" => "members.number.repeated",
        "request_id" | "account_id" => "01990000-0000-7000-8000-000000000000",
        "change" => "dissolve",
        "export_no" | "check_no" => "1",
        "zone_id" | "officer_id" | "plate_id" | "view_id" | "suggestion_id" | "hold_id" | "closing_id"
        | "approval_id" => "01990000-0000-7000-8000-000000000000",
        "cover_key" => "T-BASE%7Cx",
        "day" => "2026-06-30",
        "name" => "sex",
        other => panic!("this test does not know what {other} stands for in a path"),
    }
}

/// What an operation that changes something is sent: as the document says. A new one fails here.
pub(crate) fn body_of(id: &str) -> Option<Value> {
    Some(match id {
        "takeStep" => json!({"step": "start_verifying"}),
        "foundUnion" => {
            json!({"union_name": "甲公司工会", "chair": "王芳", "founded_on": "2026-08-01", "term_years": "5"})
        }
        "findMembers" => json!({"number": NUMBER}),
        "startRun" | "cancelJob" => json!({}),
        "previewUnionChange" => json!({"reason": "x"}),
        "changeUnion" => json!({"reason": "x", "seen": "x"}),
        "askMembershipChange" => json!({"kind": "retain", "happened_on": "2026-07-01", "reason": "7"}),
        "answerMembershipRequest" => json!({"answer": "accept"}),
        "editUnion" => json!({"reason": "x", "address": "x"}),
        "registerTerm" => json!({"started_on": "2026-07-01", "term_years": "5", "chair": "王芳"}),
        "addOfficer" => json!({"body": "audit", "post": "chair", "name": "王芳", "day": "2026-07-01"}),
        "endOfficer" => json!({"day": "2026-07-01", "reason": "x"}),
        "readTermReminders" | "readCertificateReminders" => json!({}),
        "takeLegalStep" => json!({"step": "apply", "on": "2026-07-01", "has_funds": true}),
        "hangPlate" => json!({"name": "甲产业工会", "since": "2026-07-01"}),
        "takePlateDown" => json!({"until": "2026-07-01"}),
        "askJoin" => {
            json!({"name": "王小芳", "id_no": "330226198803152725", "phone": "13957412345", "joined_on": "2026-08-01"})
        }
        "askCorrection" => json!({"education": "本科", "words": "按学历证书"}),
        "searchMembers" => json!({"q": NUMBER}),
        "answerTransferSuggestion" => json!({"answer": "adopt"}),
        "recordConsent" => json!({"purposes": ["C01"], "on": "2026-08-01", "way": "paper"}),
        "startExport" | "askExportApproval" => json!({"kind": "unions", "format": "csv", "reason": "核对"}),
        "saveView" => json!({"name": "我的"}),
        "deleteView"
        | "importChecked"
        | "dropCheck"
        | "undoBatch"
        | "findTransferSuggestions"
        | "countQuality" => json!({}),
        "makeZone" => json!({"name": "甲片区", "worker": ""}),
        "changeZone" => json!({"name": "乙片区"}),
        "assignUnions" => json!({"unions": [union::BASE]}),
        "endZone" => json!({}),
        "addCover" | "correctCover" => json!({"name": "甲厂厂", "from": "2020-01-01"}),
        "endCover" => json!({"to": "2026-01-01"}),
        "askClosing" => json!({"code": "AAAA-BBBB-CCCC", "tail": "011230", "words": "x"}),
        "answerClosing" => json!({"answer": "refuse", "words": "x"}),
        "holdMember" => json!({"member_id": "M/1", "reason": "x"}),
        "releaseHold" => json!({}),
        "anonymiseMemberships" => json!({"until": "2015-01-01", "seen": 7}),
        "askAnonymiseApproval" => json!({"until": "2015-01-01", "seen": 7, "reason": "x"}),
        "decideApproval" => json!({"answer": "approve"}),
        "askChangeApproval" => json!({"reason": "x", "seen": "x"}),
        "askUndoApproval" | "askImportApproval" => json!({"reason": "x"}),
        // The body is the file.
        "importFile" | "checkFile" => return None,
        other => panic!("these tests do not know how to ask for {other}"),
    })
}

pub(super) fn filled(path: &str) -> String {
    filled_with(path, None)
}

/// What lies with 西店 and has a number only once it is there.
pub(super) struct There {
    pub(super) request: String,
    pub(super) account: String,
    pub(super) job: String,
    pub(super) hold: String,
    pub(super) closing: String,
    pub(super) cover: String,
    pub(super) approval: String,
    pub(super) zone: String,
}

/// The address with what is there, where it is.
pub(super) fn filled_with(path: &str, there: Option<&There>) -> String {
    let of = |name: &str| match (name, there) {
        ("request_id", Some(there)) => there.request.clone(),
        ("account_id", Some(there)) => there.account.clone(),
        ("job_id", Some(there)) => there.job.clone(),
        ("hold_id", Some(there)) => there.hold.clone(),
        ("closing_id", Some(there)) => there.closing.clone(),
        ("cover_key", Some(there)) => there.cover.clone(),
        ("approval_id", Some(there)) => there.approval.clone(),
        ("zone_id", Some(there)) => there.zone.clone(),
        (name, _) => sample(name).to_owned(),
    };
    let parts =
        path.split('/').map(
            |part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) => of(name),
                None => part.to_owned(),
            },
        );
    parts.collect::<Vec<_>>().join("/")
}
