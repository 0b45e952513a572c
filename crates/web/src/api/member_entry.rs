//! 入会 and 更正资料: a person's data come in the body alone, are read as a form of people is, and are never answered.

use app::intake::typed;
use app::membership::{self, JoinForm};
use domain::api_token::TokenScope;
use domain::dictionary::Act;

use super::answer::Answer;
use super::asked::Asked;
use super::elements;
use super::endpoint::Endpoint;
use super::member_request::{RequestMade, made};
use super::membership::member_id;
use super::problem::Refusal;
use super::shape::Param;
use super::union_org::union_id;

pub fn endpoints() -> Vec<Endpoint> {
    let tag = "会员";
    let needed = |param: Param, is_needed: bool| if is_needed { param.required() } else { param };
    let person = typed::elements().map(|element| {
        let param = elements::field(element, false);
        needed(param, typed::is_needed(element))
    });
    vec![
        Endpoint::post("/unions/{union_id}/joins", "askJoin", tag, "申请入会")
            .about(
                "个人信息放在请求体里，不进地址、日志和答复。已是别家会员的以 409（MEM-411）说明，asks_transfer=true 时改为申请接转。\
                 提出后由有权确认的人答复。",
            )
            .needs(TokenScope::MemberWrite)
            .at(union_id())
            .fields(elements::body(Act::AskJoin))
            .fields_more(person)
            .answers::<RequestMade>(201)
            .run(join),
        Endpoint::post(
            "/unions/{union_id}/members/{member_id}/corrections",
            "askCorrection",
            tag,
            "申请更正资料",
        )
        .about("写上要更正的数据元，不写的不变。个人信息放在请求体里，不进地址、日志和答复。提出后由有权确认的人答复。")
        .needs(TokenScope::MemberWrite)
        .at(union_id())
        .at(member_id())
        .fields(elements::body(Act::CorrectMember))
        .fields_more(typed::elements().map(|element| elements::field(element, false)))
        .answers::<RequestMade>(201)
        .run(correct),
    ]
}

async fn join(asked: Asked) -> Result<Answer, Refusal> {
    let form = JoinForm {
        values: asked.typed(typed::elements()),
        joined_on: asked.words("joined_on"),
        is_provisional: asked.flag("is_provisional") == Some(true),
        from_outside: asked.words("from_outside"),
        asks_transfer: asked.flag("asks_transfer") == Some(true),
    };
    let id = membership::ask_join(asked.op()?, &asked.web.app, &asked.words("union_id"), &form).await?;
    made(id)
}

async fn correct(asked: Asked) -> Result<Answer, Refusal> {
    let values = asked.typed(typed::elements());
    let (union_id, member_id) = (asked.words("union_id"), asked.words("member_id"));
    let words = asked.words("words");
    let (op, app) = (asked.op()?, &asked.web.app);
    let id = membership::ask_correction(op, app, &union_id, &member_id, &values, &words).await?;
    made(id)
}
