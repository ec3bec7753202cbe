//! The auth server: one family of rotating tokens per login, and everything that can go wrong with it.

use session_warden::machine::{Failure, Grant, Record, RefreshAnswer, Secret, Span};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What the server does with a refresh request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Rotate,
    /// The old token is dead and nobody hears of the new one.
    RotateAndLose,
    /// New access token, no refresh token in the answer; the old one stays good.
    KeepRefreshToken,
    /// The same access token again, the same lifetime from the same start.
    SameToken,
    Refuse,
    Status(u16, Option<Span>),
    /// The request never reaches the server.
    Network,
    /// The request never reaches the server, and nobody says so.
    Never,
}

/// One refresh request, as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) token: String,
    pub(crate) granted: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Family {
    pub(crate) user: String,
    /// Of the refresh token that is good now.
    pub(crate) generation: u64,
    /// Counts the access tokens.
    pub(crate) issued: u64,
    pub(crate) rotated_at: u64,
    pub(crate) revoked: bool,
}

pub(crate) struct Server {
    pub(crate) access_ttl: Option<Span>,
    /// There are no refresh tokens: the access token renews itself.
    pub(crate) sliding: bool,
    /// How long the predecessor of a refresh token still yields its successor.
    pub(crate) grace: Option<Span>,
    pub(crate) delay: Span,
    pub(crate) usual: Reply,
    pub(crate) script: VecDeque<Reply>,
    pub(crate) families: BTreeMap<String, Family>,
    pub(crate) requests: Vec<Request>,
    /// The tokens of each revocation: access token, refresh token.
    pub(crate) revocations: Vec<(usize, String, Option<String>)>,
    /// Tokens that were presented and refused.
    refused: BTreeSet<String>,
    logins: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            access_ttl: Some(Span::minutes(60)),
            sliding: false,
            grace: None,
            delay: Span(200),
            usual: Reply::Rotate,
            script: VecDeque::new(),
            families: BTreeMap::new(),
            requests: Vec::new(),
            revocations: Vec::new(),
            refused: BTreeSet::new(),
            logins: 0,
        }
    }
}

impl Server {
    pub(crate) fn login(&mut self, user: &str) -> Grant {
        self.logins += 1;
        let name = format!("f{}", self.logins);
        self.families.insert(
            name.clone(),
            Family { user: user.to_owned(), generation: 1, issued: 1, ..Family::default() },
        );
        self.grant(&name)
    }

    fn grant(&self, name: &str) -> Grant {
        let family = &self.families[name];
        Grant {
            access_token: Secret::new(format!("access/{name}/{}", family.issued)),
            refresh_token: (!self.sliding)
                .then(|| Secret::new(format!("refresh/{name}/{}", family.generation))),
            lifetime: self.access_ttl,
            subject: Some(family.user.clone()),
            user: Some(format!(r#"{{"mail":"{}@example.org"}}"#, family.user)),
        }
    }

    /// The tokens beside the answer to a request with this access token, if it is the latest: of several with the same
    /// one the first is answered so. They say of nobody whose they are.
    pub(crate) fn rotate(&mut self, at: u64, access_token: &str, wholly: bool) -> Option<Grant> {
        let (name, number) = parse(access_token)?;
        let family = self.families.get_mut(&name).filter(|f| f.issued == number && !f.revoked)?;
        family.issued += 1;
        if wholly || self.sliding {
            family.generation += 1;
            family.rotated_at = at;
        }
        let grant = self.grant(&name);
        let refresh_token = grant.refresh_token.filter(|_| wholly);
        Some(Grant { refresh_token, subject: None, user: None, ..grant })
    }

    /// Whether the very token that this record would present was refused.
    pub(crate) fn has_refused(&self, record: &Record) -> bool {
        self.refused.contains(record.refresh_token.as_ref().unwrap_or(&record.access_token).expose())
    }

    pub(crate) fn has_refused_family_of(&self, token: &str) -> bool {
        let family = |token: &str| parse(token).map(|(family, _)| family);
        self.refused.iter().any(|refused| family(refused) == family(token))
    }

    /// `None`: no answer will come.
    pub(crate) fn refresh(&mut self, at: u64, token: &str) -> Option<RefreshAnswer> {
        let answer = self.answer(at, token);
        if matches!(answer, Some(RefreshAnswer::Refused(_))) {
            self.refused.insert(token.to_owned());
        }
        answer
    }

    fn answer(&mut self, at: u64, token: &str) -> Option<RefreshAnswer> {
        let reply = self.script.pop_front().unwrap_or(self.usual);
        match reply {
            Reply::Network => return Some(failed(Failure::Network, None)),
            Reply::Never => return None,
            _ => {}
        }
        let token = if token == "cookie:" { self.in_cookie() } else { token.to_owned() };
        let (name, generation) = parse(&token).unwrap_or_default();
        self.requests.push(Request { token, granted: false });
        if let Reply::Status(status, retry_after) = reply {
            return Some(failed(Failure::Server { status }, retry_after));
        }
        let grace = self.grace;
        let refused = Some(RefreshAnswer::Refused(Failure::Refused { status: 400 }));
        let Some(family) = self.families.get_mut(&name) else { return refused };
        if reply == Reply::Refuse || family.revoked {
            return refused;
        }
        if generation < family.generation {
            let within_grace = generation + 1 == family.generation
                && grace.is_some_and(|grace| at - family.rotated_at <= grace.0);
            if !within_grace {
                // Reuse of a dead token is taken for theft.
                family.revoked = true;
                return refused;
            }
        } else {
            if reply != Reply::SameToken {
                family.issued += 1;
            }
            if !matches!(reply, Reply::SameToken | Reply::KeepRefreshToken) {
                family.generation += 1;
                family.rotated_at = at;
            }
        }
        if reply == Reply::RotateAndLose {
            return None;
        }
        if let Some(request) = self.requests.last_mut() {
            request.granted = true;
        }
        let mut grant = self.grant(&name);
        if reply == Reply::KeepRefreshToken {
            grant.refresh_token = None;
        }
        Some(RefreshAnswer::Granted(Box::new(grant)))
    }

    /// The refresh token that the browser brings along by itself.
    fn in_cookie(&self) -> String {
        let name = format!("f{}", self.logins);
        let generation = self.families.get(&name).map_or(0, |family| family.generation);
        format!("refresh/{name}/{generation}")
    }

    pub(crate) fn revoke(&mut self, tab: usize, access_token: &str, refresh_token: Option<&str>) {
        self.revocations.push((tab, access_token.to_owned(), refresh_token.map(str::to_owned)));
        if let Some((name, _)) = parse(access_token)
            && let Some(family) = self.families.get_mut(&name)
        {
            family.revoked = true;
        }
    }

    /// How many requests presented the token of this generation.
    pub(crate) fn presented(&self, generation: u64) -> usize {
        let suffix = format!("/{generation}");
        self.requests.iter().filter(|request| request.token.ends_with(&suffix)).count()
    }
}

/// The family and generation in a token's text.
pub(crate) fn parse(token: &str) -> Option<(String, u64)> {
    let mut parts = token.split('/').skip(1);
    Some((parts.next()?.to_owned(), parts.next()?.parse().ok()?))
}

fn failed(failure: Failure, retry_after: Option<Span>) -> RefreshAnswer {
    RefreshAnswer::Failed { failure, retry_after }
}
