//! 办理会籍: the forms with which somebody asks for a change, a correction or a new member.

use std::collections::BTreeMap;

use app::element_right::{Barred, not_writable};
use app::error::{AppError, ErrorKind};
use app::intake::typed;
use app::membership::{self, ChangeForm, JoinForm, MemberView};
use app::union_org;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::dictionary::{Act, Dictionary, Element, ValueType};
use domain::element_right::comes_with_record;
use domain::intake::Kind;
use domain::membership::{ChangeKind, MembershipState};
use domain::permission::Action;

use super::view::{AskPage, PassPage};
use super::{member_href, path_part};
use crate::http::{Fault, Person, Posted, Web, go, page, wrong_of};
use crate::pages::union_picker::{FIND, UnionPicker, ask_to_choose, meant};
use crate::ui::{Field, Flash, Here, UrlQuery};

/// What may be asked for where a membership stands: the address and the word of each button.
pub(super) fn ways(person: &Person, member: &MemberView, barred: &Barred) -> Vec<(String, &'static str)> {
    if !person.can(Action::HandleMembership) || !member.pending.is_empty() {
        return Vec::new();
    }
    use ChangeKind as K;
    let kinds: &[ChangeKind] = match member.state {
        MembershipState::Provisional => &[K::Confirm, K::Move, K::TransferOut, K::Withdraw],
        MembershipState::Active => &[K::Move, K::Retain, K::TransferOut, K::Withdraw, K::Expel, K::Die],
        MembershipState::Retained => &[K::Restore, K::Move, K::TransferOut, K::Withdraw, K::Expel, K::Die],
        _ => &[],
    };
    let base = member_href(&member.union_id, &member.member_id);
    let open = kinds
        .iter()
        .filter(|kind| !barred.contains_key(membership::element_of(**kind)));
    let mut ways: Vec<(String, &'static str)> = open
        .map(|kind| (format!("{base}/change?kind={}", kind.code()), label(*kind)))
        .collect();
    ways.push((format!("{base}/correct"), "更正资料"));
    ways
}

/// The two ways out of a union are told apart.
fn label(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Move => "转到本系统的工会",
        ChangeKind::TransferOut => "转出到外地",
        ChangeKind::Confirm => "转为正式会员",
        ChangeKind::Die => "登记去世",
        kind => kind.label(),
    }
}

/// What stands above the form: the rule that it follows.
fn rule(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Move => {
            "会籍随劳动（工作）关系走，一次入会、动态接转（《工会会员会籍管理办法》第三条）。提出后由对方工会答复，同意后会籍随人转去，入会日期和以前的经过不变。"
        }
        ChangeKind::Confirm => "预备会员所在单位建立工会、基层委员会审核同意后，转为正式会员。",
        ChangeKind::Retain => {
            "退休、失业、待岗、单位破产、服兵役的会员可保留会籍；保留期间不交会费，也没有选举权、被选举权和表决权。"
        }
        ChangeKind::Restore => "重新在本单位上班的，恢复会籍；到别的单位上班的，办理会籍接转。",
        ChangeKind::TransferOut => {
            "转到本系统以外的工会，如外省市。办理后会籍在本系统终止，转回来时接着以前的经过。"
        }
        ChangeKind::Withdraw => {
            "会员有退会的自由。经劝说仍要求退会，或连续六个月不交会费、不参加组织生活经教育不改的，由基层工会讨论后宣布。"
        }
        ChangeKind::Expel => "除名由工会小组讨论提出意见、基层委员会决定，并报上一级工会备案。",
        ChangeKind::Die => "登记后会籍终止，不再计入会员人数。",
        _ => "",
    }
}

fn kind_of(query: &str) -> Result<ChangeKind, AppError> {
    let asked = UrlQuery::read("", query);
    asked
        .get("kind")
        .and_then(ChangeKind::from_code)
        .filter(|kind| ChangeKind::ASKED.contains(kind))
        .ok_or_else(|| AppError::not_found("MEM-407", "没有这项会籍办理事项"))
}

/// `GET /union/{id}/member/{member}/change?kind=`.
pub async fn change_form(
    State(web): State<Web>,
    person: Person,
    Path((union, member)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    person.op.may(Action::HandleMembership)?;
    let kind = kind_of(&query.unwrap_or_default())?;
    let found = membership::member(&person.op, &web.app, &union, &member).await?;
    let typed = ChangeForm {
        kind: kind.code().to_owned(),
        happened_on: person.op.today().to_string(),
        ..ChangeForm::default()
    };
    show_change(&web, &person, kind, &found, &typed, (&Posted::default(), None)).await
}

/// `POST /union/{id}/member/{member}/change`.
pub async fn change(
    State(web): State<Web>,
    person: Person,
    Path((union, member)): Path<(String, String)>,
    form: Posted,
) -> Result<Response, Fault> {
    let typed = ChangeForm {
        kind: form.text("kind"),
        happened_on: form.text("happened_on"),
        reason: form.text("reason"),
        to: match form.text("to") {
            text if text.is_empty() => meant(&form),
            text => text,
        },
        decided_on: form.text("decided_on"),
        decision_no: form.text("decision_no"),
        words: form.text("words"),
    };
    let show = async |error: Option<&AppError>| {
        let kind = kind_of(&format!("kind={}", typed.kind))?;
        let found = membership::member(&person.op, &web.app, &union, &member).await?;
        show_change(&web, &person, kind, &found, &typed, (&form, error)).await
    };
    if form.get(FIND).is_some() {
        person.op.may(Action::HandleMembership)?;
        return show(None).await;
    }
    match membership::ask_change(&person.op, &web.app, &union, &member, &typed).await {
        Ok(id) => Ok(asked(id)),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let mut response = show(Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// To the request: there it is looked at once more and confirmed, or waits for whoever may.
fn asked(id: uuid::Uuid) -> Response {
    go(&format!("/member/request/{id}"), Flash::note("已提交，请核对"))
}

/// A failure in one sentence: what happened and what may be done; and faults that have no field of their own on the page. `beside`: the
/// field that tells its own.
fn sentence(error: Option<&AppError>, fields: &[Field], beside: Option<&str>) -> Option<String> {
    let error = error?;
    let mut text = error.message.clone();
    for one in error
        .fields
        .iter()
        .filter(|one| Some(one.field) != beside && !fields.iter().any(|field| field.name == one.field))
    {
        text.push('：');
        text.push_str(&one.message);
    }
    if let Some(hint) = &error.hint {
        text.push('。');
        text.push_str(hint);
    }
    Some(text)
}

async fn show_change(
    web: &Web,
    person: &Person,
    kind: ChangeKind,
    found: &MemberView,
    typed: &ChangeForm,
    (posted, error): (&Posted, Option<&AppError>),
) -> Result<Response, Fault> {
    let wrong = wrong_of(error);
    let mut fields = Vec::new();
    let field = |name, value: &str| Field::of(Act::AskChange, name, value);
    let to = field("to", &typed.to);
    // Whoever sees more unions than their own picks one; a whole name, code or key reaches any other.
    let picker = match kind == ChangeKind::Move && person.can(Action::ChangeUnions) {
        true => Some(picker_of(web, person, posted, (to.label, &wrong)).await?),
        false => None,
    };
    if kind == ChangeKind::Move && picker.is_none() {
        fields.push(to.needed().wide());
    }
    fields.push(field("happened_on", &typed.happened_on).until(person.op.today()));
    if !kind.reasons().is_empty() {
        let mut reason = field("reason", &typed.reason).only(kind.reasons()).needed();
        reason.options.insert(0, (String::new(), "请选择".to_owned()));
        fields.push(reason);
    }
    if kind.needs_decision() {
        fields.push(
            field("decided_on", &typed.decided_on)
                .needed()
                .until(person.op.today()),
        );
        let number = field("decision_no", &typed.decision_no);
        fields.push(if kind.needs_decision_no() {
            number.needed()
        } else {
            number
        });
    }
    let words = field("words", &typed.words).kind("textarea").wide();
    fields.push(if kind == ChangeKind::TransferOut {
        words.needed()
    } else {
        words.help("可不填")
    });
    let fields: Vec<Field> = fields.into_iter().map(|field| field.errors(&wrong)).collect();
    let href = member_href(&found.union_id, &found.member_id);
    page(&AskPage {
        frame: person
            .frame(web, label(kind), Here::MemberRequest)
            .await?
            .about(&found.name),
        about: format!("{} · {}", found.name, found.union_name),
        crumbs: crumbs(found),
        rule: rule(kind).to_owned(),
        action: format!("{href}/change"),
        hidden: vec![("kind", kind.code().to_owned())],
        wrong: sentence(error, &fields, picker.as_ref().map(|_| "to")),
        picker,
        fields,
        second: None,
        submit: "下一步：核对",
        back: href,
    })
}

/// Where the member goes: a text of which nobody's union is guessed comes back with the candidates.
async fn picker_of(
    web: &Web,
    person: &Person,
    posted: &Posted,
    (label, wrong): (&'static str, &[(String, String)]),
) -> Result<UnionPicker, AppError> {
    let picker = UnionPicker::of(web, person, posted, label).await?;
    let told = wrong.iter().find(|(field, _)| field == "to");
    let wrong = told.map(|(_, words)| match picker.picks.total {
        0 => words.clone(),
        total => ask_to_choose(&picker.text, total),
    });
    Ok(UnionPicker {
        help: "名称的一部分（如“西店”），按 ↓ 进入候选；您数据范围以外的，填写全称、代码或工会标识",
        is_required: true,
        wrong,
        ..picker
    })
}

fn crumbs(found: &MemberView) -> Vec<(String, String)> {
    vec![
        ("/union".to_owned(), "工会组织".to_owned()),
        (format!("/union/{}", found.union_id), found.union_name.clone()),
        (format!("/union/{}/member", found.union_id), "会员".to_owned()),
        (member_href(&found.union_id, &found.member_id), found.name.clone()),
    ]
}

/// `POST /union/{id}/member/{member}/pass`: a code for the member, shown once.
pub async fn issue_pass(
    State(web): State<Web>,
    person: Person,
    Path((union, member)): Path<(String, String)>,
) -> Result<Response, Fault> {
    let pass = membership::issue_pass(&person.op, &web.app, &union, &member).await?;
    let found = membership::member(&person.op, &web.app, &union, &member).await?;
    page(&PassPage {
        frame: person.frame(&web, "本人查询码", Here::MemberRequest).await?,
        crumbs: crumbs(&found),
        name: found.name.clone(),
        code: pass.code.as_str().to_owned(),
        until: pass.until.to_minute(),
        back: member_href(&found.union_id, &found.member_id),
    })
}

/// What a form asks of one element: empty means unknown, in a correction unchanged.
pub(in crate::pages) fn field_of(element: &'static Element, value: String, is_correction: bool) -> Field {
    let empty = if is_correction { "不变" } else { "不填" };
    let options = |labels: Vec<String>| {
        let mut options = vec![(String::new(), empty.to_owned())];
        options.extend(labels.into_iter().map(|label| (label.clone(), label)));
        options
    };
    let name = element.name.as_str();
    let field = match element.value_type {
        ValueType::List => {
            let list = Dictionary::shipped().list_of(element);
            let labels = list.map(|list| list.current().map(|value| value.label.clone()).collect());
            Field::select(name, &element.zh, value, options(labels.unwrap_or_default()))
        }
        ValueType::Flag => Field::select(name, &element.zh, value, options(vec!["是".into(), "否".into()])),
        ValueType::PastDate | ValueType::Date => Field::text(name, &element.zh, value).kind("date"),
        ValueType::Phone => Field::text(name, &element.zh, value).kind("tel"),
        _ => Field::text(name, &element.zh, value),
    };
    let field = field.autocomplete("off");
    if is_correction {
        return field.optional();
    }
    let field = match element.value_type {
        ValueType::List | ValueType::Flag => field,
        _ => field.help(element.rule.clone()),
    };
    if typed::is_needed(element) {
        field
    } else {
        field.optional()
    }
}

/// What the form of joining asks beside the elements.
const JOINING: [&str; 4] = ["joined_on", "is_provisional", "from_outside", "asks_transfer"];

fn is_element(name: &str) -> bool {
    typed::elements().any(|element| element.name == name)
}

fn typed_values(form: &Posted) -> BTreeMap<String, String> {
    typed::elements()
        .filter_map(|element| Some((element.name.clone(), form.get(&element.name)?.to_owned())))
        .collect()
}

/// `GET /union/{id}/member/{member}/correct`.
pub async fn correct_form(
    State(web): State<Web>,
    person: Person,
    Path((union, member)): Path<(String, String)>,
) -> Result<Response, Fault> {
    person.op.may(Action::HandleMembership)?;
    let found = membership::member(&person.op, &web.app, &union, &member).await?;
    show_correct(&web, &person, &found, &Posted::default(), None).await
}

/// `POST /union/{id}/member/{member}/correct`.
pub async fn correct(
    State(web): State<Web>,
    person: Person,
    Path((union, member)): Path<(String, String)>,
    form: Posted,
) -> Result<Response, Fault> {
    person.op.may(Action::HandleMembership)?;
    let values = typed_values(&form);
    let words = form.text("words");
    let done = match form.only(|name| name == "words" || is_element(name)) {
        Ok(()) => membership::ask_correction(&person.op, &web.app, &union, &member, &values, &words).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(id) => Ok(asked(id)),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let found = membership::member(&person.op, &web.app, &union, &member).await?;
            let mut response = show_correct(&web, &person, &found, &form, Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

async fn show_correct(
    web: &Web,
    person: &Person,
    found: &MemberView,
    form: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let wrong = wrong_of(error);
    let barred = not_writable(&person.op, &web.app, Kind::Members).await?;
    let known: BTreeMap<&str, &str> = found
        .further
        .iter()
        .map(|(label, value)| (label.as_str(), value.as_str()))
        .collect();
    let mut fields: Vec<Field> = typed::elements()
        .map(|element| {
            let now = match element.name.as_str() {
                "name" => found.name.clone(),
                "id_no" => super::words(&found.id_no),
                "phone" => super::words(&found.phone),
                _ => known
                    .get(element.zh.as_str())
                    .map_or_else(|| "—".to_owned(), |value| (*value).to_owned()),
            };
            match barred.get(element.name.as_str()) {
                Some(who) => Field::text(&element.name, &element.zh, "").locked(now, who),
                None => field_of(element, form.text(&element.name), true).help(format!("现为 {now}")),
            }
        })
        .collect();
    fields.push(Field::of(Act::CorrectMember, "words", form.text("words")).wide());
    let fields: Vec<Field> = fields.into_iter().map(|field| field.errors(&wrong)).collect();
    let href = member_href(&found.union_id, &found.member_id);
    page(&AskPage {
        frame: person
            .frame(web, "更正资料", Here::MemberRequest)
            .await?
            .about(&found.name),
        about: format!("{} · {}", found.name, found.union_name),
        crumbs: crumbs(found),
        rule: "只填要更正的项，留空的不变。提交后先看新旧对照，由镇街以上工会确认后生效。".to_owned(),
        action: format!("{href}/correct"),
        hidden: Vec::new(),
        wrong: sentence(error, &fields, None),
        picker: None,
        fields,
        second: None,
        submit: "下一步：核对新旧",
        back: href,
    })
}

/// `GET /union/{id}/join`.
pub async fn join_form(
    State(web): State<Web>,
    person: Person,
    Path(union): Path<String>,
) -> Result<Response, Fault> {
    person.op.may(Action::HandleMembership)?;
    show_join(&web, &person, &union, &Posted::default(), None).await
}

/// `POST /union/{id}/join`.
pub async fn join(
    State(web): State<Web>,
    person: Person,
    Path(union): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    person.op.may(Action::HandleMembership)?;
    let typed = JoinForm {
        values: typed_values(&form),
        joined_on: form.text("joined_on"),
        is_provisional: form.get("is_provisional").is_some(),
        from_outside: form.text("from_outside"),
        asks_transfer: form.get("asks_transfer").is_some(),
    };
    let done = match form.only(|name| JOINING.contains(&name) || is_element(name)) {
        Ok(()) => membership::ask_join(&person.op, &web.app, &union, &typed).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(id) => Ok(asked(id)),
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            let mut response = show_join(&web, &person, &union, &form, Some(&error)).await?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

async fn show_join(
    web: &Web,
    person: &Person,
    union: &str,
    form: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let found = union_org::union_org(&person.op, &web.app, union).await?;
    found.expect_open()?;
    let wrong = wrong_of(error);
    let barred = not_writable(&person.op, &web.app, Kind::Members).await?;
    let today = person.op.today().to_string();
    let joined_on = form.get("joined_on").map_or(today, str::to_owned);
    let mut fields: Vec<Field> = typed::elements()
        .map(|element| match barred.get(element.name.as_str()) {
            Some(who) if !comes_with_record(Kind::Members, &element.name) => {
                Field::text(&element.name, &element.zh, "").locked("—", who)
            }
            _ => field_of(element, form.text(&element.name), false),
        })
        .collect();
    fields.push(Field::of(Act::AskJoin, "joined_on", joined_on).until(person.op.today()));
    fields.push(Field::of(Act::AskJoin, "from_outside", form.text("from_outside")));
    fields.push(Field::tick(
        Act::AskJoin,
        "is_provisional",
        form.get("is_provisional").is_some(),
    ));
    let fields: Vec<Field> = fields.into_iter().map(|field| field.errors(&wrong)).collect();
    // Who is a member elsewhere can be asked for from here: what was typed goes along, posted.
    let can_ask = error.is_some_and(|error| error.code == "MEM-411" && error.hint.is_some());
    page(&AskPage {
        frame: person.frame(web, "办理入会", Here::MemberRequest).await?.about(&found.name),
        about: found.name.clone(),
        crumbs: vec![
            ("/union".to_owned(), "工会组织".to_owned()),
            (format!("/union/{}", path_part(union)), found.name),
            (format!("/union/{}/member", path_part(union)), "会员".to_owned()),
        ],
        rule: "由本人申请、基层工会审核批准（《工会会员会籍管理办法》第五条）。性别、出生日期可不填，以证件号码为准；号码只显示一部分，加密保存。".to_owned(),
        action: format!("/union/{}/join", path_part(union)),
        hidden: Vec::new(),
        wrong: sentence(error, &fields, None),
        picker: None,
        fields,
        second: can_ask.then_some(("asks_transfer", "申请转入")),
        submit: "下一步：核对",
        back: format!("/union/{}/member", path_part(union)),
    })
}
