//! 工会法人资格: unions by how they stand, one union's registration, its next step.

use app::union_org::legal::{
    self, CertificateView, LegalEvent, LegalForm, LegalLine, LegalState, LegalStep, LegalView,
};
use codes::time::Day;
use domain::api_token::TokenScope;
use domain::dictionary::Act;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging};
use super::elements;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::shape::{Param, Shape};
use super::union_org::union_id;
use super::union_term::near_of;

/// 法人登记列表中的一家工会。
#[derive(Debug, Serialize, JsonSchema)]
struct LegalOfUnion {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 工会统一社会信用代码
    union_code: Option<String>,
    /// 法人资格代码；没有登记时为 null
    state: Option<String>,
    /// 法人资格
    state_label: Option<String>,
    /// 证书编号
    certificate_no: Option<String>,
    /// 有效期止，证书的
    #[schemars(extend("format" = "date"))]
    valid_to: Option<String>,
    /// 还有几天；已到期为负
    days_left: Option<i64>,
    /// 未阅的提醒数
    unread: i64,
}

/// 一家工会的法人资格。
#[derive(Debug, Serialize, JsonSchema)]
struct LegalPerson {
    /// 工会标识
    union_id: String,
    /// 工会名称
    union_name: String,
    /// 工会统一社会信用代码
    union_code: Option<String>,
    /// 法人资格代码；没有登记时为 null
    state: Option<String>,
    /// 法人资格
    state_label: Option<String>,
    /// 是否只是导入的文件这样说
    is_from_file: bool,
    /// 证书
    certificate: Option<LegalCertificate>,
    /// 不一致之处和该办的事
    hints: Vec<String>,
    /// 登记的条件是否具备；有证书时不列
    conditions: Vec<LegalCondition>,
    /// 现在可以办理的事项
    next: Vec<LegalNext>,
    /// 办理经过
    events: Vec<LegalHistory>,
    /// 未阅的提醒数
    unread: i64,
}

/// 法人资格证书。
#[derive(Debug, Serialize, JsonSchema)]
struct LegalCertificate {
    /// 证书编号
    number: String,
    /// 法定代表人，已脱敏
    legal_rep: String,
    /// 住所
    premises: Option<String>,
    /// 有效期起
    #[schemars(extend("format" = "date"))]
    valid_from: String,
    /// 有效期止
    #[schemars(extend("format" = "date"))]
    valid_to: String,
    /// 远近代码：overdue、soon、ahead、far；已不在有效期管理之列时为 null
    near: Option<String>,
}

/// 一项登记条件。
#[derive(Debug, Serialize, JsonSchema)]
struct LegalCondition {
    /// 条件
    label: String,
    /// 出自哪一条
    article: String,
    /// 是否具备
    is_held: bool,
    /// 已知的情况，或该办的事
    words: String,
}

/// 可以办理的一项。
#[derive(Debug, Serialize, JsonSchema)]
struct LegalNext {
    /// 代码，即 step 的值
    step: String,
    /// 名称
    label: String,
    /// 是否要写证书编号
    takes_number: bool,
    /// 是否要写有效期
    takes_span: bool,
    /// 是否要写工会代码
    takes_code: bool,
    /// 是否写住所
    takes_premises: bool,
    /// 是否必须写说明
    needs_words: bool,
}

/// 办理经过的一条。
#[derive(Debug, Serialize, JsonSchema)]
struct LegalHistory {
    /// 事项代码
    step: String,
    /// 事项
    step_label: String,
    /// 日期
    #[schemars(extend("format" = "date"))]
    happened_on: String,
    /// 之后的法人资格代码
    state: String,
    /// 证书编号
    certificate_no: Option<String>,
    /// 有效期止
    #[schemars(extend("format" = "date"))]
    valid_to: Option<String>,
    /// 批复文号
    document_no: Option<String>,
    /// 说明
    words: Option<String>,
    /// 经办人
    actor: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "法人登记";
    vec![
        Endpoint::get("/legal-persons", "listLegalPersons", tag, "法人登记列表")
            .about("证书先到期的在前。")
            .needs(TokenScope::UnionRead)
            .query([Param::new("kind", "哪一类；不写则列出全部在册工会", Shape::Choice(legal::KINDS.to_vec()))])
            .query(paging())
            .answers::<Page<LegalOfUnion>>(200)
            .run(list),
        Endpoint::get("/unions/{union_id}/legal-person", "getLegalPerson", tag, "一家工会的法人资格")
            .about("资格、证书、现在可以办理的事项，没有证书时还有登记的条件是否具备。")
            .needs(TokenScope::UnionRead)
            .at(union_id())
            .answers::<LegalPerson>(200)
            .run(one),
        Endpoint::post(
            "/unions/{union_id}/legal-person/steps",
            "takeLegalStep",
            tag,
            "办理法人登记",
        )
        .about("申请、核准发证、补录、变更、换领、补领、注销。现在不能办理的、缺少的项，以 422 逐项说明。答复办理后的法人资格。")
        .needs(TokenScope::UnionWrite)
        .at(union_id())
        .fields(elements::body(Act::LegalStep))
        .answers::<LegalPerson>(200)
        .run(step),
        Endpoint::post(
            "/unions/{union_id}/certificate-reminders/read",
            "readCertificateReminders",
            tag,
            "证书提醒标为已阅",
        )
        .about("答复这家工会的法人资格。")
        .needs(TokenScope::UnionWrite)
        .at(union_id())
        .answers::<LegalPerson>(200)
        .run(read),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let kind = asked.words("kind");
    let found = legal::legal_persons_after(asked.op()?, &asked.web.app, &kind, &asked.after()?).await?;
    asked.marked(found, line_of)
}

fn code_of(state: Option<LegalState>) -> Option<String> {
    state.map(|state| state.code().to_owned())
}

fn label_of(state: Option<LegalState>) -> Option<String> {
    state.map(|state| state.label().to_owned())
}

fn line_of(line: LegalLine) -> LegalOfUnion {
    LegalOfUnion {
        state: code_of(line.state),
        state_label: label_of(line.state),
        valid_to: line.end.map(|day| day.to_string()),
        days_left: line.days_left,
        union_id: line.union.union_id,
        union_name: line.union.name,
        union_code: line.union.union_code,
        certificate_no: line.union.certificate_no,
        unread: line.union.unread,
    }
}

async fn one(asked: Asked) -> Result<Answer, Refusal> {
    let found = legal::legal(asked.op()?, &asked.web.app, &asked.words("union_id")).await?;
    Answer::json(&person_of(found))
}

fn person_of(view: LegalView) -> LegalPerson {
    LegalPerson {
        state: code_of(view.state),
        state_label: label_of(view.state),
        is_from_file: view.is_from_file,
        certificate: view.certificate.map(certificate_of),
        conditions: view
            .conditions
            .into_iter()
            .map(|condition| LegalCondition {
                label: condition.label.to_owned(),
                article: condition.article.to_owned(),
                is_held: condition.is_held,
                words: condition.words,
            })
            .collect(),
        next: view.next.into_iter().map(next_of).collect(),
        events: view.events.into_iter().map(event_of).collect(),
        hints: view.hints,
        unread: view.unread,
        union_id: view.union_id,
        union_name: view.name,
        union_code: view.code,
    }
}

fn certificate_of(certificate: CertificateView) -> LegalCertificate {
    LegalCertificate {
        legal_rep: certificate.legal_rep.clone(),
        valid_from: certificate.valid_from.to_string(),
        valid_to: certificate.valid_to.to_string(),
        near: near_of(certificate.nearness),
        number: certificate.number,
        premises: certificate.premises,
    }
}

fn next_of(step: LegalStep) -> LegalNext {
    LegalNext {
        step: step.code().to_owned(),
        label: step.label().to_owned(),
        takes_number: step.has_number(),
        takes_span: step.has_certificate(),
        takes_code: step.has_code(),
        takes_premises: step.has_premises(),
        needs_words: step.needs_words(),
    }
}

fn event_of(event: LegalEvent) -> LegalHistory {
    LegalHistory {
        step_label: LegalStep::from_code(&event.step)
            .map_or("不明", LegalStep::label)
            .to_owned(),
        happened_on: Day::from(event.happened_on).to_string(),
        valid_to: event.valid_to.map(|day| Day::from(day).to_string()),
        step: event.step,
        state: event.state,
        certificate_no: event.certificate_no,
        document_no: event.document_no,
        words: event.words,
        actor: event.actor_name,
    }
}

async fn step(asked: Asked) -> Result<Answer, Refusal> {
    let form = LegalForm {
        step: asked.words("step"),
        on: asked.words("on"),
        code: asked.words("code"),
        number: asked.words("number"),
        legal_rep: asked.words("legal_rep"),
        premises: asked.words("premises"),
        valid_from: asked.words("valid_from"),
        valid_to: asked.words("valid_to"),
        document_no: asked.words("document_no"),
        words: asked.words("words"),
        has_funds: asked.flag("has_funds") == Some(true),
    };
    legal::register_legal(asked.op()?, &asked.web.app, &asked.words("union_id"), &form).await?;
    one(asked).await
}

async fn read(asked: Asked) -> Result<Answer, Refusal> {
    legal::read_certificate_reminders(asked.op()?, &asked.web.app, &asked.words("union_id")).await?;
    one(asked).await
}
