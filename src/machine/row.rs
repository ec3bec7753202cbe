//! The row: the one record that all tabs share, and the truth between them.
//!
//! It lives in IndexedDB, where a `readwrite` transaction makes compare-and-swap real; localStorage holds a
//! copy for its events and for the day the row is lost or cannot be written; the newer of the two counts.

use super::secret::Secret;
use super::time::{Span, Wall};

/// Names one login: random, made by the shell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Sid(pub String);

/// Names one tab (one machine): random, made by the shell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct TabId(pub String);

/// What the tabs share under one session name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Row {
    /// Counts every login, token change and end under this name. Never restarts, and survives logout: of
    /// two rows the higher version is the newer.
    pub version: u64,
    /// Which login this row belongs to.
    pub sid: Sid,
    /// Counts the token sets of this login, from 1.
    pub generation: u64,
    /// When the row last changed its version.
    pub at: Wall,
    /// Signed in, or how it ended.
    pub content: Content,
}

/// A row is either a living session or the tombstone of one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum Content {
    /// A living session.
    Live(Box<Live>),
    /// The session `sid` is over. Only a login replaces this.
    Ended(Ended),
}

/// A living session as stored.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Live {
    /// The tokens and what is known of them; `None` where the tabs keep them to themselves.
    pub record: Option<Record>,
    /// The refresh under way, if any.
    pub sending: Option<Sending>,
    /// No refresh before this, in any tab.
    pub cooldown: Option<Cooldown>,
    /// The auth server refused to renew this generation: the session ends with its access token.
    pub refused: bool,
    /// When the user logged in: it tells a later login from an earlier one, wherever the tokens are.
    pub started_at: Wall,
    /// Activity that ended a long pause. It stands in the row so that a tab about to sign out for idleness
    /// meets it in the same transaction.
    pub activity: Wall,
}

/// The tokens of one generation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Record {
    /// Sent with requests.
    pub access_token: Secret,
    /// Exchanged for the next generation.
    pub refresh_token: Option<Secret>,
    /// When the access token stops being accepted; `None`: unknown, so it is refreshed on a 401 only.
    pub expires_at: Option<Wall>,
    /// When this generation arrived.
    pub received_at: Wall,
    /// Whose session it is, if the server says.
    #[cfg_attr(feature = "record", serde(with = "crate::record::subject"))]
    pub subject: Option<String>,
    /// The application's user object, as JSON text.
    #[cfg_attr(feature = "record", serde(with = "crate::record::user"))]
    pub user: Option<String>,
    /// This generation was asked for because a request was answered 401.
    pub after_unauthorized: bool,
    /// The session outlives the browser's. Otherwise it ends when the browser is closed, whatever is stored.
    pub remember: bool,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Ended {
    /// Why.
    pub reason: EndReason,
    /// When.
    pub at: Wall,
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum EndReason {
    /// Somebody asked for it.
    Logout,
    /// No activity in any tab for the idle timeout.
    Idle,
    /// The access token is dead and cannot be renewed.
    Expired,
    /// The auth server refused to renew the tokens.
    RefreshRejected,
    /// The auth server says that the access token is not valid.
    TokenInvalid,
    /// The session reached its absolute lifetime.
    MaxAge,
    /// The browser's storage was cleared.
    StorageCleared,
    /// Somebody else signed in.
    UserChanged,
    /// The browser was closed, and the session was to last no longer.
    BrowserClosed,
}

impl EndReason {
    /// Every reason there is.
    pub const ALL: [Self; 9] = [
        Self::Logout,
        Self::Idle,
        Self::Expired,
        Self::RefreshRejected,
        Self::TokenInvalid,
        Self::MaxAge,
        Self::StorageCleared,
        Self::UserChanged,
        Self::BrowserClosed,
    ];

    /// The reason's name, in storage and to the page.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Logout => "logout",
            Self::Idle => "idle",
            Self::Expired => "expired",
            Self::RefreshRejected => "refresh-rejected",
            Self::TokenInvalid => "token-invalid",
            Self::MaxAge => "max-age",
            Self::StorageCleared => "storage-cleared",
            Self::UserChanged => "user-changed",
            Self::BrowserClosed => "browser-closed",
        }
    }

    /// Whether the auth server still believes in the session and should be told.
    pub const fn is_ours(self) -> bool {
        matches!(self, Self::Logout | Self::Idle | Self::MaxAge | Self::BrowserClosed)
    }
}

/// A claim to the one refresh of a generation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Sending {
    /// Who sends.
    pub owner: TabId,
    /// The claim is void after this: the request has timed out by then.
    pub until: Wall,
    /// The owner held the lock. Whoever holds the lock now knows that the owner is gone.
    pub locked: bool,
}

/// Failed refreshes keep every tab quiet for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Cooldown {
    /// No refresh before this.
    pub until: Wall,
    /// How many in a row have failed.
    pub failures: u32,
    /// The server asked for the wait (`Retry-After`): coming back online does not shorten it.
    pub asked: bool,
}

impl Cooldown {
    /// The longest wait that is honoured. A server that asks for more, and a cool-down left from before the
    /// clock was set back, must not keep a session from being renewed for ever.
    pub const LONGEST: Span = Span::minutes(60);

    /// Whether a refresh has to wait.
    pub fn stands(&self, now: Wall) -> bool {
        self.until > now && self.until <= now + Self::LONGEST
    }
}

impl Row {
    /// Whether this is newer than `row`. The tombstone of a session is final: nothing brings it back, and it is
    /// true whatever its number, which another tab's refresh may have taken meanwhile. The number of a renewal may be
    /// a guess as well, so it never lets an earlier session replace a later login.
    pub fn replaces(&self, row: &Self) -> bool {
        match (self.live().is_some(), row.live().is_some()) {
            (alive, was_alive) if self.sid == row.sid && alive != was_alive => was_alive,
            _ => {
                let started_at = self.live().map(|live| live.started_at);
                self.version > row.version && !row.is_login_after(started_at, self.generation)
            }
        }
    }

    /// Whether this is a session that was begun after another one, of which `generation` is known. A session in
    /// its first generation is a login itself, and the clock may have been set back between the two.
    pub(crate) fn is_login_after(&self, started_at: Option<Wall>, generation: u64) -> bool {
        let started = self.live().map(|live| live.started_at).zip(started_at);
        generation > 1 && started.is_some_and(|(this, other)| this > other)
    }

    /// The same row with these tokens, if it is alive.
    #[must_use]
    pub fn with_tokens(mut self, tokens: Option<Record>) -> Self {
        if let Content::Live(live) = &mut self.content {
            live.record = tokens;
        }
        self
    }

    /// The tokens in this row, with their generation.
    pub(crate) fn into_tokens(self) -> Option<(u64, Record)> {
        match self.content {
            Content::Live(live) => live.record.map(|record| (self.generation, record)),
            Content::Ended(_) => None,
        }
    }

    /// The living session in this row, if it is one.
    pub const fn live(&self) -> Option<&Live> {
        match &self.content {
            Content::Live(live) => Some(live),
            Content::Ended(_) => None,
        }
    }
}
