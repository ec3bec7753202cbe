//! When a refresh is due: one function for the scheduler and for every check.

use super::config::Config;
use super::random::hash;
use super::row::{Record, Sid};
use super::time::{Span, Wall};

/// Two refreshes in a row are never closer than this, unless the token's lifetime is shorter still.
pub(crate) const SHORTEST_WAIT: Span = Span::seconds(30);

/// When the token of this generation is to be renewed; `None`: on a 401 only.
///
/// The lead is `refresh_early`, but at most half the lifetime: a fixed lead longer than the lifetime would
/// refresh on every look. The jitter spreads users, not tabs: it is the same in every tab of a session.
pub(crate) fn refresh_at(config: &Config, record: &Record, sid: &Sid, generation: u64) -> Option<Wall> {
    let by_expiry = record.expires_at.map(|expires_at| {
        let lead = lead(config, record, expires_at);
        let jitter = Span(hash(&sid.0, generation).checked_rem(lead.0 / 10).unwrap_or(0));
        expires_at - (lead - jitter)
    });
    let by_interval = config.refresh_every.map(|every| record.received_at + every.max(Span::seconds(1)));
    by_expiry.into_iter().chain(by_interval).min()
}

/// Whether a token may still be sent: a request needs a moment to arrive.
pub(crate) fn usable(record: &Record, now: Wall) -> bool {
    record.expires_at.is_none_or(|expires_at| {
        let lifetime = expires_at.since(record.received_at);
        expires_at - Span::seconds(2).min(Span(lifetime.0 / 10)) > now
    })
}

fn lead(config: &Config, record: &Record, expires_at: Wall) -> Span {
    config.refresh_early.min(expires_at.since(record.received_at).half())
}
