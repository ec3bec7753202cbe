//! Instants and spans, in milliseconds. The machine never reads a clock: every input brings a [`Now`].

use core::ops::{Add, Sub};

/// A wall-clock instant: milliseconds since the Unix epoch. Arithmetic saturates, so no input can overflow it.
///
/// ```
/// use session_warden::machine::{Span, Wall};
///
/// let expires_at = Wall(1_700_000_000_000) + Span::minutes(15);
/// assert_eq!(expires_at.since(Wall(1_700_000_060_000)), Span::minutes(14));
/// assert_eq!(expires_at.since(Wall(u64::MAX)), Span(0), "long past");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Wall(pub u64);

/// A length of time in milliseconds. Arithmetic saturates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Span(pub u64);

impl Span {
    /// A span of whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// A span of whole minutes.
    pub const fn minutes(minutes: u64) -> Self {
        Self::seconds(minutes.saturating_mul(60))
    }

    /// Half of this span, rounded down.
    #[must_use]
    pub const fn half(self) -> Self {
        Self(self.0 / 2)
    }
}

impl Wall {
    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for Wall {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Wall {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// What the clocks show when an input arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Now {
    /// The wall clock. May jump either way: the user sets it, the machine sleeps.
    pub wall: Wall,
    /// Time since an arbitrary start, never set back. May stand still while the computer sleeps.
    pub monotonic: Span,
}

/// An instant that counts time by the larger of the two clocks, and so is never set back.
///
/// A wall clock that is set back must not lengthen an idle timeout or a wait, and a monotonic clock that
/// stops in sleep must not either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Steady(u64);

impl Add<Span> for Steady {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

/// The two clocks are read one after the other and are slewed apart by NTP: less than this is no jump.
const JITTER: Span = Span::seconds(1);

/// Keeps steady time: `lag` is what the wall clock failed to show of the time that has passed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Progress {
    /// By how much the wall clock is ahead of the monotonic one. Moved at a jump only, so that small steps
    /// back cannot add up unseen.
    ahead: i64,
    lag: Span,
}

/// A wall-clock instant to show, and the steady one to count from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Anchor {
    pub(crate) at: Wall,
    pub(crate) steady: Steady,
}

impl Progress {
    pub(crate) fn look(&mut self, now: Now) {
        let ahead = ahead(now);
        let jump = ahead.saturating_sub(self.ahead);
        if jump.unsigned_abs() <= JITTER.0 {
            return;
        }
        // A jump forwards counts as time that has passed: the computer slept, or somebody set the clock.
        if jump < 0 {
            self.lag = self.lag + Span(jump.unsigned_abs());
        }
        self.ahead = ahead;
    }

    pub(crate) fn steady(&self, at: Wall) -> Steady {
        Steady(at.0.saturating_add(self.lag.0))
    }

    /// When the wall clock will show `steady`, if nobody sets it.
    pub(crate) fn wall(&self, steady: Steady) -> Wall {
        Wall(steady.0.saturating_sub(self.lag.0))
    }

    pub(crate) fn anchor(&self, at: Wall) -> Anchor {
        Anchor { at, steady: self.steady(at) }
    }

    /// How far the wall clock has been set back, all in all.
    pub(crate) const fn lag(&self) -> Span {
        self.lag
    }
}

fn ahead(now: Now) -> i64 {
    let wall = i64::try_from(now.wall.0).unwrap_or(i64::MAX);
    wall.saturating_sub(i64::try_from(now.monotonic.0).unwrap_or(i64::MAX))
}
