use reqwest::header::{ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN};

use crate::support::{Start, send};

const PAGE: &str = "http://localhost:5173";

#[tokio::test]
async fn a_listed_origin_may_call_and_no_other() {
    let server = Start::default().flags(["--allow-origin", PAGE]).server().await;
    let preflight = |origin| {
        let request = server.request("OPTIONS", "/refresh").header(ORIGIN, origin);
        request
            .header(ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(ACCESS_CONTROL_REQUEST_HEADERS, "authorization,content-type")
    };
    let allowed = send(preflight(PAGE)).await;
    assert_eq!(allowed.header("access-control-allow-origin"), PAGE);
    assert_eq!(allowed.header("access-control-allow-headers"), "authorization,content-type");
    assert!(allowed.header("access-control-allow-methods").contains("POST"));

    // An answer that the page cannot read is no answer: refusals need the header too.
    let refused = send(server.get("/me").header(ORIGIN, PAGE)).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("access-control-allow-origin"), PAGE);
    assert!(refused.header("access-control-expose-headers").contains("www-authenticate"));

    for stranger in ["http://localhost:5174", "https://localhost:5173", "null"] {
        for request in [preflight(stranger), server.get("/me").header(ORIGIN, stranger)] {
            let answer = send(request).await;
            assert!(!answer.headers.contains_key("access-control-allow-origin"), "{answer:?}");
        }
    }
}

#[tokio::test]
async fn without_a_list_no_origin_may() {
    let server = Start::default().server().await;
    let answer = send(server.get("/me").header(ORIGIN, PAGE)).await;
    assert!(!answer.headers.contains_key("access-control-allow-origin"), "{answer:?}");
}
