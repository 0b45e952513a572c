//! 法人登记: unions by the state of their legal personality, one union's registration and its next step.

use app::element_right::not_writable;
use app::error::{AppError, ErrorKind};
use app::union_org::legal::{
    self, LegalEvent, LegalForm, LegalLine, LegalList, LegalListParams, LegalState, LegalStep, LegalView,
};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use codes::time::Day;
use domain::dictionary::Act;
use domain::intake::Kind;
use domain::permission::Action;

use super::term::tone;
use crate::http::{Fault, Person, Posted, Web, go, page, told_above, wrong_of};
use crate::ui::{
    Cell, Empty, Field, Flash, Frame, Head, Here, Listing, Pager, Select, Table, Tone, UrlQuery, actor_words,
    number,
};

/// `GET /legal-person`: unions by the end of their certificate.
pub async fn list(
    State(web): State<Web>,
    person: Person,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let query = UrlQuery::read("/legal-person", &query.unwrap_or_default());
    let (at, size) = Pager::read(&query);
    let params = LegalListParams {
        kind: query.get("kind").unwrap_or_default().to_owned(),
        page: at,
        size,
    };
    let found = legal::legal_persons(&person.op, &web.app, &params).await?;
    let options = found.counts.iter();
    let options = options
        .map(|(kind, label, count)| ((*kind).to_owned(), format!("{label}（{}）", number(*count))))
        .collect();
    page(&Listing {
        frame: person.frame(&web, "法人登记", Here::LegalPerson).await?,
        crumbs: vec![("组织".to_owned(), None), ("法人登记".to_owned(), None)],
        summary: format!("{} 家", number(found.total)),
        path: "/legal-person".to_owned(),
        actions: Vec::new(),
        search: None,
        selects: vec![Select {
            name: "kind",
            label: "法人资格",
            any: "全部在册工会",
            value: params.kind.clone(),
            options,
        }],
        days: Vec::new(),
        table: table(&found, query.is_empty()),
        pager: Some(Pager::new(found.total, &query)),
    })
}

fn table(found: &LegalList, is_whole: bool) -> Table {
    let empty = if is_whole {
        Empty::new("登记库里还没有工会", "导入工会组织后会出现在这里。").next("/intake", "去导入数据")
    } else {
        Empty::no_match("/legal-person")
    };
    Table {
        heads: vec![
            Head::new("工会"),
            Head::new("法人资格"),
            Head::new("证书编号"),
            Head::new("法定代表人"),
            Head::new("有效期止"),
            Head::new("剩余"),
            Head::new("提醒"),
        ],
        rows: found.lines.iter().map(row_of).collect(),
        empty,
    }
}

fn row_of(line: &LegalLine) -> Vec<Cell> {
    let union = &line.union;
    let left = match (line.nearness, line.days_left) {
        (Some(nearness), Some(days)) => {
            let words = if days < 0 {
                format!("到期 {} 天", number(-days))
            } else {
                format!("还有 {} 天", number(days))
            };
            Cell::new(words).tone(tone(nearness))
        }
        _ => Cell::new(""),
    };
    let rep = Cell::new(union.legal_rep.clone().unwrap_or_default());
    vec![
        Cell::new(union.name.clone())
            .link(format!("/union/{}/legal", union.union_id))
            .code(union.union_code.as_ref().unwrap_or(&union.union_id).clone()),
        Cell::new(state_words(line.state)).tone(state_tone(line.state)),
        Cell::new(union.certificate_no.clone().unwrap_or_default()),
        if line.is_other_rep {
            rep.note("不是现任主席".to_owned())
        } else {
            rep
        },
        Cell::new(line.end.map(|end| end.to_string()).unwrap_or_default()),
        left,
        Cell::new(if union.unread > 0 { "未阅" } else { "" }),
    ]
}

fn state_words(state: Option<LegalState>) -> &'static str {
    match state {
        None => "没有登记",
        Some(LegalState::None) => "无",
        Some(LegalState::Granted) => "有法人资格",
        Some(LegalState::Expired) => "证书已到期",
        Some(LegalState::Cancelled) => "已注销",
        Some(LegalState::Applying) => "办理中",
    }
}

fn state_tone(state: Option<LegalState>) -> Tone {
    match state {
        Some(LegalState::Granted) => Tone::Green,
        Some(LegalState::Applying) => Tone::Blue,
        Some(LegalState::Expired) => Tone::Red,
        None | Some(LegalState::None | LegalState::Cancelled) => Tone::Grey,
    }
}

#[derive(Template)]
#[template(path = "union_org/legal.html")]
struct LegalPage {
    frame: Frame,
    union_id: String,
    name: String,
    state: String,
    tone: Tone,
    wrong: Option<String>,
    hints: Vec<String>,
    /// The latest certificate: label and value.
    facts: Vec<(String, String)>,
    end: Option<(String, Tone)>,
    /// Article 10: label, article, what is known, whether it is held in a word and a colour.
    conditions: Vec<(String, String, String, (&'static str, Tone))>,
    /// Steps to choose from: label, address, whether it is the one below.
    steps: Vec<(String, String, bool)>,
    /// The chosen step: code, label, fields.
    form: Option<StepForm>,
    /// Why the steps are not the reader's to take.
    barred: Option<String>,
    events: Vec<Step>,
    unread: i64,
}

struct StepForm {
    code: &'static str,
    label: &'static str,
    about: &'static str,
    fields: Vec<Field>,
}

/// One step on the trail.
struct Step {
    label: String,
    line: String,
    note: Option<String>,
}

/// `GET /union/{id}/legal?step=apply`.
pub async fn show(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Fault> {
    let chosen = Posted::read(&query.unwrap_or_default());
    draw(&web, &person, &id, &chosen, None).await
}

/// `POST /union/{id}/legal`: the step is carried out.
pub async fn register(
    State(web): State<Web>,
    person: Person,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Fault> {
    let typed = LegalForm {
        step: form.text("step"),
        on: form.text("on"),
        code: form.text("code"),
        number: form.text("number"),
        legal_rep: form.text("legal_rep"),
        premises: form.text("premises"),
        valid_from: form.text("valid_from"),
        valid_to: form.text("valid_to"),
        document_no: form.text("document_no"),
        words: form.text("words"),
        has_funds: form.get("has_funds").is_some(),
    };
    let label = LegalStep::from_code(&typed.step).map_or("办理", LegalStep::label);
    match legal::register_legal(&person.op, &web.app, &id, &typed).await {
        Ok(state) => {
            let words = format!("{label}已登记，法人资格：{}。", state_words(Some(state)));
            Ok(go(&format!("/union/{id}/legal"), Flash::good(words)))
        }
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Conflict) => {
            draw(&web, &person, &id, &form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /union/{id}/legal/reminder`: its reminders are read.
pub async fn read(State(web): State<Web>, person: Person, Path(id): Path<String>) -> Result<Response, Fault> {
    legal::read_certificate_reminders(&person.op, &web.app, &id).await?;
    let words = "已标为已阅。".to_owned();
    Ok(go("/legal-person?kind=unread", Flash::good(words)))
}

async fn draw(
    web: &Web,
    person: &Person,
    id: &str,
    typed: &Posted,
    error: Option<&AppError>,
) -> Result<Response, Fault> {
    let view = legal::legal(&person.op, &web.app, id).await?;
    let wrong = wrong_of(error);
    let may = person.can(Action::ChangeUnions);
    let all_barred = not_writable(&person.op, &web.app, Kind::Unions).await?;
    let barred = all_barred
        .get("legal_status")
        .filter(|_| may)
        .map(|who| format!("法人资格登记{who}"));
    let next: &[LegalStep] = if may && barred.is_none() { &view.next } else { &[] };
    let chosen = LegalStep::from_code(&typed.text("step"))
        .filter(|step| next.contains(step))
        .or_else(|| next.first().copied());
    let above = told_above(error, &["step"]);
    let mut response = page(&LegalPage {
        frame: person
            .frame(web, "法人资格登记", Here::UnionOrg)
            .await?
            .about(&view.name),
        state: state_words(view.state).to_owned(),
        tone: state_tone(view.state),
        wrong: above,
        hints: hints(&view),
        facts: facts(&view),
        end: view.certificate.as_ref().and_then(|one| {
            let nearness = one.nearness?;
            let words = match view.today.days_until(one.valid_to) {
                left if left < 0 => format!("已到期 {} 天", number(-left)),
                left => format!("还有 {} 天", number(left)),
            };
            Some((words, tone(nearness)))
        }),
        conditions: view
            .conditions
            .iter()
            .map(|one| {
                (
                    one.label.to_owned(),
                    one.article.to_owned(),
                    one.words.clone(),
                    match one.is_held {
                        true => ("符合", Tone::Green),
                        false => ("不符合", Tone::Red),
                    },
                )
            })
            .collect(),
        steps: next
            .iter()
            .map(|step| {
                let href = format!("/union/{}/legal?step={}#h-step", view.union_id, step.code());
                (step.label().to_owned(), href, Some(*step) == chosen)
            })
            .collect(),
        form: chosen.map(|step| step_form(step, &view, typed, error.is_some(), &wrong)),
        barred,
        events: view.events.iter().map(step_of).collect(),
        unread: if may { view.unread } else { 0 },
        union_id: view.union_id,
        name: view.name,
    })?;
    if let Some(error) = error {
        *response.status_mut() = match error.kind {
            ErrorKind::Conflict => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
    }
    Ok(response)
}

fn hints(view: &LegalView) -> Vec<String> {
    let from_file = "法人资格出自导入的文件，还没有在这里办理过。".to_owned();
    let mut hints = view.hints.clone();
    if view.is_from_file && hints.is_empty() {
        hints.push(from_file);
    }
    hints
}

fn facts(view: &LegalView) -> Vec<(String, String)> {
    let mut facts = vec![("统一社会信用代码", view.code.clone())];
    if let Some(one) = &view.certificate {
        facts.extend([
            ("证书编号", Some(one.number.clone())),
            ("法定代表人", Some(one.legal_rep.clone())),
            ("住所", one.premises.clone()),
            ("有效期", Some(format!("{} 至 {}", one.valid_from, one.valid_to))),
        ]);
    }
    facts.push(("本届届满", view.term_end.map(|end| end.to_string())));
    facts
        .into_iter()
        .map(|(label, value)| (label.to_owned(), value.unwrap_or_else(|| "—".to_owned())))
        .collect()
}

fn step_of(event: &LegalEvent) -> Step {
    let known = LegalStep::from_code(&event.step);
    let label = known.map_or_else(|| event.step.clone(), |step| step.label().to_owned());
    let span = event.valid_from.zip(event.valid_to);
    let told = [
        event
            .certificate_no
            .as_ref()
            .map(|number| format!("证书 {number}")),
        event.legal_rep.as_deref().map(|rep| format!("法定代表人 {rep}")),
        span.map(|(from, to)| format!("{} 至 {}", Day::from(from), Day::from(to))),
        event.document_no.clone(),
        event.words.clone(),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    Step {
        label,
        line: format!(
            "{} · {}",
            Day::from(event.happened_on),
            actor_words(&event.actor_name)
        ),
        note: (!told.is_empty()).then(|| told.join("；")),
    }
}

fn about(step: LegalStep) -> &'static str {
    match step {
        LegalStep::Apply => "登记后状态为办理中，登记管理机关答复后再登记核准或不予登记。",
        LegalStep::Grant => "按登记管理机关发的《工会法人资格证书》填写；法定代表人为现任主席。",
        LegalStep::Refuse => "登记管理机关不予登记的，写明理由；补正后可以再申请。",
        LegalStep::Record => "在使用本系统之前取得的证书，按证书原样补录；法定代表人按证书填写。",
        LegalStep::Change => {
            "名称、住所、法定代表人变更之日起 30 日内办理；法定代表人随现任主席。换了证书的填新编号。"
        }
        LegalStep::Renew => "证书期满前 30 日内或换届之后换领（《基层工会法人登记管理办法》第二十七条）。",
        LegalStep::Reissue => "证书遗失的，补领后填新编号，有效期不变。",
        LegalStep::Cancel => "注销后不再是法人；工会还在的可以重新申请。",
    }
}

fn step_form(
    step: LegalStep,
    view: &LegalView,
    typed: &Posted,
    is_back: bool,
    wrong: &[(String, String)],
) -> StepForm {
    // What was typed comes back; else what is known is filled in.
    let value = |name: &str, known: Option<String>| match is_back {
        true => typed.text(name),
        false => known.unwrap_or_default(),
    };
    let field =
        |name: &'static str, known: Option<String>| Field::of(Act::LegalStep, name, value(name, known));
    let mut fields = vec![field("on", Some(view.today.to_string())).until(view.today)];
    if step.has_code() {
        fields.push(field("code", view.code.clone()).needed());
    }
    if step.has_number() || step == LegalStep::Change {
        let number = field("number", None);
        fields.push(if step == LegalStep::Change {
            number
        } else {
            number.needed()
        });
    }
    if step == LegalStep::Record {
        let rep = field("legal_rep", None).needed();
        fields.push(match &view.chair {
            Some(chair) => rep.help(format!("按证书填写；现任主席为 {chair}，不同的会提示办理变更")),
            None => rep,
        });
    }
    if step.has_certificate() {
        fields.push(field("valid_from", None).needed());
        let term_end = view.term_end.filter(|end| *end > view.today);
        fields.push(field("valid_to", term_end.map(|end| end.to_string())).needed());
    }
    if step.has_premises() {
        let known = match step {
            LegalStep::Change => None,
            _ => view.address.clone(),
        };
        let premises = field("premises", known).wide();
        fields.push(match step {
            LegalStep::Apply => premises.needed(),
            LegalStep::Change => premises.help("不填则不变"),
            _ => premises,
        });
    }
    fields.push(field("document_no", None));
    let words = field("words", None).kind("textarea").wide();
    fields.push(if step.needs_words() { words.needed() } else { words });
    if step == LegalStep::Apply {
        let is_stated = typed.get("has_funds").is_some();
        fields.push(Field::tick(Act::LegalStep, "has_funds", is_stated));
    }
    StepForm {
        code: step.code(),
        label: step.label(),
        about: about(step),
        fields: fields.into_iter().map(|field| field.errors(wrong)).collect(),
    }
}
