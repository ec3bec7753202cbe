//! The HTTP surface: routes as the profile has them, around handlers that do not know where they are.

mod accounts;
mod answers;
mod bearer;
mod body;
mod cors;
mod error;
mod headers;
mod health;
mod mounts;
mod resources;
mod sessions;

use std::sync::Arc;

use axum::error_handling::HandleErrorLayer;
use axum::extract::{DefaultBodyLimit, Request};
use axum::handler::Handler;
use axum::http::Response;
use axum::middleware::map_response;
use axum::routing::{MethodFilter, MethodRouter, get, on};
use axum::{BoxError, Extension, Router};
use tower::ServiceBuilder;
use tower_http::trace::TraceLayer;
use tracing::Span;

pub use cors::{AllowedOrigin, OriginError};
pub use mounts::{Mount, MountError};

use crate::app::App;
use crate::profile::Endpoint;
use error::ApiError;
use mounts::Mounts;

/// All that the server answers: the profile's endpoints and resources, then the mounts, then "not found".
pub(crate) fn router(app: &Arc<App>, mounts: &[Mount], allowed_origins: &[AllowedOrigin]) -> Router {
    let profile = &app.profile;
    let endpoints = &profile.endpoints;
    let mut api = Router::new();
    api = api
        .route(endpoints.register.path(), at(&endpoints.register, accounts::register))
        .route(endpoints.login.path(), at(&endpoints.login, accounts::login))
        .route(endpoints.change_password.path(), at(&endpoints.change_password, accounts::change_password))
        .route(endpoints.user.path(), at(&endpoints.user, accounts::user))
        .route(endpoints.refresh.path(), at(&endpoints.refresh, sessions::refresh))
        .route(endpoints.verify.path(), at(&endpoints.verify, sessions::verify))
        .route(endpoints.logout.path(), at(&endpoints.logout, sessions::logout))
        .route(endpoints.health.path(), at(&endpoints.health, health::health));
    for resource in &profile.resources {
        let lists = get(resources::list).post(resources::add).layer(Extension(resource.clone()));
        api = api.route(resource.path.as_str(), lists);
    }
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
        .layer(cors::layer(allowed_origins))
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
                .on_response(|response: &Response<_>, latency, _: &Span| {
                    tracing::debug!(status = response.status().as_u16(), ?latency, "answered");
                }),
        )
        .with_state(Arc::clone(app))
}

fn at<H, T>(endpoint: &Endpoint, handler: H) -> MethodRouter<Arc<App>>
where
    H: Handler<T, Arc<App>>,
    T: 'static,
{
    let filter = MethodFilter::try_from(endpoint.method().clone())
        .expect("an endpoint has one of the five methods that the router knows");
    on(filter, handler)
}
