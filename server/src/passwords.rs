//! Passwords: what is asked of a new one, and bcrypt off the async threads.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::Arc;
use std::thread;

use bcrypt::HashParts;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::{Mutex, MutexGuard, Semaphore};
use tokio::task;

use crate::profile::{self, CharacterKind};

/// bcrypt reads this many bytes and ignores the rest, so a longer password is refused, never cut.
const BCRYPT_MAX_BYTES: usize = 72;

/// How slow bcrypt is made, 4 to 20: one more doubles the time of every login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub struct BcryptCost(u32);

/// A bcrypt cost out of bounds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a bcrypt cost between 4 and 20")]
pub struct BcryptCostError(String);

impl BcryptCost {
    /// For what is no real password.
    pub(crate) const LOWEST: Self = Self(4);
}

impl TryFrom<u32> for BcryptCost {
    type Error = BcryptCostError;

    fn try_from(cost: u32) -> Result<Self, Self::Error> {
        // bcrypt itself ends at 31, but already 20 takes about a minute a login.
        match cost {
            4..=20 => Ok(Self(cost)),
            _ => Err(BcryptCostError(cost.to_string())),
        }
    }
}

impl FromStr for BcryptCost {
    type Err = BcryptCostError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map_err(|_| BcryptCostError(text.to_owned())).and_then(|cost: u32| cost.try_into())
    }
}

/// A rule that a new password breaks, with a message for its user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct BrokenRule {
    pub(crate) rule: &'static str,
    pub(crate) message: String,
}

/// Why a password could not be hashed or compared; never says anything of the password.
#[derive(Debug, Error)]
pub(crate) enum PasswordError {
    #[error("bcrypt failed: {0}")]
    Bcrypt(#[from] bcrypt::BcryptError),
    #[error("the hashing thread did not finish: {0}")]
    Thread(#[from] task::JoinError),
    #[error("no hashing thread may start any more")]
    Closed(#[from] tokio::sync::AcquireError),
}

/// A bcrypt hash as it lies in the database.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PasswordHash(String);

impl PasswordHash {
    pub(crate) const fn from_stored(hash: String) -> Self {
        Self(hash)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(_)")
    }
}

/// What came of comparing a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// `renewed`: its hash at the present cost, where the one that is kept has another.
    Right {
        renewed: Option<PasswordHash>,
    },
    Wrong,
}

/// Checks, hashes and compares passwords under one policy.
pub(crate) struct Passwords {
    min_length: profile::MinLength,
    require: Vec<CharacterKind>,
    cost: BcryptCost,
    /// Compared where there is no account, so that a missing one takes as long as a wrong password.
    decoy: PasswordHash,
    /// As many hashes at a time as there are processors: more would only make each of them later.
    threads: Arc<Semaphore>,
    /// Accounts take turns by their lane. Which lane that is, nobody can choose who chooses the account.
    lanes: Vec<Mutex<()>>,
    lane_of: RandomState,
}

/// So many that accounts rarely meet, and a processor is never idle for it.
const LANES: usize = 256;

impl Passwords {
    pub(crate) async fn new(policy: &profile::Passwords) -> Result<Self, PasswordError> {
        let cost = policy.bcrypt_cost;
        let decoy = task::spawn_blocking(move || bcrypt::hash("", cost.0)).await??;
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            min_length: policy.min_length,
            require: policy.require.clone(),
            cost,
            decoy: PasswordHash(decoy),
            threads: Arc::new(Semaphore::new(processors)),
            lanes: (0..LANES).map(|_| Mutex::default()).collect(),
            lane_of: RandomState::new(),
        })
    }

    /// Waits for an account's turn, and holds it: one password at a time is tried, so that those that are given
    /// at the same moment are not taken for wrong before they have been looked at.
    pub(crate) async fn turn(&self, account: &str) -> MutexGuard<'_, ()> {
        let lane = self.lane_of.hash_one(account) % LANES as u64;
        self.lanes.get(lane as usize).expect("there are as many lanes").lock().await
    }

    /// Every rule that `password` breaks as a new password of the account `email`.
    pub(crate) fn broken_rules(&self, password: &str, email: &str) -> Vec<BrokenRule> {
        let min = self.min_length.characters();
        let rules = [
            (password.chars().count() < min, "min_length", format!("use at least {min} characters")),
            (
                password.len() > BCRYPT_MAX_BYTES,
                "max_bytes",
                format!("use at most {BCRYPT_MAX_BYTES} bytes (letters beyond ASCII count for two or more)"),
            ),
            // bcrypt repeats the password with a NUL between, so that "a" and "a\0a" are the same to it.
            (password.contains('\0'), "no_nul", "leave out the NUL character".to_owned()),
            (
                password.trim().eq_ignore_ascii_case(email),
                "not_email",
                "do not use the e-mail address as the password".to_owned(),
            ),
        ];
        rules
            .into_iter()
            .chain(self.require.iter().map(|kind| missing(*kind, password)))
            .filter(|(broken, ..)| *broken)
            .map(|(_, rule, message)| BrokenRule { rule, message })
            .collect()
    }

    /// Hashes a password that breaks no rule.
    pub(crate) async fn hash(&self, password: String) -> Result<PasswordHash, PasswordError> {
        let cost = self.cost.0;
        let hash = self.on_a_thread(move || bcrypt::hash(password, cost)).await?;
        Ok(PasswordHash(hash))
    }

    /// Whether `password` is the one behind `hash`; wrong, after the same work, where there is no hash.
    pub(crate) async fn check(
        &self,
        password: String,
        hash: Option<&PasswordHash>,
    ) -> Result<Verdict, PasswordError> {
        let possible = hash.is_some() && password.len() <= BCRYPT_MAX_BYTES && !password.contains('\0');
        let hash = hash.unwrap_or(&self.decoy).clone();
        let present = self.cost.0;
        self.on_a_thread(move || {
            let cost = hash.as_str().parse::<HashParts>()?.get_cost();
            if bcrypt::verify(&password, hash.as_str())? && possible {
                let renewed = (cost != present).then(|| bcrypt::hash(password, present)).transpose()?;
                return Ok(Verdict::Right { renewed: renewed.map(PasswordHash) });
            }
            // A cheap hash from before the cost was raised would tell by the time it took that there is an
            // account. Each of these doubles what has been done so far.
            for cost in cost..present {
                bcrypt::hash("", cost)?;
            }
            Ok(Verdict::Wrong)
        })
        .await
    }

    async fn on_a_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> bcrypt::BcryptResult<T> + Send + 'static,
    ) -> Result<T, PasswordError> {
        // The permit moves along: a request that is given up does not free the processor its hash still uses.
        let permit = Arc::clone(&self.threads).acquire_owned().await?;
        let outcome = task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        Ok(outcome.await??)
    }
}

fn missing(kind: CharacterKind, password: &str) -> (bool, &'static str, String) {
    let (is_there, rule, message) = match kind {
        CharacterKind::Lower => (password.chars().any(char::is_lowercase), "lower", "use a small letter"),
        CharacterKind::Upper => (password.chars().any(char::is_uppercase), "upper", "use a capital letter"),
        CharacterKind::Digit => (password.chars().any(char::is_numeric), "digit", "use a digit"),
        CharacterKind::Symbol => (
            password.chars().any(|c| !c.is_alphanumeric()),
            "symbol",
            "use a character that is neither letter nor digit",
        ),
    };
    (!is_there, rule, message.to_owned())
}
