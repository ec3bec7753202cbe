//! Everything that a session asks of its surroundings.

use super::commit::Commit;
use super::failure::Failure;
use super::input::{CommitId, ReadId};
use super::row::{EndReason, Row, Sid};
use super::secret::Secret;
use super::time::Wall;

/// Something to be done. The shell drains these with [`Machine::poll_effect`](super::Machine::poll_effect).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum Effect {
    /// Read the row; answer with [`Input::RowRead`](super::Input::RowRead).
    ReadRow {
        /// To be given back.
        id: ReadId,
    },
    /// Change the row in one transaction; answer with [`Input::Committed`](super::Input::Committed).
    Commit {
        /// To be given back.
        id: CommitId,
        /// The change, which decides inside the transaction.
        commit: Box<Commit>,
    },
    /// Read the copy and the last activity; answer with [`Input::CopyRead`](super::Input::CopyRead).
    ReadCopy,
    /// Write the copy. Best effort.
    WriteCopy(Box<Row>),
    /// Write the last activity, which other tabs merge by maximum. Best effort.
    WriteActivity(Wall),
    /// Tell the other tabs that the row changed. Carries no secret.
    Announce {
        /// To this version.
        version: u64,
    },

    /// Mark the running browser with this session, by something that goes when the browser is closed.
    Mark(Sid),
    /// Take the mark of this session away; another one's stays.
    Unmark(Sid),
    /// Is the browser marked with this session by now, or is there another tab of it? Answer with
    /// [`Input::SiblingsSeen`](super::Input::SiblingsSeen).
    LookForSiblings(Sid),

    /// Ask the other tabs for the tokens, which the row does not hold; what they say is
    /// [`Input::HandedOver`](super::Input::HandedOver).
    AskHandover,
    /// Give the tokens to the tab that asked. They go to every script of the origin that listens.
    HandOver(Box<Row>),

    /// Ask for the lock; answer with [`Input::LockGranted`](super::Input::LockGranted) or
    /// [`Input::LockRefused`](super::Input::LockRefused).
    TakeLock,
    /// Let the lock go, or stop asking for it.
    ReleaseLock,

    /// Ask the auth server for new tokens; answer with
    /// [`Input::RefreshAnswered`](super::Input::RefreshAnswered).
    SendRefresh {
        /// To be given back.
        sid: Sid,
        /// To be given back.
        generation: u64,
        /// The refresh token, or the access token where that renews itself.
        token: Secret,
    },
    /// Give up on the refresh under way: its answer is of no use any more.
    AbortRefresh,
    /// Tell the auth server that these tokens are no longer wanted. Best effort.
    Revoke {
        /// The access token.
        access_token: Secret,
        /// The refresh token.
        refresh_token: Option<Secret>,
        /// In all of the user's sessions.
        everywhere: bool,
    },

    /// Answer whoever waits.
    Settle {
        /// Who.
        waiter: WaiterId,
        /// With what.
        settlement: Settlement,
    },
    /// Tell the page.
    Notify(Event),
}

/// Names somebody who waits for an answer, in this page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct WaiterId(pub u32);

/// The answer to a waiter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum Settlement {
    /// A token that is good now.
    Token {
        /// The access token.
        access_token: Secret,
        /// Of this session.
        sid: Sid,
        /// Of this generation.
        generation: u64,
    },
    /// What was asked for is done.
    Done,
    /// It cannot be done.
    Failed {
        /// Why.
        failure: Failure,
        /// When another try makes sense, where that is known.
        retry_at: Option<Wall>,
    },
}

/// Something that the page is told.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum Event {
    /// The state is known: the session was restored, or there is none.
    Ready,
    /// Somebody signed in.
    Login,
    /// The tokens were renewed.
    Refresh {
        /// To this generation.
        generation: u64,
        /// By this tab or another.
        by: By,
    },
    /// A refresh failed for now.
    RefreshFailed {
        /// Why.
        failure: Failure,
        /// No try before then.
        retry_at: Wall,
    },
    /// The auth server refused to renew the tokens; the session lives until its access token expires.
    RefreshRejected {
        /// Why.
        failure: Failure,
        /// When the session ends.
        ends_at: Option<Wall>,
    },
    /// The idle timeout is near.
    Prompt {
        /// When the session ends.
        ends_at: Wall,
    },
    /// The prompt is answered.
    PromptDismissed {
        /// By this.
        by: Dismissal,
    },
    /// The session ended.
    End {
        /// Why.
        reason: EndReason,
        /// In this tab or another.
        by: By,
    },
    /// Another user's session took this one's place.
    UserChanged {
        /// The subject of the old session.
        #[cfg_attr(feature = "record", serde(with = "crate::record::subject"))]
        from: Option<String>,
        /// The subject of the new one.
        #[cfg_attr(feature = "record", serde(with = "crate::record::subject"))]
        to: Option<String>,
    },
    /// The row could not be written: what is shown here may not outlive this tab.
    NotStored,
    /// What [`Machine::view`](super::Machine::view) shows is different now.
    Changed,
}

/// Where something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum By {
    /// In this tab.
    ThisTab,
    /// In another tab.
    OtherTab,
}

/// What answered the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum Dismissal {
    /// Activity.
    Activity,
    /// The user's explicit answer.
    Stay,
}
