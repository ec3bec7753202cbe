//! Rates as time passes, by the clock of the test. On PostgreSQL it is the database's clock: ../postgres/rates.rs.

use reqwest::StatusCode;

use crate::support::{EVENT_BOOKING, Start};

#[tokio::test]
async fn a_rate_comes_back_one_by_one() {
    let strict = EVENT_BOOKING.replace("per_address = \"600/1m\"", "per_address = \"2/1m\"");
    let server = Start::default().profile(strict).server().await;
    let ask = async || server.refresh("none").await.status;
    let passes = StatusCode::UNAUTHORIZED;
    for statuses in [[passes, passes], [StatusCode::TOO_MANY_REQUESTS; 2]] {
        assert_eq!([ask().await, ask().await], statuses);
    }
    server.clock.advance(30);
    assert_eq!([ask().await, ask().await], [passes, StatusCode::TOO_MANY_REQUESTS]);
    server.clock.advance(24 * 60 * 60);
    assert_eq!([ask().await, ask().await, ask().await], [passes, passes, StatusCode::TOO_MANY_REQUESTS]);
}
