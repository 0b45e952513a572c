//! 变更工会登记信息: the dictionary's elements, each as it should be from now on; what is not named stays.

use app::union_org::edit::{self, EditForm, may_be_empty};
use domain::api_token::TokenScope;
use domain::dictionary::Act;

use super::answer::Answer;
use super::asked::Asked;
use super::elements;
use super::endpoint::Endpoint;
use super::problem::Refusal;
use super::union_org::{Union, one, union_id};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::patch("/unions/{union_id}", "editUnion", "工会组织", "变更登记信息")
            .about(
                "数据元写上新的值，不写的不变，null 清空。委员会、法人资格、牌子、上级和产业隶属另有各自的操作。\
                 人工变更过的项，以后导入的文件不再改。If-Match 带上读到的 ETag，别人先改了的得到 412。答复变更后的工会。",
            )
            .needs(TokenScope::UnionWrite)
            .at(union_id())
            .if_match()
            .fields(elements::body(Act::EditUnion))
            .fields_more(edit::elements().map(|element| elements::field(element, may_be_empty(element))))
            .answers::<Union>(200)
            .etag()
            .run(run),
    ]
}

async fn run(asked: Asked) -> Result<Answer, Refusal> {
    let form = EditForm {
        values: asked.typed(edit::elements()),
        effective_on: asked.words("effective_on"),
        document_no: asked.words("document_no"),
        reason: asked.words("reason"),
        version: asked.version,
    };
    edit::edit(asked.op()?, &asked.web.app, &asked.words("union_id"), &form)
        .await
        .map_err(|error| Refusal::stale(error, "UNI-413", asked.version))?;
    one(asked).await
}
