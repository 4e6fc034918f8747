//! What was sent under one key, and whether there is room for more.

use std::time::Duration;

use super::{BreakerRule, Quota};
use crate::domain::Timestamp;

/// Up to this count every message has its own moment, and a window is exact. Beyond, messages
/// share slots of a sixtieth of the window, each counted until its last moment is over.
const EXACT_COUNT: u32 = 100;
const SLOTS: u32 = 60;
/// Where codes are judged there are few slots while a code lives, however much is sent.
const SLOTS_PER_LIFE: u32 = 10;
/// How far the clocks of two machines may differ. What lies further in the future was written
/// by a clock that has been set back since: it counts no more (F-18).
const SKEW: Duration = Duration::from_mins(5);
/// Verified shares of longer ago say nothing about today.
const JUDGED_FOR: Duration = Duration::from_hours(24);

/// What one key allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// All of them hold at once.
    pub(super) quotas: Vec<Quota>,
    /// For keys of numbers that somebody may be paid for.
    pub(super) breaker: Option<BreakerRule>,
}

/// What was sent under one key. Bounded in size, whatever happens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    /// Oldest first.
    pub(super) slots: Vec<Slot>,
    /// Nothing is sent before; what was sent before is not judged again.
    pub(super) paused_until: Timestamp,
}

/// Messages of about the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// The first moment.
    pub(super) start: Timestamp,
    /// How many were sent.
    pub(super) sent: u32,
    /// How many codes came back while this was the latest slot.
    pub(super) verified: u32,
}

impl Rule {
    /// Of quotas alone.
    pub(super) fn of(quotas: impl Into<Vec<Quota>>) -> Self {
        Self { quotas: quotas.into(), breaker: None }
    }

    /// The length of a slot.
    pub(super) fn resolution(&self) -> Duration {
        let exact = self.quotas.iter().all(|quota| quota.count <= EXACT_COUNT);
        match self.breaker {
            Some(breaker) => (self.longest() / SLOTS).max(breaker.code_life / SLOTS_PER_LIFE),
            None if exact => Duration::ZERO,
            None => self.longest() / SLOTS,
        }
    }

    fn longest(&self) -> Duration {
        self.quotas.iter().map(|quota| quota.per).max().unwrap_or_default()
    }

    fn slot_of(&self, now: Timestamp) -> Timestamp {
        let length = u64::try_from(self.resolution().as_millis()).unwrap_or(u64::MAX);
        let into = now.as_millis().checked_rem(length).unwrap_or_default();
        now.before(Duration::from_millis(into))
    }
}

impl Record {
    /// Without what counts no more at `now`.
    #[must_use]
    pub(super) fn seen_at(mut self, rule: &Rule, now: Timestamp) -> Self {
        let latest = now.after(SKEW);
        let pause = rule.breaker.map(|breaker| breaker.pause).unwrap_or_default();
        if self.paused_until > latest.after(pause) {
            self.paused_until = Timestamp::default();
        }
        self.slots.retain(|slot| slot.start <= latest);
        let longest = rule.longest();
        let judged = rule.breaker.map(|breaker| self.judged_slots(breaker, rule, now));
        let keep = self.slots.iter().rev().enumerate().take_while(|(newer, slot)| {
            now < slot.over_after(longest, rule) || judged.is_some_and(|judged| *newer < judged)
        });
        let drop = self.slots.len().saturating_sub(keep.count());
        self.slots.drain(..drop);
        self
    }

    /// How many of the newest slots the breaker looks at.
    fn judged_slots(&self, breaker: BreakerRule, rule: &Rule, now: Timestamp) -> usize {
        let mut ripe = 0_u32;
        let newest_first = self.slots.iter().rev().take_while(|slot| {
            let looked_at = slot.start >= self.paused_until
                && now < slot.over_after(JUDGED_FOR, rule)
                && ripe < breaker.sample;
            if slot.is_ripe(breaker, rule, now) {
                ripe = ripe.saturating_add(slot.sent);
            }
            looked_at
        });
        newest_first.count()
    }

    /// Whether so few of the latest codes came back that no more are to be sent.
    pub(super) fn has_collapsed(&self, breaker: BreakerRule, rule: &Rule, now: Timestamp) -> bool {
        let judged = self.slots.iter().rev().take(self.judged_slots(breaker, rule, now));
        let (mut sent, mut verified) = (0_u64, 0_u64);
        for slot in judged {
            // Those of codes too young to be judged count in their favour.
            verified += u64::from(slot.verified);
            if slot.is_ripe(breaker, rule, now) {
                sent += u64::from(slot.sent);
            }
        }
        sent >= u64::from(breaker.sample) && verified * 100 < sent * u64::from(breaker.percent)
    }

    /// The time until one more may be sent; zero is now.
    pub(super) fn wait(&self, rule: &Rule, now: Timestamp) -> Duration {
        let quotas = rule.quotas.iter().map(|quota| self.wait_for(*quota, rule, now));
        quotas.max().unwrap_or_default().max(self.paused_until.since(now))
    }

    fn wait_for(&self, quota: Quota, rule: &Rule, now: Timestamp) -> Duration {
        let mut room = quota.count;
        for slot in self.slots.iter().rev() {
            // Newest first: this is the slot that must be over for one more to fit.
            if slot.sent >= room {
                return slot.over_after(quota.per, rule).since(now);
            }
            room -= slot.sent;
        }
        Duration::ZERO
    }

    /// How many count against `quota`.
    pub(super) fn used(&self, quota: Quota, rule: &Rule, now: Timestamp) -> u32 {
        let counted = self.slots.iter().filter(|slot| now < slot.over_after(quota.per, rule));
        counted.fold(0, |sum, slot| sum.saturating_add(slot.sent))
    }

    /// Counts one message.
    pub(super) fn charge(&mut self, rule: &Rule, now: Timestamp) {
        let start = rule.slot_of(now);
        match self.slots.last_mut() {
            // Also when another machine's clock is ahead.
            Some(last) if last.start >= start => last.sent = last.sent.saturating_add(1),
            _ => self.slots.push(Slot { start, sent: 1, verified: 0 }),
        }
    }

    /// Takes back a message counted at `at`, which was not sent.
    pub(super) fn refund(&mut self, at: Timestamp) {
        let counted = self.slots.iter_mut().rev().find(|slot| slot.start <= at && slot.sent > 0);
        if let Some(slot) = counted {
            slot.sent -= 1;
        }
        self.slots.retain(|slot| slot.sent > 0 || slot.verified > 0);
    }

    /// Counts a code that came back.
    pub(super) fn verified(&mut self) {
        if let Some(latest) = self.slots.last_mut() {
            latest.verified = latest.verified.saturating_add(1);
        }
    }

    /// From then on the record says nothing.
    pub(super) fn expires_at(&self, rule: &Rule) -> Timestamp {
        let judged = if rule.breaker.is_some() { JUDGED_FOR } else { Duration::ZERO };
        let newest =
            self.slots.last().map(|slot| slot.over_after(rule.longest().max(judged), rule));
        newest.unwrap_or_default().max(self.paused_until)
    }
}

impl Slot {
    /// When its last moment is `per` ago.
    fn over_after(&self, per: Duration, rule: &Rule) -> Timestamp {
        self.start.after(rule.resolution()).after(per)
    }

    /// Whether its codes can come back no more.
    fn is_ripe(&self, breaker: BreakerRule, rule: &Rule, now: Timestamp) -> bool {
        now >= self.over_after(breaker.code_life, rule)
    }
}
