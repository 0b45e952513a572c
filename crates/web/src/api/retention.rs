//! 到期匿名化: whose time is over. What is somebody's own is taken away by people.

use app::membership::{self, DueView};
use domain::api_token::TokenScope;
use schemars::JsonSchema;
use serde::Serialize;

use super::answer::{Answer, Page};
use super::asked::{Asked, paging};
use super::endpoint::Endpoint;
use super::problem::Refusal;

/// 保存期限已满的会籍。
#[derive(Debug, Serialize, JsonSchema)]
struct MembershipDue {
    /// 会员标识
    member_id: String,
    /// 会籍怎样终止的
    state_label: String,
    /// 终止的日期
    #[schemars(extend("format" = "date"))]
    ended_on: Option<String>,
    /// 最后所在工会的标识
    union_id: String,
    /// 最后所在工会的名称
    union_name: String,
}

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/memberships-due",
            "listMembershipsDue",
            "会员",
            "到期应匿名化的会籍",
        )
        .about("什么都不改。匿名化不能恢复，由人在控制台核对名单后进行。")
        .needs(TokenScope::MemberWrite)
        .query(paging())
        .answers::<Page<MembershipDue>>(200)
        .run(list),
    ]
}

async fn list(asked: Asked) -> Result<Answer, Refusal> {
    let turn = asked.turn()?;
    let found = membership::due(asked.op()?, &asked.web.app, "", turn.page, turn.size).await?;
    asked.turned(turn, (found.rows, found.total), due_of)
}

fn due_of(view: DueView) -> MembershipDue {
    MembershipDue {
        member_id: view.member_id,
        state_label: view.state.to_owned(),
        ended_on: view.ended_on.map(|day| day.to_string()),
        union_id: view.union_id,
        union_name: view.union_name,
    }
}
