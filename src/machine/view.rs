//! What the page sees of a session.

use super::config::Config;
use super::effect::By;
use super::row::EndReason;
use super::time::Wall;
use super::{Machine, Phase, Refresh};

/// The session as the page sees it: instants, not countdowns, so that it changes only when something did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct View {
    /// Signed in, signed out, or not known yet.
    pub status: Status,
    /// Changes with every login; 0 while nobody is signed in.
    pub epoch: u64,
    /// Counts the token sets of this login.
    pub generation: u64,
    /// When the access token expires, if known.
    pub expires_at: Option<Wall>,
    /// When it is renewed.
    pub refresh_at: Option<Wall>,
    /// The last activity in any tab.
    pub last_activity_at: Option<Wall>,
    /// When the session ends without further activity.
    pub idle_at: Option<Wall>,
    /// When the idle prompt comes up without further activity.
    pub prompt_at: Option<Wall>,
    /// When the session ends whatever happens: its absolute lifetime, or a refused refresh.
    pub ends_at: Option<Wall>,
    /// The idle prompt is up.
    pub prompting: bool,
    /// A refresh is under way in this tab.
    pub refreshing: bool,
    /// The auth server cannot be reached.
    pub offline: bool,
    /// The auth server refused to renew the session.
    pub ending: bool,
    /// Why and where the last session ended.
    pub end: Option<(EndReason, By)>,
}

/// Whether somebody is signed in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Status {
    /// Not known yet.
    #[default]
    Loading,
    /// Somebody is.
    Authenticated,
    /// Nobody is.
    Unauthenticated,
}

impl Machine {
    /// The session as the page sees it now.
    #[must_use]
    pub fn view(&self) -> View {
        let session = match &self.phase {
            Phase::AwaitingStart | Phase::AwaitingRow { .. } => {
                return View { offline: !self.online, ..View::default() };
            }
            Phase::AwaitingHandover(_) if self.shown.status == Status::Loading => {
                return View { offline: !self.online, ..View::default() };
            }
            Phase::AwaitingHandover(awaited) => return self.signed_out_view(awaited.end()),
            Phase::SignedOut(out) => return self.signed_out_view(out.end),
            // Found at the start and over: it is never shown as alive.
            Phase::SignedIn(session) if session.is_ending() && self.shown.status == Status::Loading => {
                return View { offline: !self.online, ..View::default() };
            }
            Phase::SignedIn(session) => session,
        };
        let by_refusal = session.record.expires_at.filter(|_| session.refused);
        let out_of_reach = matches!(session.refresh, Refresh::CoolingDown { failure: Some(_), .. });
        View {
            status: Status::Authenticated,
            epoch: self.epoch,
            generation: session.generation,
            expires_at: session.record.expires_at,
            refresh_at: self.next_refresh_at(session),
            last_activity_at: Some(session.activity.at),
            idle_at: self.idle_at(session),
            prompt_at: self.prompt_at(session),
            ends_at: by_refusal.into_iter().chain(self.max_age_at(session)).min(),
            prompting: session.prompting,
            refreshing: session.refresh.under_way(),
            offline: !self.online || out_of_reach,
            ending: session.refused,
            end: None,
        }
    }

    fn signed_out_view(&self, end: Option<(EndReason, By)>) -> View {
        View { status: Status::Unauthenticated, offline: !self.online, end, ..View::default() }
    }

    /// The rules that this session runs by.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }
}
