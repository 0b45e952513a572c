//! What belongs to one account of a place, or to those who see the place: planted so that others try to get at it.

use codes::id::UnionOrgId;
use domain::accounts::{Account, Session};
use domain::api_token::ApiToken;
use domain::approval::{Approval, ApprovalKind};
use domain::delegation::Delegation;
use serde_json::json;
use store::exchange::ExportRow;
use store::job::{JobRow, JobState};
use store::member_request::MemberMerge;
use store::membership::MemberRow;
use store::saved_view::SavedViewRecord;
use testkit::{People, TestApp};

/// What an account of a place has for itself.
#[derive(Default)]
pub struct Own {
    pub session: uuid::Uuid,
    pub delegation: uuid::Uuid,
    pub token: uuid::Uuid,
    pub approval: uuid::Uuid,
    pub view: uuid::Uuid,
    pub job: uuid::Uuid,
    pub merge: uuid::Uuid,
    pub hold: uuid::Uuid,
    pub closing: uuid::Uuid,
    pub export_no: i64,
}

/// What only one account has, or only those who see its place: a device, a right to act, a token, a request for approval, a view, a
/// job, an export, a merge of two of the union's members, a hold on the data of one and the other's request to close.
pub async fn plant(
    test: &TestApp,
    people: &People,
    account: &Account,
    (mark, nth): (&str, i64),
    members: &[MemberRow],
) -> Own {
    let app = &test.app;
    let now = app.now();
    let mint = || UnionOrgId::mint(&*app.ids, now).uuid();
    let own = Own {
        session: mint(),
        delegation: mint(),
        token: mint(),
        approval: mint(),
        view: mint(),
        job: mint(),
        merge: mint(),
        hold: mint(),
        closing: mint(),
        export_no: 100 + nth,
    };
    let mut tx = app.store.begin().await.unwrap();
    let session = Session {
        id: codes::id::Id::from_uuid(own.session),
        account_id: account.id,
        created_at: now,
        seen_at: now,
        expires_at: now.plus(domain::accounts::SESSION_LENGTH),
        ended_at: None,
        address: Some(format!("{mark}地址")),
        user_agent: None,
        delegation_id: None,
        way: domain::identity::SignInWay::Password,
    };
    tx.add_session(&session, format!("digest of {mark}").as_bytes())
        .await
        .unwrap();
    let delegate = people.city_officer.actor.id.unwrap();
    let delegation = Delegation {
        id: codes::id::Id::from_uuid(own.delegation),
        principal_id: account.id,
        principal_name: account.name.clone(),
        delegate_id: delegate,
        delegate_name: "周市总".into(),
        starts_on: now.day(),
        ends_on: now.day().add_days(9),
        reason: format!("{mark}原因"),
        created_at: now,
        withdrawn_at: None,
    };
    tx.add_delegation(&delegation).await.unwrap();
    let token = ApiToken {
        id: codes::id::Id::from_uuid(own.token),
        account_id: account.id,
        name: format!("{mark}令牌"),
        scopes: vec![domain::api_token::TokenScope::UnionRead],
        tail: "0000".into(),
        created_at: now,
        expires_at: now.day().add_days(9).start(),
        used_at: None,
        withdrawn_at: None,
    };
    tx.add_token(&token, format!("secret of {mark}").as_bytes())
        .await
        .unwrap();
    let approval = Approval {
        id: codes::id::Id::from_uuid(own.approval),
        kind: ApprovalKind::ALL[0],
        title: format!("{mark}名目"),
        details: Vec::new(),
        reason: format!("{mark}原因"),
        digest: vec![0; 32],
        resume: "/".into(),
        asked_by: account.id,
        asked_by_name: account.name.clone(),
        asked_for: None,
        path: account.path.clone(),
        asked_at: now,
        expires_at: now.day().add_days(3).start(),
        decided_by: None,
        decided_by_name: None,
        decided_at: None,
        is_approved: None,
        remark: None,
        spent_at: None,
    };
    tx.add_approval(&approval).await.unwrap();
    let view = SavedViewRecord {
        id: codes::id::Id::from_uuid(own.view),
        name: format!("{mark}视图"),
        query: "[]".into(),
        created_at: now,
    };
    tx.save_view(account.id, &view).await.unwrap();
    let export = ExportRow {
        export_no: own.export_no,
        id: mint(),
        kind: "members".into(),
        file_name: format!("{mark}.csv"),
        is_plain: true,
        reason: format!("{mark}用途"),
        request: json!({"scope": account.scope().written()}).to_string(),
        rows: Some(2),
        account_id: Some(account.id.uuid()),
        made_by: account.name.clone(),
        made_at: now.millis(),
        is_kept: true,
        alone_by: None,
    };
    tx.add_export(&export).await.unwrap();
    let images = json!({"kept": members[0], "dropped": members[1], "after": members[0]}).to_string();
    let merge = MemberMerge {
        id: own.merge,
        kept: members[0].id,
        dropped: members[1].id,
        images: app.keys.seal_bytes(
            format!("member_merge:{}", own.merge).as_bytes(),
            images.as_bytes(),
        ),
        merged_at: now.millis(),
        merged_by: format!("{mark}合并人"),
        undone_at: None,
        undone_by: None,
    };
    tx.add_member_merge(merge).await.unwrap();
    let held = &members[1];
    let (reason, by) = (format!("{mark}暂缓"), format!("{mark}经办"));
    tx.add_member_hold(own.hold, held.id, &held.member_id, &reason, &by, now.millis())
        .await
        .unwrap();
    let leaving = &members[0];
    tx.add_member_closing(
        own.closing,
        leaving.id,
        &leaving.member_id,
        leaving.union_org_id,
        &format!("{mark}注销"),
        now.millis(),
        now.day().add_days(15).naive(),
    )
    .await
    .unwrap();
    tx.add_job(&JobRow {
        id: codes::id::Id::from_uuid(own.job),
        kind: "export-register".into(),
        title: "导出会员".into(),
        state: JobState::Queued,
        arguments: json!({"q": mark, "reason": mark}),
        stage: None,
        done_count: 0,
        total_count: None,
        result: None,
        error: None,
        is_cancel_requested: false,
        created_by: Some(account.id),
        created_by_name: account.name.clone(),
        delegate_id: None,
        created_at: now,
        started_at: None,
        finished_at: None,
    })
    .await
    .unwrap();
    tx.commit().await.unwrap();
    own
}
