use reqwest::StatusCode;
use serde_json::json;

use crate::support::{PASSWORD, TestServer, send};

#[tokio::test]
async fn a_user_has_a_list_of_their_own() {
    let server = TestServer::start().await;
    let ada = server.signed_up().await.access;
    let grace = server.register("grace@example.com", PASSWORD).await.tokens().access;

    let empty = send(server.get("/my-bookings").bearer_auth(&ada)).await.with_status(StatusCode::OK);
    let user = send(server.get("/me").bearer_auth(&ada)).await.body;
    assert_eq!(empty.body, json!({ "resource": "my-bookings", "user": user, "items": [] }));

    let booking = json!({ "title": " Opera " });
    let added = send(server.post("/my-bookings").bearer_auth(&ada).json(&booking))
        .await
        .with_status(StatusCode::CREATED);
    assert_eq!(added.body, json!({ "id": 1, "title": "Opera", "created_at": 1_800_000_000 }));

    let list = send(server.get("/my-bookings").bearer_auth(&ada)).await;
    assert_eq!(list.body["items"], json!([added.body]));
    let list = send(server.get("/my-bookings").bearer_auth(&grace)).await;
    assert_eq!(list.body["items"], json!([]));
}

#[tokio::test]
async fn nothing_without_a_token() {
    let server = TestServer::start().await;
    let basic = server.get("/my-bookings").basic_auth("ada", Some(PASSWORD));
    let adding = server.post("/my-bookings").json(&json!({ "title": "Opera" }));
    for request in [server.get("/my-bookings"), server.get("/me"), basic, adding] {
        let answer = send(request).await;
        assert_eq!(answer.refusal(), (401, "invalid_token"));
        assert_eq!(answer.header("www-authenticate"), "Bearer error=\"invalid_token\"");
    }
}

#[tokio::test]
async fn a_title_has_bounds() {
    let server = TestServer::start().await;
    let access = server.signed_up().await.access;
    for title in [String::new(), " ".to_owned(), "x".repeat(201)] {
        let request = server.post("/my-bookings").bearer_auth(&access).json(&json!({ "title": title }));
        let answer = send(request).await;
        assert_eq!(answer.refusal(), (400, "invalid_request"));
        assert!(answer.text("error_description").contains("`title`"), "{}", answer.body);
    }
}
