use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{EVENT_BOOKING, Start, TestServer};

fn address(server: &TestServer) -> String {
    server.url.trim_start_matches("http://").to_owned()
}

#[tokio::test]
async fn a_request_under_way_is_still_answered() {
    let server = TestServer::start().await;
    let refresh = server.signed_up().await.refresh;
    let body = json!({ "refresh_token": refresh }).to_string();
    let address = address(&server);
    let mut connection = TcpStream::connect(&address).await.expect("a connection");
    let head = format!(
        "POST /refresh HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await.expect("sent");
    let mut go_ahead = [0; 12];
    connection.read_exact(&mut go_ahead).await.expect("the server asks for the body");
    assert_eq!(&go_ahead, b"HTTP/1.1 100");

    let mut shut_down = tokio::spawn(server.shut_down());
    while TcpStream::connect(&address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    // Nobody new is let in, and whoever is in is waited for.
    let waited = tokio::time::timeout(Duration::from_millis(300), &mut shut_down).await;
    assert!(waited.is_err(), "it ended before the request did");
    connection.write_all(body.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.contains("HTTP/1.1 200") && answer.contains("access_token"), "{answer}");
    shut_down.await.expect("no panic");
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_keep_the_server() {
    let hasty = EVENT_BOOKING.replace("\"10s\"", "\"1s\"");
    let server = Start::default().profile(hasty).server().await;
    let mut connection = TcpStream::connect(address(&server)).await.expect("a connection");
    connection.write_all(b"POST /refresh HTTP/1.1\r\nhost: te").await.expect("sent");
    // The answer to a later connection shows that the server has accepted the earlier one.
    server.get("/healthz").send().await.expect("an answer");
    tokio::time::timeout(Duration::from_secs(20), server.shut_down()).await.expect("it went on");
}
