//! Keeps database and memory from growing with what is over.

use std::sync::Arc;

use tokio::time::{self, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// Removes what is over now and every `limits.cleanup_interval`, until `stop`.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    let mut ticks = time::interval(app.profile.limits.cleanup_interval.as_duration());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        app.limits.forget_idle();
        let now = app.clock.now();
        let forget = now.before(app.profile.lockout.forget_after);
        match app.store.remove_expired(now, forget).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "expired rows removed"),
            Err(error) => tracing::error!(%error, "expired rows could not be removed"),
        }
        if let Err(error) = app.store.forget_idle_rates().await {
            tracing::error!(%error, "rates that nobody is near could not be removed");
        }
    }
}
