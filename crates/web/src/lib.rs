//! Floor 4: pages over HTTP: a page is a folder with handler, view, template.
//!
//! `router` holds the whole URL map. A handler parses, calls one use case of `app`, and fills a view; what a page looks
//! like is in its template. Everything works by plain GET and POST; scripts only sharpen.

pub mod api;
mod http;
pub mod pages;
mod router;
pub mod ui;

#[cfg(test)]
mod gallery;

pub use http::{TrustedProxy, Web, WebConfig};
pub use router::router;
