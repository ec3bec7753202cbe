//! Who calls: what it calls itself, and from where.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderName;
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use thiserror::Error;

use crate::app::App;
use crate::store::Client;

/// As long as the names of browsers get; more is nobody's device.
const MAX_DEVICE_CHARACTERS: usize = 300;

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Self::Rejection> {
        let device = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        Ok(Self {
            device: device.map(|device| device.chars().take(MAX_DEVICE_CHARACTERS).collect()),
            address: address(parts),
        })
    }
}

/// The address of whoever holds the connection, or that which a trusted proxy names.
fn address(parts: &Parts) -> Option<IpAddr> {
    let ConnectInfo(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    let named = parts.extensions.get::<ClientHeader>().and_then(|ClientHeader(header)| {
        // The last one is what the proxy itself saw; those before it are whatever the client wrote.
        let value = parts.headers.get_all(header).iter().next_back()?.to_str().ok()?;
        value.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    });
    Some(named.unwrap_or_else(|| peer.ip()).to_canonical())
}

/// The header in which a proxy before this server names the client, such as `x-forwarded-for`. Without such a
/// proxy, whoever calls could write into it what they like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientHeader(HeaderName);

/// A text that is not the name of a header.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not the name of a header such as `x-forwarded-for`")]
pub struct ClientHeaderError(String);

impl FromStr for ClientHeader {
    type Err = ClientHeaderError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| ClientHeaderError(text.to_owned()))
    }
}
