//! Everything that can happen to a session.

use super::commit::Outcome;
use super::effect::WaiterId;
use super::failure::Failure;
use super::row::{Row, Sid};
use super::secret::Secret;
use super::time::{Span, Wall};

/// Something that happened. The shell feeds these to [`Machine::handle`](super::Machine::handle).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum Input {
    /// The page has loaded. Comes first and once.
    Started {
        /// The copy in localStorage.
        copy: Copy,
        /// The last activity that any tab wrote.
        activity: Option<Wall>,
        /// The page is visible.
        visible: bool,
        /// The session that the running browser is marked with, by [`Effect::Mark`](super::Effect::Mark).
        mark: Option<Sid>,
    },
    /// The answer to [`Effect::ReadRow`](super::Effect::ReadRow).
    RowRead {
        /// Which read.
        id: ReadId,
        /// The row, if there is one.
        result: Result<Option<Row>, StoreFailure>,
    },
    /// The answer to [`Effect::Commit`](super::Effect::Commit).
    Committed {
        /// Which commit.
        id: CommitId,
        /// What it came to.
        result: Result<Outcome, StoreFailure>,
    },
    /// The answer to [`Effect::ReadCopy`](super::Effect::ReadCopy).
    CopyRead {
        /// The copy in localStorage.
        copy: Copy,
        /// The last activity that any tab wrote.
        activity: Option<Wall>,
    },
    /// Another tab changed the row.
    Announced {
        /// To this version.
        version: u64,
    },
    /// Another tab wrote its last activity.
    ActivitySeen(Wall),

    /// The answer to [`Effect::LookForSiblings`](super::Effect::LookForSiblings): whether one is alive.
    SiblingsSeen(bool),

    /// Another tab asks for the tokens.
    HandoverAsked,
    /// Another tab gave the tokens out.
    HandedOver(Box<Row>),

    /// The lock is ours.
    LockGranted,
    /// There is no lock to be had: missing, denied or broken; or the one that was ours was stolen.
    LockRefused,

    /// The answer to [`Effect::SendRefresh`](super::Effect::SendRefresh).
    RefreshAnswered {
        /// The session it was sent for.
        sid: Sid,
        /// The generation that was presented.
        generation: u64,
        /// What the auth server said.
        answer: RefreshAnswer,
    },

    /// The user did something in this tab, or the page says so.
    Activity,
    /// The user answered the prompt.
    Stay,
    /// The page came into view.
    Visible,
    /// The page went out of view.
    Hidden,
    /// The page was frozen or kept in the back-forward cache, and lives again.
    Resumed,
    /// The page is about to be frozen, kept or thrown away.
    Suspending,
    /// The network is there again.
    Online,
    /// The network is gone.
    Offline,

    /// Tokens to be taken up: a login's answer, or the application's own.
    Granted {
        /// Settled when the tokens are in the row.
        waiter: WaiterId,
        /// A name for the session, should this start one.
        sid: Sid,
        /// What [`Machine::epoch`](super::Machine::epoch) was when the tokens were asked for.
        epoch: u64,
        /// A new session, or the next generation of this one.
        kind: GrantKind,
        /// Whether a new session outlives the browser's; one that goes on keeps what it was begun with.
        remember: bool,
        /// The tokens.
        grant: Box<Grant>,
    },
    /// The server has put new tokens beside its answer to a request with the token of `generation`.
    Rotated {
        /// Settled when the tokens are in the row.
        waiter: WaiterId,
        /// Of this session.
        sid: Sid,
        /// The generation that the request was sent with: later tokens are not given up for these.
        generation: u64,
        /// The tokens.
        grant: Box<Grant>,
    },
    /// Somebody wants a token that is good now.
    TokenWanted(WaiterId),
    /// Somebody wants a refresh.
    RefreshWanted(WaiterId),
    /// A request that carried the token of `generation` was answered 401.
    Unauthorized {
        /// Settled with the token for the one retry.
        waiter: WaiterId,
        /// Of this session: another user's request is never replayed.
        sid: Sid,
        /// The generation whose token was refused.
        generation: u64,
    },
    /// The auth server was asked and says that the token of `generation` is not valid.
    VerifyRefused {
        /// Of this session.
        sid: Sid,
        /// The generation whose token was refused.
        generation: u64,
    },
    /// Whoever waited has left.
    WaiterGone(WaiterId),
    /// Sign out.
    LogoutWanted {
        /// In all of the user's sessions.
        everywhere: bool,
    },
}

/// The copy of the row in localStorage, as found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum Copy {
    /// localStorage is denied, so that a missing copy says nothing.
    Unavailable,
    /// Nothing is there.
    Missing,
    /// The copy.
    Found(Box<Row>),
}

/// Names one read of the row by this machine. Later reads have higher numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct ReadId(pub u64);

/// Names one commit of this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct CommitId(pub u32);

/// The store did not answer, or could not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct StoreFailure;

/// Whether tokens start a session or continue one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum GrantKind {
    /// A new session.
    Login,
    /// The next generation of the living session.
    Refresh,
    /// The next generation where the subject is the same and the session lives, else a new session.
    Auto,
}

/// What a server granted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Grant {
    /// The access token.
    pub access_token: Secret,
    /// The refresh token, if the answer has one. An answer without one keeps the old (RFC 6749, section 6).
    pub refresh_token: Option<Secret>,
    /// How long the access token lives from now, if that is known.
    pub lifetime: Option<Span>,
    /// Whose it is. Absent or empty never changes the user.
    #[cfg_attr(feature = "record", serde(with = "crate::record::subject"))]
    pub subject: Option<String>,
    /// The application's user object, as JSON text.
    #[cfg_attr(feature = "record", serde(with = "crate::record::user"))]
    pub user: Option<String>,
}

/// What came of a refresh request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum RefreshAnswer {
    /// New tokens.
    Granted(Box<Grant>),
    /// No, and for good.
    Refused(Failure),
    /// Not now: the network, a timeout, a server in trouble.
    Failed {
        /// What went wrong.
        failure: Failure,
        /// The wait that the server asked for.
        retry_after: Option<Span>,
    },
}
