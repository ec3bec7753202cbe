//! The HTTP surface: routes as the profile has them, around handlers that do not know where they are.

mod accounts;
mod answers;
mod body;
mod client;
mod cors;
mod credentials;
mod error;
mod headers;
mod health;
mod mounts;
mod openapi;
mod renewal;
mod resources;
mod sessions;

use std::sync::Arc;

use axum::error_handling::HandleErrorLayer;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::handler::Handler;
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::Response;
use axum::routing::{MethodFilter, delete, get, on};
use axum::{BoxError, Extension, Router};
use tower::ServiceBuilder;
use tower::util::option_layer;
use tower_http::trace::TraceLayer;
use tracing::Span;

pub use client::{ClientHeader, ClientHeaderError};
pub use cors::{AllowedOrigin, OriginError};
pub use mounts::{Mount, MountError};

use crate::app::App;
use crate::audit::{About, Event};
use crate::limits::TooMany;
use crate::profile::{Endpoint, Profile};
use crate::store::Client;
use error::ApiError;
use mounts::Mounts;

/// All that the server answers: the profile's endpoints and resources, then the mounts, then "not found".
pub(crate) fn router(
    app: &Arc<App>,
    mounts: &[Mount],
    allowed_origins: &[AllowedOrigin],
    client_header: Option<ClientHeader>,
) -> Router {
    let profile = &app.profile;
    let limited = guarded(profile).layer(from_fn_with_state(Arc::clone(app), limit));
    let renewing = signed_in(profile).layer(from_fn_with_state(Arc::clone(app), renewal::renew));
    let api = limited.merge(renewing).merge(open(profile));
    let api = api
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(DefaultBodyLimit::max(profile.limits.body_bytes.get()))
        .layer(
            ServiceBuilder::new()
                .layer(HandleErrorLayer::new(async |_: BoxError| ApiError::Timeout))
                .timeout(profile.limits.request_timeout.as_duration()),
        )
        .layer(map_response(headers::for_api));

    // Added after the layers, so that files get headers of their own.
    let mounts = Mounts::new(mounts);
    api.fallback(async move |request: Request| mounts.serve(request).await)
        .layer(cors::layer(allowed_origins, profile))
        .layer(
            TraceLayer::new_for_http()
                // The path alone: a query could hold what belongs in no log.
                .make_span_with(|request: &Request| {
                    tracing::info_span!("request", method = %request.method(), path = request.uri().path())
                })
                .on_request(())
                .on_body_chunk(())
                .on_eos(())
                .on_failure(())
                .on_response(|response: &axum::http::Response<_>, latency, _: &Span| {
                    tracing::debug!(status = response.status().as_u16(), ?latency, "answered");
                }),
        )
        .layer(option_layer(client_header.map(Extension)))
        .with_state(Arc::clone(app))
}

/// Endpoints where somebody could try passwords and tokens.
fn guarded(profile: &Profile) -> Router<Arc<App>> {
    let endpoints = &profile.endpoints;
    let router = Router::new();
    let router = with(router, Some(&endpoints.register), accounts::register);
    let router = with(router, Some(&endpoints.login), accounts::login);
    let router = with(router, Some(&endpoints.refresh), sessions::refresh);
    with(router, endpoints.change_password.as_ref(), accounts::change_password)
}

/// Endpoints that take an access token, and renew it where the profile wants that.
fn signed_in(profile: &Profile) -> Router<Arc<App>> {
    let endpoints = &profile.endpoints;
    let router = with(Router::new(), endpoints.user.as_ref(), accounts::user);
    let mut router = with(router, endpoints.token_info.as_ref(), sessions::token_info);
    if let Some(path) = &endpoints.sessions {
        router = router
            .route(path.as_str(), get(sessions::list))
            .route(&format!("{}/{{session}}", path.as_str()), delete(sessions::end));
    }
    for resource in &profile.resources {
        let lists = get(resources::list).post(resources::add).layer(Extension(resource.clone()));
        router = router.route(resource.path.as_str(), lists);
    }
    router
}

/// The other endpoints.
fn open(profile: &Profile) -> Router<Arc<App>> {
    let endpoints = &profile.endpoints;
    let router = with(Router::new(), endpoints.verify.as_ref(), sessions::verify);
    let router = with(router, Some(&endpoints.logout), sessions::logout);
    let mut router = with(router, endpoints.logout_all.as_ref(), sessions::logout_all);
    for (path, handler) in [
        (Some(&endpoints.health), get(health::health)),
        (endpoints.ready.as_ref(), get(health::ready)),
        (endpoints.metrics.as_ref(), get(health::metrics)),
        (endpoints.jwks.as_ref(), get(health::jwks)),
        (endpoints.openapi.as_ref(), get(openapi::openapi)),
    ] {
        if let Some(path) = path {
            router = router.route(path.as_str(), handler);
        }
    }
    router
}

/// Refuses those who ask too often, by their address.
async fn limit(
    State(app): State<Arc<App>>,
    client: Client,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    count_address(&app, &client).await?;
    Ok(next.run(request).await)
}

async fn count_address(app: &App, client: &Client) -> Result<(), TooMany> {
    let Some(address) = client.address else { return Ok(()) };
    app.limits.count_address(address).await.inspect_err(|_| {
        app.audit.record(Event::RateLimited, About::from(client));
    })
}

fn with<H, T>(router: Router<Arc<App>>, endpoint: Option<&Endpoint>, handler: H) -> Router<Arc<App>>
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    let Some(endpoint) = endpoint else { return router };
    let filter = MethodFilter::try_from(endpoint.method().clone())
        .expect("an endpoint has one of the five methods that the router knows");
    router.route(endpoint.path(), on(filter, handler))
}
