//! Pages of other origins: none but those on the list.

use std::str::FromStr;
use std::time::Duration;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, DATE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, Uri};
use thiserror::Error;
use tower_http::cors::CorsLayer;

use crate::profile::{Header, Headers, Profile};

const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(600);

/// An origin as browsers write it: `https://app.example` or `http://localhost:5173`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedOrigin(HeaderValue);

/// A text that no browser sends as an origin.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not an origin as a browser sends it, such as `https://app.example` or `http://localhost:5173`"
)]
pub struct OriginError(String);

impl FromStr for AllowedOrigin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let not_an_origin = || OriginError(text.to_owned());
        let uri: Uri = text.parse().map_err(|_| not_an_origin())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(not_an_origin());
        };
        let origin = format!("{scheme}://{authority}").to_ascii_lowercase();
        let default_port = match scheme {
            "http" => ":80",
            "https" => ":443",
            _ => return Err(not_an_origin()),
        };
        // Compared byte for byte with what a browser sends, so anything it would write otherwise never matches.
        if origin != text || origin.contains('@') || origin.ends_with(default_port) {
            return Err(not_an_origin());
        }
        HeaderValue::from_str(text).map(Self).map_err(|_| not_an_origin())
    }
}

/// The headers that a profile has of its own may be sent, and read, like the usual ones.
pub(super) fn layer(allowed: &[AllowedOrigin], profile: &Profile) -> CorsLayer {
    let Headers { refresh_token, token_expiry, user_id, renewal } = &profile.headers;
    let csrf = profile.cookies.as_ref().map(|cookies| &cookies.csrf_header);
    let renewal = renewal.as_ref().map(|renewal| [&renewal.access_token, &renewal.refresh_token]);
    let sent = [refresh_token.as_ref(), csrf].into_iter().flatten();
    let read = [refresh_token.as_ref(), token_expiry.as_ref(), user_id.as_ref()].into_iter().flatten();
    let names = |headers: &mut dyn Iterator<Item = &Header>| {
        headers.map(|header| header.name().clone()).collect::<Vec<_>>()
    };
    CorsLayer::new()
        .allow_origin(allowed.iter().map(|origin| origin.0.clone()).collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers([vec![AUTHORIZATION, CONTENT_TYPE], names(&mut { sent })].concat())
        .expose_headers(
            [
                vec![DATE, RETRY_AFTER, WWW_AUTHENTICATE],
                names(&mut read.chain(renewal.into_iter().flatten())),
            ]
            .concat(),
        )
        .allow_credentials(profile.cookies.is_some())
        .max_age(PREFLIGHT_MAX_AGE)
}
