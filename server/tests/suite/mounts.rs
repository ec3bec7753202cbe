use std::fs;

use reqwest::{Response, StatusCode};
use tempfile::TempDir;

use crate::support::{Start, TestServer, send};

const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A page at the root, a package below it, and beside both a file that is nobody's business.
async fn site() -> (TestServer, TempDir) {
    let root = TempDir::new().expect("a directory");
    for (path, text) in [
        ("www/index.html", "the page"),
        ("www/app.js", "the script"),
        ("www/docs/index.html", "the docs"),
        ("www/login", "a file where an endpoint is"),
        ("www/session-wardens/index.js", "a neighbour of the package"),
        ("dist/index.js", "the package"),
        ("dist/package.wasm", "\0asm"),
        ("dist/sub/index.html", "below the package"),
        ("private.txt", "nobody's business"),
    ] {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }
    let mount =
        |url_path: &str, directory: &str| format!("{url_path}={}", root.path().join(directory).display());
    let flags = ["--mount", &mount("/", "www"), "--mount", &mount("/session-warden", "dist")];
    (Start::default().flags(flags).server().await, root)
}

async fn get(server: &TestServer, path: &str) -> Response {
    server.get(path).send().await.expect("an answer")
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().expect("text")).unwrap_or_default()
}

#[tokio::test]
async fn files_come_with_their_type_and_the_security_headers() {
    let (server, _root) = site().await;
    for (path, content_type, text) in [
        ("/", "text/html", "the page"),
        ("/index.html", "text/html", "the page"),
        ("/app.js?v=1", "text/javascript", "the script"),
        ("/docs/", "text/html", "the docs"),
        ("/session-warden/index.js", "text/javascript", "the package"),
        ("/session-wardens/index.js", "text/javascript", "a neighbour of the package"),
        ("/session-warden/package.wasm", "application/wasm", "\0asm"),
    ] {
        let response = get(&server, path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&response, "content-type"), content_type, "{path}");
        assert_eq!(header(&response, "content-security-policy"), POLICY);
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(header(&response, "referrer-policy"), "no-referrer");
        assert_eq!(header(&response, "cache-control"), "no-cache");
        assert_eq!(response.text().await.expect("a body"), text, "{path}");
    }
}

#[tokio::test]
async fn a_directory_without_its_slash_is_sent_to_the_right_place() {
    let (server, _root) = site().await;
    for (path, target) in [
        ("/docs", "/docs/"),
        ("/session-warden", "/session-warden/"),
        ("/session-warden/sub", "/session-warden/sub/"),
    ] {
        let response = get(&server, path).await;
        assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT, "{path}");
        assert_eq!(header(&response, "location"), target);
        assert_eq!(header(&response, "content-security-policy"), POLICY);
    }
}

#[tokio::test]
async fn the_api_wins_over_files() {
    let (server, _root) = site().await;
    assert_eq!(send(server.get("/login")).await.refusal(), (405, "method_not_allowed"));
    let health = send(server.get("/healthz")).await.with_status(StatusCode::OK);
    assert_eq!(health.header("cache-control"), "no-store");
}

#[tokio::test]
async fn what_is_not_there_is_answered_in_json() {
    let (server, _root) = site().await;
    for path in ["/none.html", "/session-warden/", "/session-warden/none.js"] {
        assert_eq!(send(server.get(path)).await.refusal(), (404, "not_found"), "{path}");
    }
    assert_eq!(send(server.post("/app.js")).await.refusal(), (404, "not_found"));
}

#[tokio::test]
async fn nothing_outside_the_directory_is_served() {
    let (server, _root) = site().await;
    for path in ["/%2e%2e/private.txt", "/..%2fprivate.txt", "/session-warden/%2e%2e/%2e%2e/private.txt"] {
        assert_eq!(send(server.get(path)).await.refusal(), (404, "not_found"), "{path}");
    }
}
