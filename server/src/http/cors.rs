//! Pages of other origins: none but those on the list.

use std::str::FromStr;
use std::time::Duration;

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, DATE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, Method, Uri};
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
    let new_access = renewal.as_ref().map(|renewal| &renewal.access_token);
    let new_refresh = renewal.as_ref().map(|renewal| &renewal.refresh_token);
    let refresh_token = refresh_token.as_ref();

    let mut sent = vec![AUTHORIZATION, CONTENT_TYPE];
    sent.extend(names([refresh_token, csrf]));
    let mut read = vec![DATE, RETRY_AFTER, WWW_AUTHENTICATE];
    read.extend(names([refresh_token, token_expiry.as_ref(), user_id.as_ref(), new_access, new_refresh]));
    CorsLayer::new()
        .allow_origin(allowed.iter().map(|origin| origin.0.clone()).collect::<Vec<_>>())
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(sent)
        .expose_headers(read)
        .allow_credentials(profile.cookies.is_some())
        .max_age(PREFLIGHT_MAX_AGE)
}

fn names<const N: usize>(headers: [Option<&Header>; N]) -> impl Iterator<Item = HeaderName> {
    headers.into_iter().flatten().map(|header| header.name().clone())
}
