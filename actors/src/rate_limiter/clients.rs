//! What each client may do: a bucket per purpose, and the block for credential stuffing.

use std::time::Duration;

use super::rate::Bucket;
use super::stuffing::Stuffing;
use super::{ClientRules, Purpose, Rate};
use crate::domain::{ClientNetwork, EmailAddress, Password, Timestamp};
use crate::shelf::Shelf;

/// How many clients each map holds.
#[derive(Clone, Copy)]
pub(super) struct Capacity {
    /// Of each of the seven purposes.
    pub(super) bucket: usize,
    /// Of failed sign-ins.
    pub(super) suspects: usize,
}

impl Capacity {
    /// A million keys in all (S-57), of some 90 bytes each; a suspect of 14 failures has 224
    /// more. `examples/limiter_flood.rs` measures it.
    pub(super) const ONE_MILLION: Self = Self { bucket: 130_000, suspects: 90_000 };
}

/// The clients of this process.
pub(super) struct Clients {
    sign_in: Buckets,
    sign_up: Buckets,
    verify: Buckets,
    send_code: Buckets,
    forgot_password: Buckets,
    reset_password: Buckets,
    refresh: Buckets,
    stuffing: Stuffing,
}

/// The buckets of one purpose. One purpose cannot push out the clients of another.
struct Buckets {
    rate: Rate,
    /// Each is forgotten when it is full. What is evicted first is therefore fullest: to have an
    /// empty bucket forgotten early, somebody must empty as many others as the map holds.
    clients: Shelf<ClientNetwork, Bucket>,
}

impl Clients {
    pub(super) fn new(rules: &ClientRules, capacity: Capacity) -> Self {
        let buckets =
            |purpose| Buckets { rate: rules.rate(purpose), clients: Shelf::new(capacity.bucket) };
        Self {
            sign_in: buckets(Purpose::SignIn),
            sign_up: buckets(Purpose::SignUp),
            verify: buckets(Purpose::Verify),
            send_code: buckets(Purpose::SendCode),
            forgot_password: buckets(Purpose::ForgotPassword),
            reset_password: buckets(Purpose::ResetPassword),
            refresh: buckets(Purpose::Refresh),
            stuffing: Stuffing::new(rules.stuffing, rules.stuffing_block, capacity.suspects),
        }
    }

    /// Counts one more, or tells how long to wait.
    pub(super) fn admit(
        &mut self,
        purpose: Purpose,
        network: ClientNetwork,
        now: Timestamp,
    ) -> Result<(), Duration> {
        if purpose == Purpose::SignIn
            && let Some(wait) = self.stuffing.blocked(network, now)
        {
            return Err(wait);
        }
        self.buckets(purpose).take(network, now)
    }

    /// Notes a wrong sign-in. True when the network is blocked for it.
    pub(super) fn failed_sign_in(
        &mut self,
        network: ClientNetwork,
        email: &EmailAddress,
        password: &Password,
        now: Timestamp,
    ) -> bool {
        self.stuffing.failed(network, email, password, now)
    }

    /// Frees what counts no more, at most `limit` in each map.
    pub(super) fn purge(&mut self, now: Timestamp, limit: usize) {
        for buckets in self.all() {
            buckets.clients.purge(now, limit);
        }
        self.stuffing.purge(now, limit);
    }

    fn buckets(&mut self, purpose: Purpose) -> &mut Buckets {
        match purpose {
            Purpose::SignIn => &mut self.sign_in,
            Purpose::SignUp => &mut self.sign_up,
            Purpose::Verify => &mut self.verify,
            Purpose::SendCode => &mut self.send_code,
            Purpose::ForgotPassword => &mut self.forgot_password,
            Purpose::ResetPassword => &mut self.reset_password,
            Purpose::Refresh => &mut self.refresh,
        }
    }

    fn all(&mut self) -> [&mut Buckets; 7] {
        let Self {
            sign_in,
            sign_up,
            verify,
            send_code,
            forgot_password,
            reset_password,
            refresh,
            stuffing: _,
        } = self;
        [sign_in, sign_up, verify, send_code, forgot_password, reset_password, refresh]
    }

    #[cfg(test)]
    pub(super) fn len(&mut self) -> usize {
        self.stuffing.len() + self.all().map(|buckets| buckets.clients.len()).iter().sum::<usize>()
    }
}

impl Buckets {
    fn take(&mut self, network: ClientNetwork, now: Timestamp) -> Result<(), Duration> {
        let mut bucket = self.clients.get(&network, now).copied().unwrap_or_default();
        let taken = bucket.take(self.rate, now);
        // Also when refused: a clock set back may have been corrected.
        self.clients.put(network, bucket, bucket.full_at());
        taken
    }
}
