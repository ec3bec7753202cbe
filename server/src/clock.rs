//! Where the server gets its time from: the one module that asks the operating system.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::period::Period;

/// An instant in whole seconds since the Unix epoch, the resolution of a JWT's `exp` and `iat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `seconds` after the Unix epoch.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the Unix epoch.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0
    }

    /// The instant one `period` later; the far end of time where that cannot be held.
    #[must_use]
    pub const fn after(self, period: Period) -> Self {
        Self(self.0.saturating_add(period.seconds() as i64))
    }

    /// Seconds from `earlier` to this instant; negative where it is the later one.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The instant one `period` earlier; the near end of time where that cannot be held.
    #[must_use]
    pub const fn before(self, period: Period) -> Self {
        Self(self.0.saturating_sub(period.seconds() as i64))
    }
}

/// Tells the time. The server asks nobody else, so a test can move time by hand.
pub trait Clock: Send + Sync + 'static {
    /// The present instant, by the wall clock: it may be set, forwards and back.
    fn now(&self) -> Timestamp;

    /// The time that has passed since some moment, the same one at each call; it never goes back.
    fn since_start(&self) -> Duration;
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[expect(clippy::disallowed_methods, reason = "this is the server's one source of time that passes")]
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the server's one source of real time")]
        let now = SystemTime::now();
        let since_epoch = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX))
    }

    fn since_start(&self) -> Duration {
        START.elapsed()
    }
}
