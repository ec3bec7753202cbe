//! Keeps the database from growing with dead rows.

use std::sync::Arc;

use tokio::time::{self, MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::period::Period;
use crate::store::Store;

/// Removes expired rows now and every `interval`, until `stop`.
pub(crate) async fn run(store: Store, clock: Arc<dyn Clock>, interval: Period, stop: CancellationToken) {
    let mut ticks = time::interval(interval.as_duration());
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        match store.remove_expired(clock.now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(rows, "expired rows removed"),
            Err(error) => tracing::error!(%error, "expired rows could not be removed"),
        }
    }
}
