//! A server's life: bind, serve, drain, close.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::time;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::cleanup;
use crate::clock::Clock;
use crate::http;
use crate::passwords::Passwords;
use crate::settings::{KeyOrigin, Settings};
use crate::store::{OpenError, Store};
use crate::tokens::Tokens;

/// HS256's hash is 32 bytes wide: a shorter secret is easier to guess than the signature.
const STRONG_SECRET_BYTES: usize = 32;

/// A server that has its port and its database, and answers once it [runs](Self::run).
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
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
    /// bcrypt does not work here.
    #[error("cannot hash passwords: {0}")]
    Passwords(String),
}

impl Server {
    /// Opens the database, brings its schema up to date and takes the port.
    ///
    /// # Errors
    /// When the port or the database cannot be had.
    pub async fn bind(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let Settings { profile, listen, database, signing_key, mounts, allowed_origins, log_level: _ } =
            settings;
        match signing_key.origin() {
            KeyOrigin::Generated => tracing::warn!(
                "{} is empty or unset: made a random secret for this run; sessions of earlier runs are void",
                profile.environment.secret
            ),
            KeyOrigin::Environment if signing_key.bytes().len() < STRONG_SECRET_BYTES => tracing::warn!(
                "{} is shorter than {STRONG_SECRET_BYTES} bytes: tokens could be forged by guessing it",
                profile.environment.secret
            ),
            KeyOrigin::Environment => {}
        }
        let listen_failed = |source| StartError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(listen_failed)?;
        let address = listener.local_addr().map_err(listen_failed)?;
        let passwords = Passwords::new(&profile.passwords)
            .await
            .map_err(|error| StartError::Passwords(error.to_string()))?;
        let app = Arc::new(App {
            store: Store::open(&database).await?,
            tokens: Tokens::new(profile.tokens.clone(), &signing_key),
            passwords,
            clock,
            profile,
        });
        let router = http::router(&app, &mounts, &allowed_origins);
        Ok(Self { listener, address, router, app })
    }

    /// The address that the server has; its port is never 0.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is done; then finishes the requests under way, within the profile's request
    /// timeout, and closes the database. What has not ended by then goes on without a database until the
    /// runtime ends.
    ///
    /// # Errors
    /// When the listener fails for good.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        let Self { listener, address: _, router, app } = self;
        let stop = CancellationToken::new();
        let limits = &app.profile.limits;
        let cleanup = tokio::spawn(cleanup::run(
            app.store.clone(),
            Arc::clone(&app.clock),
            limits.cleanup_interval,
            stop.clone(),
        ));
        let serve = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        let mut serve = pin!(async { serve.await });
        let served = tokio::select! {
            served = &mut serve => served,
            () = shutdown => {
                tracing::info!("shutting down");
                stop.cancel();
                // A client that never ends its request must not keep the process alive.
                time::timeout(limits.request_timeout.as_duration(), serve).await.unwrap_or_else(|_| {
                    tracing::warn!("some requests did not end in time: closing without them");
                    Ok(())
                })
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
