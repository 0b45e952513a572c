//! 我: whose token this is and what it opens.

use app::api_token::last_day;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::Answer;
use super::asked::Asked;
use super::endpoint::Endpoint;
use super::problem::Refusal;

/// 令牌和它的账号。
#[derive(Debug, Serialize, JsonSchema)]
struct Me {
    /// 登录名
    login: String,
    /// 角色代码
    role: String,
    /// 角色
    role_label: String,
    /// 工会名称，账号所属的；全市性的账号没有
    union_name: Option<String>,
    /// 令牌的名称
    token_name: String,
    /// 令牌的范围
    scopes: Vec<String>,
    /// 令牌最后一天
    #[schemars(extend("format" = "date"))]
    last_day: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/me", "getMe", "接口令牌", "我是谁")
            .about("令牌所属的账号、角色、数据范围和令牌范围。")
            .answers::<Me>(200)
            .run(me),
    ]
}

async fn me(asked: Asked) -> Result<Answer, Refusal> {
    let op = asked.op()?;
    let Some(who) = &asked.who else {
        return Ok(Answer::empty());
    };
    Answer::json(&Me {
        login: op.actor.login.clone(),
        role: op.role().code().to_owned(),
        role_label: op.role().label().to_owned(),
        union_name: who.account.union_name.clone(),
        token_name: who.token.name.clone(),
        scopes: who
            .token
            .scopes
            .iter()
            .map(|scope| scope.code().to_owned())
            .collect(),
        last_day: last_day(&who.token).to_string(),
    })
}
