//! `gonghui serve`: the console, and the background jobs beside it.

mod identity;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::watch;
use web::TrustedProxy;

use crate::args::{Args, IdentityArgs};
use crate::printer::say;
use crate::wiring;

pub async fn run(
    args: &Args,
    listen: SocketAddr,
    behind_tls: bool,
    trusted: &[TrustedProxy],
    api_limit: Option<u32>,
    provider: &IdentityArgs,
) -> Result<()> {
    let provider = identity::provider(provider)?;
    let mut app = wiring::open(args).await?;
    app.identity_provider = provider.map(Arc::new);
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("{listen} 无法监听，端口可能已被占用；请换一个端口：gonghui serve --listen 127.0.0.1:端口")
    })?;
    let (stop, stopped) = watch::channel(false);
    let jobs = tokio::spawn(app::job::run(app.clone(), until(stopped.clone())));
    let keys = tokio::spawn(app::keys::rotation::watch(app.clone(), until(stopped.clone())));
    let is_gateway_unknown = behind_tls && trusted.is_empty();
    let config = web::WebConfig {
        is_https: behind_tls,
        trusted_proxies: match is_gateway_unknown {
            true => TrustedProxy::loopback().to_vec(),
            false => trusted.to_vec(),
        },
        api_per_minute: api_limit,
    };
    let router = web::router(web::Web::new(app.clone(), config));
    let address = listener.local_addr()?;
    say(format!("数字工会控制台：http://{address}/"));
    if let Some(provider) = &app.identity_provider {
        match provider.look(app.now()).await {
            Ok(()) => say(format!("统一身份认证：{}", provider.issuer())),
            Err(error) => say(format!(
                "统一身份认证 {} 现在不能使用：{}；密码登录不受影响，恢复后自动可用。",
                provider.issuer(),
                error.message
            )),
        }
    }
    if behind_tls {
        say("登录只经 https 有效：请由反向代理提供 https 并转发到上面的地址。");
        if is_gateway_unknown && !address.ip().is_loopback() {
            say(
                "反向代理不在本机时，请用 --trusted-proxy 写明它的地址；否则登录记录里都是它的地址，一人输错多次会让所有人等待。",
            );
        }
    } else if !address.ip().is_loopback() {
        say(
            "正在非本机地址上以 http 服务，口令和号码会以明文传输；请改由反向代理提供 https，并加 --behind-tls。",
        );
    }
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(until(stopped));
    tokio::select! {
        ended = served => ended?,
        () = asked_to_stop() => {
            say("正在停止，等待未完成的请求…");
            let _ = stop.send(true);
        }
    }
    let _ = stop.send(true);
    keys.await?;
    if !jobs.await?? {
        tracing::info!("another process does the background jobs");
    }
    app.store.close().await;
    Ok(())
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // A closed channel means that the server is gone: stop as well.
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = interrupt.await;
        }
    }
}
