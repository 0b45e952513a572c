//! `gonghui token`: tokens for programs, made by whoever has the server.

use anyhow::Result;
use app::accounts::account_by_login;
use app::api_token::{TokenForm, last_day, make_token, tokens, withdraw_token};
use app::error::AppError;

use crate::args::{Args, TokenCommand};
use crate::printer::{Table, line, say};
use crate::wiring;

pub async fn run(args: &Args, what: &TokenCommand) -> Result<()> {
    let app = wiring::open(args).await?;
    let op = wiring::system(&app, "token");
    match what {
        TokenCommand::Make {
            account,
            name,
            scopes,
            days,
        } => {
            let owner = account_by_login(&op, &app, account).await?;
            let form = TokenForm {
                name: name.clone(),
                scopes: scopes.clone(),
                last_day: op.today().add_days(*days).to_string(),
            };
            let made = make_token(&op, &app, owner.id, "", form).await?;
            say(format!(
                "已为 {account} 新建接口令牌“{}”，有效至 {}；只显示这一次，请妥善保管",
                made.token.name,
                last_day(&made.token)
            ));
            line(&made.secret)
        }
        TokenCommand::List { account, format } => {
            let owner = account_by_login(&op, &app, account).await?;
            let now = op.now();
            let mut table = Table::new(["id", "name", "scopes", "tail", "last_day", "used_at", "state"]);
            for token in tokens(&op, &app, owner.id).await? {
                let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.code()).collect();
                let state = match token.withdrawn_at {
                    Some(_) => "withdrawn",
                    None if token.is_valid(now) => "valid",
                    None => "ended",
                };
                table.row([
                    token.id.to_string().as_str().into(),
                    token.name.as_str().into(),
                    scopes.join(" ").as_str().into(),
                    token.tail.as_str().into(),
                    last_day(&token).to_string().as_str().into(),
                    token
                        .used_at
                        .map(|at| at.to_string())
                        .unwrap_or_default()
                        .as_str()
                        .into(),
                    state.into(),
                ]);
            }
            table.print(*format)
        }
        TokenCommand::Withdraw { id } => {
            let id = id.parse().map_err(|_| AppError::no_token())?;
            let token = withdraw_token(&op, &app, id).await?;
            say(format!("已撤回接口令牌“{}”", token.name));
            Ok(())
        }
    }
}
