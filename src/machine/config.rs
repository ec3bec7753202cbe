//! What an application may set, and why each default is what it is.

use super::time::Span;

/// The session's rules. Every field has a default that suits an ordinary application.
///
/// ```
/// use session_warden::machine::{Config, Span};
///
/// // A bank: short sessions, and no longer than a working day.
/// let config = Config {
///     idle_timeout: Some(Span::minutes(5)),
///     max_age: Some(Span::minutes(8 * 60)),
///     ..Config::default()
/// };
/// assert_eq!(config.idle_prompt, Some(Span::seconds(60)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub struct Config {
    /// How long before expiry a refresh is due. Capped at half the token's lifetime, so that a token that
    /// lives no longer than this is not refreshed on every look. Default: 5 min, enough for several retries.
    pub refresh_early: Span,
    /// Refresh at least this often, whatever the expiry says. Default: off.
    pub refresh_every: Option<Span>,
    /// The longest time between two looks at the clock and the stores while the page is visible.
    /// Default: 30 s, so that a missed event is made good within half a minute.
    pub check_every: Span,
    /// How long a refresh request may take. Default: 10 s.
    pub refresh_timeout: Span,
    /// How long to wait for the lock that spares a second request. Default: 5 s.
    pub lock_timeout: Span,
    /// Sign out after this long without activity in any tab. Default: 30 min; `None` turns it off.
    pub idle_timeout: Option<Span>,
    /// Prompt this long before the idle timeout. Default: 60 s; `None` turns it off.
    pub idle_prompt: Option<Span>,
    /// What dismisses the prompt. Default: any activity.
    pub prompt_ends_on: PromptEndsOn,
    /// Sign out this long after login, active or not. Default: off.
    pub max_age: Option<Span>,
    /// What a final refusal means while the access token still lives. Default: the session lives on to the
    /// token's expiry, so that nobody loses work in the middle of a form.
    pub when_rejected: WhenRejected,
    /// The access token renews itself: it is presented in place of a refresh token. Default: no.
    pub sliding: bool,
    /// What renews the session is in a cookie: where the tokens are in memory, and the tabs that had them are gone,
    /// it is renewed all the same. Default: no.
    pub cookies: bool,
    /// Where the tokens are kept. Default: in the row.
    pub storage: Storage,
}

/// Where the tokens are kept. What the tabs decide by, the row, always lies in the shared store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum Storage {
    /// In the row and its copy, which every tab reads.
    Shared,
    /// In each tab's own copy. Another tab's login is another session, with a row of its own; the tabs of one
    /// session are duplicates of each other.
    PerTab,
    /// In memory. A new tab asks the others for the tokens, and without any the session is lost to it.
    Memory,
}

/// What dismisses the idle prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum PromptEndsOn {
    /// Any activity.
    Activity,
    /// Only an explicit answer.
    Stay,
}

/// What a final refusal of a refresh means while the access token still lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize, serde::Deserialize))]
pub enum WhenRejected {
    /// The session ends when the access token expires.
    AtExpiry,
    /// The session ends at once.
    AtOnce,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            refresh_early: Span::minutes(5),
            refresh_every: None,
            check_every: Span::seconds(30),
            refresh_timeout: Span::seconds(10),
            lock_timeout: Span::seconds(5),
            idle_timeout: Some(Span::minutes(30)),
            idle_prompt: Some(Span::seconds(60)),
            prompt_ends_on: PromptEndsOn::Activity,
            max_age: None,
            when_rejected: WhenRejected::AtExpiry,
            sliding: false,
            cookies: false,
            storage: Storage::Shared,
        }
    }
}
