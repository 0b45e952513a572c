//! The built frontend inside the binary: names with a hash of the content, so browsers may keep them for ever.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../frontend/dist"]
#[allow_missing = true]
struct Dist;

/// The mark (工) in the tab of the browser; small enough to live here.
const MARK: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#b3261e"/><path d="M8 9h16M16 9v14M6 23h20" stroke="#fff" stroke-width="3" stroke-linecap="round" fill="none"/></svg>"##;

fn read_manifest() -> BTreeMap<String, String> {
    Dist::get("manifest.json")
        .and_then(|file| serde_json::from_slice(&file.data).ok())
        .unwrap_or_default()
}

/// The file behind a plain name. Development builds read dist/ from the disk, where it may be built anew at any time.
fn built(name: &str) -> Option<String> {
    static MANIFEST: OnceLock<BTreeMap<String, String>> = OnceLock::new();
    if cfg!(debug_assertions) {
        read_manifest().get(name).cloned()
    } else {
        MANIFEST.get_or_init(read_manifest).get(name).cloned()
    }
}

/// Whether the frontend was built before the binary; `serve` says which command is missing when it was not.
pub fn is_built() -> bool {
    built("app.css").is_some()
}

/// The address of a built file by its plain name (`app.css`); `None` when the frontend has not been built.
pub fn asset(name: &str) -> Option<String> {
    built(name).map(|file| format!("/static/{file}"))
}

/// One icon of the sprite, hidden from screen readers because a word always stands beside it.
pub fn icon(name: &str) -> String {
    match asset("icons.svg") {
        Some(sprite) => {
            format!(r##"<svg class="icon" aria-hidden="true"><use href="{sprite}#{name}"></use></svg>"##)
        }
        None => String::new(),
    }
}

/// `GET /static/{file}`.
pub async fn serve(Path(file): Path<String>) -> Response {
    const FOR_EVER: &str = "public, max-age=31536000, immutable";
    if file == "mark.svg" {
        return (
            [
                (header::CONTENT_TYPE, "image/svg+xml"),
                (header::CACHE_CONTROL, "public, max-age=86400"),
            ],
            MARK,
        )
            .into_response();
    }
    match Dist::get(&file) {
        Some(found) => {
            let kind = found.metadata.mimetype().to_owned();
            (
                [
                    (header::CONTENT_TYPE, kind),
                    (header::CACHE_CONTROL, FOR_EVER.to_owned()),
                ],
                found.data.into_owned(),
            )
                .into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
