//! A server's life: bind, serve, drain, close.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::alerts::Alerts;
use crate::app::{App, SetupError};
use crate::audit::Audit;
use crate::cleanup;
use crate::clock::Clock;
use crate::http;
use crate::profile::Profile;
use crate::settings::Settings;
use crate::store::{OpenError, Store};
use crate::tls::{Tls, TlsError, TlsSetup};

const ONE_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// A server that has its port and its database, and answers once it [runs](Self::run).
pub struct Server {
    listener: std::net::TcpListener,
    address: SocketAddr,
    tls: Option<TlsSetup>,
    router: Router,
    app: Arc<App>,
}

/// Why a server could not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The database cannot be opened or brought up to date.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// HTTPS cannot be had.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Keys or password hashing do not work.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

impl Server {
    /// Opens the database, brings its schema up to date and takes the port.
    ///
    /// # Errors
    /// When the port or the database cannot be had.
    pub async fn bind(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let address = settings.listen;
        for remark in settings.secrets.remarks(&settings.profile.environment) {
            tracing::warn!("{remark}");
        }
        let listen_failed = |source| StartError::Listen { address, source };
        let listener =
            TcpListener::bind(address).await.and_then(TcpListener::into_std).map_err(listen_failed)?;
        let address = listener.local_addr().map_err(listen_failed)?;
        let tls = TlsSetup::new(&settings.tls, address.ip())?;
        if tls.is_none() && settings.profile.cookies.is_some() && !address.ip().is_loopback() {
            tracing::warn!(
                "cookies are marked Secure: browsers will drop them unless something in front speaks HTTPS"
            );
        }
        if settings.profile.cookies.is_some() && !settings.allowed_origins.is_empty() {
            tracing::warn!(
                "pages of other origins can use these cookies on this server's own host alone, at another port: \
                 the cookies belong to that host, and so no other's page can read the CSRF token"
            );
        }
        let store = Store::open(&settings.database).await?;
        let audit = Audit::new(settings.alert.map(Alerts::to));
        let app = Arc::new(App::new(settings.profile, &settings.secrets, store, clock, audit).await?);
        let mut router =
            http::router(&app, &settings.mounts, &settings.allowed_origins, settings.client_header);
        if matches!(settings.tls, Tls::Files { .. }) {
            // Not with a certificate made here: browsers would refuse plain HTTP on localhost for a year.
            router = router.layer(SetResponseHeaderLayer::overriding(STRICT_TRANSPORT_SECURITY, ONE_YEAR));
        }
        Ok(Self { listener, address, tls, router, app })
    }

    /// The address that the server has; its port is never 0.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the server is to be found.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// The certificate that was made at start, in PEM, for clients that are to trust it.
    #[must_use]
    pub fn made_certificate(&self) -> Option<&str> {
        self.tls.as_ref()?.made.as_deref()
    }

    /// Serves until `shutdown` is done; then finishes the requests under way, within the profile's request
    /// timeout, and closes the database.
    ///
    /// # Errors
    /// When the listener fails for good.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let Self { listener, address: _, tls, router, app } = self;
        let stop = CancellationToken::new();
        let cleanup = tokio::spawn(cleanup::run(Arc::clone(&app), stop.clone()));
        let handle = Handle::new();
        let mut serve = pin!(serve(listener, tls, router, &app.profile, handle.clone()));
        let served = tokio::select! {
            served = &mut serve => served,
            () = shutdown => {
                tracing::info!("shutting down");
                // A client that never ends its request must not keep the process alive.
                handle.graceful_shutdown(Some(app.profile.limits.request_timeout.as_duration()));
                serve.await
            }
        };
        stop.cancel();
        if let Err(error) = cleanup.await {
            tracing::error!(%error, "the cleanup task failed");
        }
        app.store.close().await;
        served
    }
}

async fn serve(
    listener: std::net::TcpListener,
    tls: Option<TlsSetup>,
    router: Router,
    profile: &Profile,
    handle: Handle<SocketAddr>,
) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let header_timeout = profile.limits.header_timeout.as_duration();
    let server = axum_server::from_tcp(listener)?.handle(handle);
    match tls {
        None => bounded(server, header_timeout).serve(service).await,
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(tls.config));
            let server = server.acceptor(acceptor.handshake_timeout(header_timeout));
            bounded(server, header_timeout).serve(service).await
        }
    }
}

/// A server that waits only so long for the head of a request. Without HTTP/2 there is no waiting for the bytes
/// that would tell the two apart either, which nothing limits.
fn bounded<A>(
    server: axum_server::Server<SocketAddr, A>,
    header_timeout: Duration,
) -> axum_server::Server<SocketAddr, A> {
    let mut server = server.http1_only();
    server.http_builder().http1().timer(TokioTimer::new()).header_read_timeout(header_timeout);
    server
}
