//! Headers that keep answers out of caches and pages to themselves.

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

/// Scripts, styles and calls of the page's own origin; WebAssembly; nothing else, and in nobody's frame.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// An answer of the API is nothing to look at: whoever opens it as a page gets an inert one.
const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";

/// For what the API says: tokens lie in no cache.
pub(crate) async fn for_api(mut response: Response) -> Response {
    set(
        response.headers_mut(),
        [
            (CACHE_CONTROL, "no-store"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (CONTENT_SECURITY_POLICY, API_POLICY),
        ],
    );
    response
}

/// For files: asked after at every use, so that a new build shows at once.
pub(crate) fn for_files(mut response: Response) -> Response {
    set(
        response.headers_mut(),
        [
            (CACHE_CONTROL, "no-cache"),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (CONTENT_SECURITY_POLICY, PAGE_POLICY),
        ],
    );
    response
}

fn set<const N: usize>(headers: &mut HeaderMap, values: [(HeaderName, &'static str); N]) {
    for (name, value) in values {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
