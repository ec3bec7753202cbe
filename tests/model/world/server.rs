//! The auth server: strict rotation, with or without a grace window, and every refresh request on its way.

use session_warden::machine::{Failure, Grant, RefreshAnswer, Secret, Sid, Span};

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Server {
    pub(crate) families: Vec<Family>,
}

/// The rotating tokens of one login.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Family {
    pub(crate) user: char,
    /// Of the refresh token that is good now.
    pub(crate) generation: u64,
    /// Counts the access tokens that were given beside answers.
    pub(crate) issued: u64,
    pub(crate) rotated_at: u64,
    pub(crate) revoked: bool,
}

/// One refresh request. Forgotten as soon as it forbids no other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Attempt {
    pub(crate) tab: usize,
    pub(crate) sid: Sid,
    pub(crate) generation: u64,
    /// Of the tokens that the tab had: an earlier one, where another tab keeps the latest to itself.
    pub(crate) own: u64,
    /// Family and generation of the token that was sent.
    pub(crate) token: (usize, u64),
    pub(crate) sent_at: u64,
    pub(crate) stage: Stage,
    /// Nobody waits for the answer: the tab is dead, or has given up.
    pub(crate) unheard: bool,
    /// The tab was frozen or asleep, so that it may have missed its own time limit.
    pub(crate) away: bool,
    /// The store failed the tab, so that the outcome may be known to it alone.
    pub(crate) unwritten: bool,
    /// The browser took the lock away from the tab, so that it looks dead.
    pub(crate) robbed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stage {
    Travelling,
    Returning(Reply),
    /// The answer got lost: only the time limit is left to wait for.
    Lost,
    /// The tab knows the outcome.
    Known,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Reply {
    Granted { family: usize, generation: u64 },
    Refused,
    Unreachable,
}

/// The answer to an ordinary request, with new tokens beside it, on its way.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Rotation {
    pub(crate) tab: usize,
    pub(crate) sid: Sid,
    /// Of the token that the request carried.
    pub(crate) generation: u64,
    pub(crate) grant: Grant,
}

impl Attempt {
    pub(crate) const fn is_stale(&self) -> bool {
        self.own != self.generation
    }
}

impl Server {
    pub(crate) fn log_in(&mut self, user: char) -> usize {
        self.families.push(Family { user, generation: 1, issued: 0, rotated_at: 0, revoked: false });
        self.families.len() - 1
    }

    pub(crate) fn refresh(
        &mut self,
        now: u64,
        (family, generation): (usize, u64),
        grace: Option<u64>,
    ) -> Reply {
        let tokens = &mut self.families[family];
        if tokens.revoked {
            return Reply::Refused;
        }
        if generation == tokens.generation {
            tokens.generation += 1;
            tokens.rotated_at = now;
        } else if generation + 1 != tokens.generation
            || grace.is_none_or(|grace| tokens.rotated_at + grace < now)
        {
            // Reuse of a dead token is taken for theft.
            tokens.revoked = true;
            return Reply::Refused;
        }
        Reply::Granted { family, generation: tokens.generation }
    }

    /// Whether a request with this access token is answered with new tokens. Of several with the same one the first
    /// is: for the others the token is no longer the latest.
    pub(crate) fn rotates(&self, access_token: &Secret) -> bool {
        if access_token.expose() == UNSEEN {
            return false;
        }
        let (family, generation) = parse(access_token);
        let tokens = &self.families[family];
        tokens.generation == generation && !tokens.revoked
    }

    /// The tokens beside an answer, which say of nobody whose they are.
    pub(crate) fn rotate(&mut self, now: u64, access_token: &Secret, wholly: bool, lifetime: Span) -> Grant {
        let (family, _) = parse(access_token);
        let tokens = &mut self.families[family];
        if wholly {
            tokens.generation += 1;
            tokens.rotated_at = now;
        } else {
            tokens.issued += 1;
        }
        let (generation, issued) = (tokens.generation, tokens.issued);
        let grant = self.grant(family, generation, lifetime);
        Grant {
            access_token: Secret::new(format!("a/{family}/{generation}/{issued}")),
            refresh_token: grant.refresh_token.filter(|_| wholly),
            subject: None,
            ..grant
        }
    }

    pub(crate) fn grant(&self, family: usize, generation: u64, lifetime: Span) -> Grant {
        Grant {
            access_token: Secret::new(format!("a/{family}/{generation}")),
            refresh_token: Some(Secret::new(format!("r/{family}/{generation}"))),
            lifetime: Some(lifetime),
            subject: Some(self.families[family].user.to_string()),
            user: None,
        }
    }

    pub(crate) fn answer(&self, reply: Reply, lifetime: Span) -> RefreshAnswer {
        match reply {
            Reply::Granted { family, generation } => {
                RefreshAnswer::Granted(Box::new(self.grant(family, generation, lifetime)))
            }
            Reply::Refused => RefreshAnswer::Refused(Failure::Refused { status: 400 }),
            Reply::Unreachable => RefreshAnswer::Failed { failure: Failure::Network, retry_after: None },
        }
    }
}

/// In place of a token that is in a cookie.
pub(crate) const UNSEEN: &str = "cookie:";

/// The family and generation that a token's text names.
pub(crate) fn parse(token: &Secret) -> (usize, u64) {
    let mut parts = token.expose().split('/').skip(1);
    let mut next = || parts.next().expect("a token of this server");
    (next().parse().expect("a family"), next().parse().expect("a generation"))
}
