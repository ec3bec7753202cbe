//! How often auth endpoints may be asked. Counted in this process first, which costs next to nothing and holds
//! whatever the database does; then, where there may be several servers, for all of them together.

use std::hash::Hash;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

use crate::clock::Clock;
use crate::profile::{Rate, Rates};
use crate::store::SharedRates;

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, ServerClock, NoOpMiddleware<Duration>>;

/// The server's clock as governor reads clocks.
#[derive(Clone)]
struct ServerClock(Arc<dyn Clock>);

impl GovernorClock for ServerClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        // Not the wall clock: one that is set back would shut everybody out for as long.
        self.0.since_start()
    }
}

/// Refused for now; so long until it is worth trying again.
pub(crate) struct TooMany {
    pub(crate) retry_after: Duration,
}

pub(crate) struct RateLimits {
    addresses: Limiter<IpAddr>,
    accounts: Limiter<String>,
    refused_logins: Limiter<IpAddr>,
    /// Of whom that has been told: once in a while, not at every further one.
    told: Limiter<IpAddr>,
    clock: ServerClock,
    rates: Rates,
    shared: Option<SharedRates>,
}

impl RateLimits {
    pub(crate) fn new(rates: Rates, clock: Arc<dyn Clock>, shared: Option<SharedRates>) -> Self {
        let clock = ServerClock(clock);
        Self {
            addresses: limiter(rates.per_address, &clock),
            accounts: limiter(rates.per_account, &clock),
            refused_logins: limiter(rates.refused_per_address, &clock),
            told: limiter(Rate::once_in(rates.refused_per_address.period()), &clock),
            clock,
            rates,
            shared,
        }
    }

    pub(crate) async fn count_address(&self, address: IpAddr) -> Result<(), TooMany> {
        let network = network(address);
        self.count(&self.addresses, &network)?;
        self.count_with_others(&format!("address {network}"), self.rates.per_address).await
    }

    /// Whether it is time to tell that an address has had too many logins refused.
    pub(crate) fn count_refused_login(&self, address: IpAddr) -> bool {
        let network = network(address);
        self.refused_logins.check_key(&network).is_err() && self.told.check_key(&network).is_ok()
    }

    pub(crate) async fn count_account(&self, account: &str) -> Result<(), TooMany> {
        self.count(&self.accounts, &account.to_owned())?;
        self.count_with_others(&format!("account {account}"), self.rates.per_account).await
    }

    /// Forgets whom nothing has been heard of.
    pub(crate) fn forget_idle(&self) {
        self.addresses.retain_recent();
        self.accounts.retain_recent();
        self.refused_logins.retain_recent();
        self.told.retain_recent();
    }

    fn count<K: Hash + Eq + Clone>(&self, limiter: &Limiter<K>, key: &K) -> Result<(), TooMany> {
        limiter
            .check_key(key)
            .map_err(|refused| TooMany { retry_after: refused.wait_time_from(self.clock.now()) })
    }

    /// Lets pass what cannot be counted: the limit of this process holds, and a request may not fail for its count.
    async fn count_with_others(&self, key: &str, rate: Rate) -> Result<(), TooMany> {
        let Some(shared) = &self.shared else { return Ok(()) };
        match shared.count(key, rate).await {
            Ok(None) => Ok(()),
            Ok(Some(retry_after)) => Err(TooMany { retry_after }),
            Err(error) => {
                tracing::warn!(%error, "a request was counted by this server alone");
                Ok(())
            }
        }
    }
}

/// Who has one IPv6 address has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
        address => address,
    }
}

fn limiter<K: Hash + Eq + Clone>(rate: Rate, clock: &ServerClock) -> Limiter<K> {
    let quota = Quota::with_period(rate.replenish_one()).expect("a rate is never more than one a nanosecond");
    RateLimiter::new(quota.allow_burst(rate.count()), DefaultKeyedStateStore::default(), clock.clone())
}
