//! The whole URL map, in one place.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::request_id::{PropagateRequestIdLayer, SetRequestIdLayer};

use crate::api;
use crate::http::{CountedIds, Web, caught, clear_shown, read_out, readable, secure, show_faults};
use crate::pages::{
    account, api as api_page, api_token, approval, consent, contact, delegation, dictionary, element_right,
    employer, exchange, home, identity, intake, job, journal, list_item, lost, membership, myself, quality,
    rule, run, search, second_factor, security, session, sign_in, union_org, zone,
};
use crate::ui::serve_asset;

/// The console. Building it also teaches the job queue to import files and to run the main job.
pub fn router(web: Web) -> Router {
    intake::register(&web.app);
    run::register(&web.app);
    quality::register(&web.app);
    membership::register(&web.app);
    membership::register_anonymise(&web.app);
    exchange::register(&web.app);
    app::search::register(&web.app);
    app::keys::rotation::register(&web.app);
    let pages = Router::new()
        .route("/", get(home::home))
        .route("/sign-in", get(sign_in::sign_in_form).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/password", get(sign_in::password_form).post(sign_in::password))
        .route("/sign-in/code", get(sign_in::code_form).post(sign_in::code))
        .route("/sign-in/provider", get(identity::depart))
        .route(app::identity::RETURN_PATH, get(identity::arrive))
        .route("/identity", get(identity::own))
        .route("/identity/bind", post(identity::bind))
        .route("/identity/unbind", post(identity::unbind))
        .route("/search", get(search::search).post(search::search_all))
        // One's own account: the second factor, devices, acting for others.
        .route("/second-factor", get(second_factor::second_factor))
        .route("/second-factor/start", post(second_factor::start))
        .route("/second-factor/confirm", post(second_factor::confirm))
        .route("/second-factor/codes", post(second_factor::codes))
        .route("/second-factor/remove", post(second_factor::remove))
        .route("/session", get(session::list))
        .route("/session/end-others", post(session::end_others))
        .route("/session/{id}/end", post(session::end))
        .route("/delegation", get(delegation::list).post(delegation::give))
        .route("/delegation/oneself", post(delegation::oneself))
        .route("/delegation/{id}/act", post(delegation::act))
        .route("/delegation/{id}/withdraw", post(delegation::withdraw))
        // What one asks for and another approves.
        .route("/approval", get(approval::list))
        .route("/approval/{id}/decide", post(approval::decide))
        // The three lists and their items.
        .route("/mine", get(list_item::mine))
        .route("/worklist/bulk", post(list_item::bulk_preview))
        .route("/worklist/bulk/confirm", post(list_item::bulk_confirm))
        .route("/worklist/{kind}", get(list_item::list))
        .route(
            "/worklist/{kind}/export",
            get(list_item::export).post(list_item::ask_export),
        )
        .route("/saved-view", post(list_item::save_view))
        .route("/saved-view/{id}/delete", post(list_item::forget_view))
        .route("/item/{number}", get(list_item::item))
        .route("/item/{number}/act", post(list_item::act))
        .route("/item/{number}/verdict", post(list_item::verdict))
        .route("/item/{number}/contact", post(list_item::contact))
        .route(
            "/item/{number}/found",
            get(list_item::found_form).post(list_item::found),
        )
        // The registers.
        .route("/union", get(union_org::list))
        .route("/union/tree", get(union_org::tree::tree))
        .route("/union/{id}/branch", get(union_org::tree::branch))
        .route("/union/left", get(union_org::left::list))
        .route("/union/as-of", get(union_org::as_of::show))
        .route("/union/as-of/file", get(union_org::as_of::file))
        .route("/union/choose", get(union_org::change::choose))
        .route("/zone", get(zone::list))
        .route("/zone/news", get(zone::news).post(zone::read))
        .route("/zone/as-of", get(zone::as_of::list))
        .route("/zone/{id}/as-of", get(zone::as_of::one))
        .route("/zone/{id}", get(zone::show).post(zone::save))
        .route("/zone/{id}/assign", post(zone::hand_over))
        .route("/zone/{id}/end", post(zone::end))
        .route("/union/{id}/zone", get(zone::town).post(zone::make))
        .route("/union/{id}/zone/assign", post(zone::fill))
        .route("/term", get(union_org::term::list))
        .route(
            "/union/{id}/term",
            get(union_org::term::committees).post(union_org::term::register),
        )
        .route("/union/{id}/officer", post(union_org::term::enter))
        .route("/union/{id}/officer/{officer}/end", post(union_org::term::leave))
        .route("/union/{id}/reminder", post(union_org::term::read))
        .route("/legal-person", get(union_org::legal::list))
        .route(
            "/union/{id}/legal",
            get(union_org::legal::show).post(union_org::legal::register),
        )
        .route("/union/{id}/legal/reminder", post(union_org::legal::read))
        .route(
            "/union/{id}/name",
            get(union_org::name::show).post(union_org::name::hang),
        )
        .route("/union/{id}/name/{plate}/end", post(union_org::name::take_down))
        .route(
            "/union/{id}/cover",
            get(union_org::cover::show).post(union_org::cover::add),
        )
        .route("/union/{id}/cover/end", post(union_org::cover::end))
        .route("/union/{id}/cover/correct", post(union_org::cover::correct))
        .route(
            "/union/{id}/edit",
            get(union_org::edit::form).post(union_org::edit::post),
        )
        .route("/union/{id}", get(union_org::union_org))
        .route("/union/{id}/contact", post(contact::of::<contact::Unions>))
        .route(
            "/union/{id}/change/{what}",
            get(union_org::change::form).post(union_org::change::post),
        )
        .route(
            "/union/{id}/change/{what}/approval",
            post(union_org::change::ask_approval),
        )
        .route("/union/{id}/member", get(membership::list))
        .route("/union/{id}/member/{member}", get(membership::member))
        .route("/union/{id}/member/{member}/reveal", post(membership::reveal))
        .route(
            "/union/{id}/join",
            get(membership::join_form).post(membership::join),
        )
        .route(
            "/union/{id}/member/{member}/change",
            get(membership::change_form).post(membership::change),
        )
        .route(
            "/union/{id}/member/{member}/correct",
            get(membership::correct_form).post(membership::correct),
        )
        .route("/union/{id}/member/{member}/consent", post(consent::record))
        .route("/notice", get(consent::notices).post(consent::publish))
        .route("/union/{id}/member/{member}/pass", post(membership::issue_pass))
        // What members themselves see, with a code from their union.
        .route("/me", get(myself::door).post(myself::own))
        .route("/me/correct", post(myself::correct))
        .route("/me/consent", post(myself::consent))
        .route("/me/copy", post(myself::copy))
        .route("/me/close", post(myself::close))
        .route("/member/request", get(membership::requests))
        .route(
            "/member/request/{id}",
            get(membership::request).post(membership::answer),
        )
        .route("/member/duplicate", get(membership::duplicates))
        .route(
            "/member/duplicate/{left}/{right}",
            get(membership::pair).post(membership::merge),
        )
        .route(
            "/member/suggestion",
            get(membership::suggestions).post(membership::find_suggestions),
        )
        .route("/member/suggestion/{member}", post(membership::respond))
        .route(
            "/member/retention",
            get(membership::retention).post(membership::anonymise),
        )
        .route("/member/retention/approval", post(membership::ask_anonymise))
        .route("/member/retention/{id}/report", get(membership::report))
        .route("/member/retention/hold", post(membership::hold))
        .route("/member/retention/hold/{id}/release", post(membership::release))
        .route("/member/closing", get(membership::closings))
        .route("/member/closing/{id}", post(membership::answer_closing))
        .route("/member/merge/{id}/undo", post(membership::part))
        .route("/member", get(membership::find_form).post(membership::find))
        .route("/export/{kind}", get(exchange::form).post(exchange::ask))
        .route("/export/{kind}/approval", post(exchange::ask_approval))
        .route("/download", get(exchange::list))
        .route("/download/{number}", get(exchange::download))
        .route("/employer", get(employer::list))
        .route("/employer/{id}", get(employer::employer))
        .route("/employer/{id}/contact", post(contact::of::<contact::Employers>))
        // Data in, comparison, rules.
        .route(
            "/intake",
            get(intake::list)
                .post(intake::upload)
                .layer(DefaultBodyLimit::disable()),
        )
        .route(
            "/intake/check",
            post(intake::upload_to_check).layer(DefaultBodyLimit::disable()),
        )
        .route("/intake/check/{number}", get(intake::check))
        .route("/intake/check/{number}/rows", get(intake::check_rows))
        .route("/intake/check/{number}/import", post(intake::import_checked))
        .route("/intake/check/{number}/approval", post(intake::ask_import))
        .route("/intake/check/{number}/drop", post(intake::drop_check))
        .route("/intake/{number}", get(intake::batch))
        .route("/intake/{number}/undo/approval", post(intake::ask_undo))
        .route("/intake/{number}/rejects", get(intake::rejects))
        .route(
            "/intake/{number}/undo",
            get(intake::undo_outlook).post(intake::undo),
        )
        .route("/quality", get(quality::list).post(quality::start))
        .route("/quality/union", get(quality::ranking))
        .route("/quality/{check}", get(quality::fault))
        .route("/dictionary", get(dictionary::list))
        .route("/dictionary/list/{name}", get(dictionary::code_list))
        .route("/dictionary/template/{kind}", get(dictionary::template))
        .route("/job", get(job::list))
        .route("/job/{id}", get(job::job))
        .route("/job/{id}/progress", get(job::progress_part))
        .route("/job/{id}/cancel", post(job::cancel))
        .route("/job/{id}/events", get(job::progress_events))
        .route("/run", get(run::list).post(run::start))
        .route("/run/{number}", get(run::run))
        .route("/rule", get(rule::list))
        .route("/rule/{id}", get(rule::rule))
        // Administration.
        .route("/account", get(account::list).post(account::create))
        .route("/account/new", get(account::create_form))
        .route("/account/matrix", get(account::matrix))
        .route("/account/union", get(account::unions))
        .route("/account/{id}", get(account::account))
        .route("/account/{id}/edit", get(account::edit_form).post(account::edit))
        .route("/account/{id}/reset", post(account::reset))
        .route("/account/{id}/identity", post(account::bind))
        .route("/account/{id}/session/{session}", post(account::end_session))
        .route("/account/{id}/{what}", post(account::change))
        .route("/element-right", get(element_right::matrix))
        .route("/element-right/table", get(element_right::table))
        .route(
            "/element-right/{kind}/{element}",
            get(element_right::form).post(element_right::save),
        )
        .route("/security", get(security::form).post(security::save))
        .route("/journal", get(journal::journal))
        .route("/journal/anchor", get(journal::anchor))
        // For programs: their tokens and what they can ask for.
        .route("/token", get(api_token::list).post(api_token::make))
        .route("/token/{id}/withdraw", post(api_token::withdraw))
        .route("/api", get(api_page::api))
        .fallback(lost::nowhere)
        .layer(CatchPanicLayer::custom(caught))
        .layer(from_fn(clear_shown))
        .layer(from_fn(readable))
        .layer(CsrfLayer::new())
        .layer(from_fn_with_state(web.clone(), show_faults))
        .layer(CompressionLayer::new());
    let id = HeaderName::from_static("x-request-id");
    Router::new()
        .merge(pages)
        .nest(api::ROOT, api::routes())
        // The bare slash is in no nest.
        .route(&format!("{}/", api::ROOT), any(api::nowhere))
        .route("/static/{file}", get(serve_asset))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .layer(from_fn_with_state(web.clone(), secure))
        .layer(from_fn(read_out))
        .layer(PropagateRequestIdLayer::new(id.clone()))
        .layer(SetRequestIdLayer::new(id, CountedIds))
        .with_state(web)
}

/// Whether the store answers: what a balancer asks before it sends people here.
async fn ready(axum::extract::State(web): axum::extract::State<Web>) -> (StatusCode, &'static str) {
    match web.app.store.read().await {
        Ok(_) => (StatusCode::OK, "ready"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "store does not answer"),
    }
}
