//! Compare-and-swap on the row, decided by the machine's own rules.
//!
//! The shell opens one `readwrite` transaction, reads the row, asks [`Commit::decide`] and writes what it
//! says. So the rules that keep tabs apart are the ones the tests explore, whatever store lies beneath.

use super::row::{Content, Cooldown, Ended, Live, Record, Row, Sending, Sid, TabId};
use super::time::{Span, Wall};

const CLOCK_SLACK: Span = Span::minutes(1);

/// A change of the row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum Commit {
    /// A new session. Replaces whatever lies there.
    Login {
        /// The new session.
        sid: Sid,
        /// Its first tokens, if the row holds them.
        record: Option<Box<Record>>,
        /// When the user logged in.
        started_at: Wall,
        /// The highest version known to the writer, the copy's included: the row may have been evicted, and
        /// a version must never restart.
        above: u64,
    },
    /// The turn to refresh `generation`.
    Claim {
        /// Of this session.
        sid: Sid,
        /// The generation to be renewed.
        generation: u64,
        /// Who claims, until when, and whether it holds the lock.
        sending: Sending,
        /// The present instant: an older claim that has run out may be replaced.
        now: Wall,
        /// Ignore the cool-down that ends then, unless the server asked for it. A later one is kept: of all
        /// the tabs that come online at once, one tries.
        over: Option<Wall>,
    },
    /// New tokens for `generation`. The first one wins.
    Renew {
        /// Of this session.
        sid: Sid,
        /// The generation that was presented.
        generation: u64,
        /// The new tokens, if the row holds them.
        record: Option<Box<Record>>,
        /// The new tokens do not last longer than the old ones.
        cooldown: Option<Cooldown>,
        /// The refresh token stays the same, so a refresh under way comes first: its answer would be given up for a
        /// generation whose refresh token it has spent.
        yields: bool,
    },
    /// A refresh that failed for now: the turn is given back.
    Release {
        /// Of this session.
        sid: Sid,
        /// The generation that was to be renewed.
        generation: u64,
        /// Whose turn it was. Another owner's claim is left alone.
        owner: TabId,
        /// How long all tabs keep quiet.
        cooldown: Option<Cooldown>,
    },
    /// The auth server refused to renew `generation` for good.
    Refuse {
        /// Of this session.
        sid: Sid,
        /// The generation that was presented.
        generation: u64,
    },
    /// Activity after a long pause.
    Touch {
        /// Of this session.
        sid: Sid,
        /// When.
        at: Wall,
    },
    /// The end of a session.
    End {
        /// Of this session; another one is left alone.
        sid: Sid,
        /// Only if the row still holds this generation: a refusal concerns only what was presented.
        generation: Option<u64>,
        /// Only if the row knows of no later activity.
        idle_since: Option<Wall>,
        /// Why and when.
        ended: Ended,
        /// The highest version known to the writer.
        above: u64,
    },
    /// What a tab knows and the row does not: the row was evicted, or could not be written at the time.
    Restore {
        /// The newer row.
        row: Box<Row>,
    },
}

/// What a transaction came to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Outcome {
    /// The change was made.
    pub accepted: bool,
    /// The row as it is now.
    pub row: Option<Row>,
}

impl Commit {
    /// The session that is meant.
    #[must_use]
    pub const fn sid(&self) -> &Sid {
        match self {
            Self::Login { sid, .. }
            | Self::Claim { sid, .. }
            | Self::Renew { sid, .. }
            | Self::Release { sid, .. }
            | Self::Refuse { sid, .. }
            | Self::Touch { sid, .. }
            | Self::End { sid, .. } => sid,
            Self::Restore { row } => &row.sid,
        }
    }

    /// The tokens that are to be written.
    #[must_use]
    pub fn record(&self) -> Option<&Record> {
        match self {
            Self::Login { record, .. } | Self::Renew { record, .. } => record.as_deref(),
            Self::Restore { row } => row.live()?.record.as_ref(),
            Self::Claim { .. }
            | Self::Release { .. }
            | Self::Refuse { .. }
            | Self::Touch { .. }
            | Self::End { .. } => None,
        }
    }

    /// The row to write, or `None` where this change must not be made.
    #[must_use]
    pub fn decide(&self, row: Option<&Row>, now: Wall) -> Option<Row> {
        match self {
            Self::Login { sid, record, started_at, above } => Some(Row {
                version: next_version(row, *above),
                sid: sid.clone(),
                generation: 1,
                at: now,
                content: Content::Live(Box::new(Live {
                    record: record.as_deref().cloned(),
                    sending: None,
                    cooldown: None,
                    refused: false,
                    started_at: *started_at,
                    activity: now,
                })),
            }),
            Self::Claim { sid, generation, sending, now, over } => {
                let (row, live) = living(row, sid, *generation)?;
                if live.refused || held(live, sending, *now) || cooling(live, *now, *over) {
                    return None;
                }
                Some(with(row, Live { sending: Some(sending.clone()), cooldown: None, ..live.clone() }))
            }
            Self::Renew { sid, generation, record, cooldown, yields } => {
                let (row, live) = living(row, sid, *generation)?;
                if *yields && live.sending.as_ref().is_some_and(|sending| sending.until > now) {
                    return None;
                }
                let live = Live {
                    record: record.as_deref().cloned(),
                    sending: None,
                    cooldown: *cooldown,
                    refused: *yields && live.refused,
                    started_at: live.started_at,
                    activity: live.activity,
                };
                Some(Row {
                    version: row.version.saturating_add(1),
                    generation: generation.saturating_add(1),
                    at: now,
                    ..with(row, live)
                })
            }
            Self::Release { sid, generation, owner, cooldown } => {
                let (row, live) = living(row, sid, *generation)?;
                live.sending.as_ref().filter(|sending| sending.owner == *owner)?;
                Some(with(row, Live { sending: None, cooldown: *cooldown, ..live.clone() }))
            }
            Self::Refuse { sid, generation } => {
                let (row, live) = living(row, sid, *generation)?;
                let row = with(row, Live { sending: None, cooldown: None, refused: true, ..live.clone() });
                Some(Row { version: row.version.saturating_add(1), at: now, ..row })
            }
            Self::Touch { sid, at } => {
                let row = row.filter(|row| row.sid == *sid)?;
                let live = row.live().filter(|live| live.activity < *at || stale(live.activity, now))?;
                Some(with(row, Live { activity: *at, ..live.clone() }))
            }
            Self::End { sid, generation, idle_since, ended, above } => {
                if let Some(row) = row {
                    let moved = row.sid != *sid || generation.is_some_and(|g| g != row.generation);
                    let active = row.live().is_none_or(|live| {
                        idle_since.is_some_and(|at| live.activity > at && !stale(live.activity, now))
                    });
                    if moved || active {
                        return None;
                    }
                }
                Some(Row {
                    version: next_version(row, *above),
                    sid: sid.clone(),
                    generation: row.map_or(0, |row| row.generation),
                    at: now,
                    content: Content::Ended(*ended),
                })
            }
            Self::Restore { row: newer } => {
                let version = newer.version.max(row.map_or(0, |row| row.version.saturating_add(1)));
                let replaces = row.is_none_or(|row| newer.replaces(row));
                replaces.then(|| Row { version, ..(**newer).clone() })
            }
        }
    }
}

fn next_version(row: Option<&Row>, above: u64) -> u64 {
    row.map_or(0, |row| row.version).max(above).saturating_add(1)
}

/// The row, if it still holds this generation of this session.
fn living<'row>(row: Option<&'row Row>, sid: &Sid, generation: u64) -> Option<(&'row Row, &'row Live)> {
    let row = row.filter(|row| row.sid == *sid && row.generation == generation)?;
    row.live().map(|live| (row, live))
}

/// Whether somebody else's claim still stands.
fn held(live: &Live, claim: &Sending, now: Wall) -> bool {
    live.sending.as_ref().is_some_and(|sending| {
        let owner_is_gone = claim.locked && sending.locked;
        // A claim from beyond any timeout was written before the clock was set back.
        let sane = sending.until <= claim.until + CLOCK_SLACK;
        sending.owner != claim.owner && sending.until > now && sane && !owner_is_gone
    })
}

fn cooling(live: &Live, now: Wall, over: Option<Wall>) -> bool {
    live.cooldown
        .is_some_and(|cooldown| cooldown.stands(now) && (cooldown.asked || over != Some(cooldown.until)))
}

/// A stamp of activity from before the clock was set back.
fn stale(activity: Wall, now: Wall) -> bool {
    activity > now + CLOCK_SLACK
}

fn with(row: &Row, live: Live) -> Row {
    Row { content: Content::Live(Box::new(live)), ..row.clone() }
}
