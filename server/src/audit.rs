//! What happened, for those who run the server: a line in the log and a count for Prometheus, from one place,
//! so that the two never disagree. No event has room for a token or a password.

use std::net::IpAddr;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use serde_json::json;

use crate::alerts::Alerts;
use crate::store::Client;
use crate::tokens::{Authentic, TokenClaims};

/// The log target of audit events.
pub(crate) const TARGET: &str = concat!(env!("CARGO_CRATE_NAME"), "::audit");

/// Seconds that the token which renews had left when it was used.
const LEFT_AT_REFRESH: [f64; 8] =
    [60.0, 3600.0, 6.0 * 3600.0, 86_400.0, 3.0 * 86_400.0, 7.0 * 86_400.0, 14.0 * 86_400.0, 30.0 * 86_400.0];

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    AccountCreated,
    SessionStarted(StartedBy),
    LoginRefused(LoginRefusal),
    AccountLocked,
    /// One address guesses at many accounts, a few times at each, so that none is locked.
    PasswordSpraying,
    Refreshed,
    /// The answer of a moment ago was given again.
    RefreshRepeated,
    RefreshRefused,
    /// A used token came again.
    ReuseDetected,
    AccessRefused,
    UnusualAccess,
    AddressChanged,
    LoggedOut,
    LoggedOutEverywhere,
    SessionEnded,
    /// A login ended the oldest session.
    SessionReplaced,
    PasswordChanged,
    PasswordChangeRefused,
    /// By the operator, as are the sessions that are ended with everybody else's.
    RolesChanged,
    EndedByOperator,
    RoleMissing,
    CsrfRefused,
    RateLimited,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartedBy {
    Login,
    Registration,
}

impl StartedBy {
    const fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Registration => "registration",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginRefusal {
    UnknownAccount,
    WrongPassword,
    Locked,
    TooManySessions,
}

impl LoginRefusal {
    const fn name(self) -> &'static str {
        match self {
            Self::UnknownAccount => "unknown_account",
            Self::WrongPassword => "wrong_password",
            Self::Locked => "locked",
            Self::TooManySessions => "too_many_sessions",
        }
    }
}

/// Whom an event is about.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct About<'a> {
    pub(crate) user: Option<&'a str>,
    pub(crate) session: Option<&'a str>,
    pub(crate) address: Option<IpAddr>,
}

impl About<'_> {
    /// Nobody that is known, from there.
    pub(crate) fn from(client: &Client) -> Self {
        Self { address: client.address, ..Self::default() }
    }
}

impl<'a> About<'a> {
    /// Whoever a token was issued to, from there.
    pub(crate) fn holder(token: &'a Authentic, client: &Client) -> Self {
        let TokenClaims { sub, sid, .. } = token.claims();
        Self { user: Some(sub), session: Some(sid), address: client.address }
    }
}

impl Event {
    const fn name(self) -> &'static str {
        match self {
            Self::AccountCreated => "account_created",
            Self::SessionStarted(_) => "session_started",
            Self::LoginRefused(_) => "login_refused",
            Self::AccountLocked => "account_locked",
            Self::PasswordSpraying => "password_spraying",
            Self::Refreshed => "refreshed",
            Self::RefreshRepeated => "refresh_repeated",
            Self::RefreshRefused => "refresh_refused",
            Self::ReuseDetected => "reuse_detected",
            Self::AccessRefused => "access_refused",
            Self::UnusualAccess => "unusual_access",
            Self::AddressChanged => "address_changed",
            Self::LoggedOut => "logged_out",
            Self::LoggedOutEverywhere => "logged_out_everywhere",
            Self::SessionEnded => "session_ended",
            Self::SessionReplaced => "session_replaced",
            Self::PasswordChanged => "password_changed",
            Self::PasswordChangeRefused => "password_change_refused",
            Self::RolesChanged => "roles_changed",
            Self::EndedByOperator => "ended_by_operator",
            Self::RoleMissing => "role_missing",
            Self::CsrfRefused => "csrf_refused",
            Self::RateLimited => "rate_limited",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::AccountCreated => "account created",
            Self::SessionStarted(_) => "session started",
            Self::LoginRefused(_) => "login refused",
            Self::AccountLocked => "too many wrong passwords: the account is locked for a while",
            Self::PasswordSpraying => "many logins from one address were refused",
            Self::Refreshed => "refreshed",
            Self::RefreshRepeated => "refreshed again within the grace window",
            Self::RefreshRefused => "refresh refused",
            Self::ReuseDetected => "a used refresh token came again: its session has been ended",
            Self::AccessRefused => "access token refused",
            Self::UnusualAccess => "the session goes on with another device",
            Self::AddressChanged => "the session goes on from another address",
            Self::LoggedOut => "logged out",
            Self::LoggedOutEverywhere => "logged out everywhere",
            Self::SessionEnded => "session ended from another",
            Self::SessionReplaced => "too many sessions: the oldest has been ended",
            Self::PasswordChanged => "password changed",
            Self::PasswordChangeRefused => "password change refused: the current one is wrong",
            Self::RolesChanged => "roles changed by the operator",
            Self::EndedByOperator => "sessions ended by the operator",
            Self::RoleMissing => "refused for want of a role",
            Self::CsrfRefused => "refused for want of a CSRF token",
            Self::RateLimited => "too many requests",
        }
    }

    const fn is_warning(self) -> bool {
        matches!(
            self,
            Self::ReuseDetected
                | Self::AccountLocked
                | Self::PasswordSpraying
                | Self::UnusualAccess
                | Self::CsrfRefused
        )
    }

    /// What happens all the time in a healthy system, and would drown the rest.
    const fn is_detail(self) -> bool {
        matches!(self, Self::AccessRefused)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventName {
    event: &'static str,
}

/// Records what happens.
pub(crate) struct Audit {
    registry: Registry,
    logins: Family<Outcome, Counter>,
    refreshes: Family<Outcome, Counter>,
    tokens_issued: Counter,
    validation_failures: Counter,
    reuse: Counter,
    events: Family<EventName, Counter>,
    active_sessions: Gauge,
    left_at_refresh: Histogram,
    alerts: Option<Alerts>,
}

impl Audit {
    pub(crate) fn new(alerts: Option<Alerts>) -> Self {
        let mut registry = Registry::with_prefix("session_warden");
        let logins = Family::default();
        let refreshes = Family::default();
        let tokens_issued = Counter::default();
        let validation_failures = Counter::default();
        let reuse = Counter::default();
        let events = Family::default();
        let active_sessions = Gauge::default();
        let left_at_refresh = Histogram::new(LEFT_AT_REFRESH);
        registry.register("login_attempts", "Logins by outcome", logins.clone());
        registry.register("refreshes", "Refreshes by outcome", refreshes.clone());
        registry.register("tokens_issued", "Answers that carried tokens", tokens_issued.clone());
        registry.register(
            "validation_failures",
            "Access tokens that were refused",
            validation_failures.clone(),
        );
        registry.register("reuse_detected", "Used refresh tokens that came again", reuse.clone());
        registry.register("events", "Audit events by name", events.clone());
        registry.register("active_sessions", "Sessions that are live", active_sessions.clone());
        registry.register_with_unit(
            "left_at_refresh",
            "What the token that renews had left to live when it was used",
            Unit::Seconds,
            left_at_refresh.clone(),
        );
        Self {
            registry,
            logins,
            refreshes,
            tokens_issued,
            validation_failures,
            reuse,
            events,
            active_sessions,
            left_at_refresh,
            alerts,
        }
    }

    pub(crate) fn record(&self, event: Event, about: About<'_>) {
        self.count(event);
        let About { user, session, address } = about;
        let address = address.map(|address| address.to_string());
        let address = address.as_deref();
        let (event_name, message) = (event.name(), event.message());
        let reason = match event {
            Event::LoginRefused(refusal) => Some(refusal.name()),
            _ => None,
        };
        let by = match event {
            Event::SessionStarted(by) => Some(by.name()),
            _ => None,
        };
        if event.is_warning() {
            tracing::warn!(target: TARGET, event = event_name, user, session, address, "{message}");
            if let Some(alerts) = &self.alerts {
                alerts.raise(json!({
                    "event": event_name,
                    "message": message,
                    "user": user,
                    "session": session,
                    "address": address,
                }));
            }
        } else if event.is_detail() {
            tracing::debug!(target: TARGET, event = event_name, user, session, address, "{message}");
        } else {
            tracing::info!(target: TARGET, event = event_name, reason, by, user, session, address, "{message}");
        }
    }

    pub(crate) fn token_used_with_left(&self, seconds: i64) {
        // Far below what a float holds exactly.
        self.left_at_refresh.observe(f64::from(u32::try_from(seconds).unwrap_or_default()));
    }

    /// All counts in Prometheus' text format.
    pub(crate) fn exposition(&self, active_sessions: i64) -> Result<String, std::fmt::Error> {
        self.active_sessions.set(active_sessions);
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }

    fn count(&self, event: Event) {
        self.events.get_or_create(&EventName { event: event.name() }).inc();
        match event {
            Event::SessionStarted(StartedBy::Login) => self.login("success"),
            Event::LoginRefused(refusal) => self.login(refusal.name()),
            Event::Refreshed | Event::RefreshRepeated => self.refresh("success"),
            Event::RefreshRefused => self.refresh("refused"),
            Event::ReuseDetected => {
                self.refresh("reuse");
                self.reuse.inc();
            }
            Event::AccessRefused => {
                self.validation_failures.inc();
            }
            _ => {}
        }
        if matches!(
            event,
            Event::SessionStarted(_) | Event::Refreshed | Event::RefreshRepeated | Event::PasswordChanged
        ) {
            self.tokens_issued.inc();
        }
    }

    fn login(&self, outcome: &'static str) {
        self.logins.get_or_create(&Outcome { outcome }).inc();
    }

    fn refresh(&self, outcome: &'static str) {
        self.refreshes.get_or_create(&Outcome { outcome }).inc();
    }
}
