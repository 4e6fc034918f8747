//! Whatever happens, in whatever order.

use proptest::prelude::*;

use std::time::Duration;

use super::*;
use crate::attempt_guard::SignInAdmission::Admitted;
use crate::otp_manager::Destination;

const FEW: Capacity = Capacity { accounts: 3, pairs: 5, known: 2, guesses: 2, notices: 2 };
const HOUR: Duration = Duration::from_hours(1);
const LIMITED: GuardRules = GuardRules { limit_sign_in: true };

/// Counters with a store, without an actor between them.
struct World {
    counters: Counters,
    store: MemoryJournal,
    now: Timestamp,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    account: u8,
    ip: u8,
    wait: u64,
    result: TryResult,
}

impl World {
    fn new(capacity: &Capacity) -> Self {
        Self {
            counters: Counters::new(LIMITED, capacity),
            store: MemoryJournal::default(),
            now: Timestamp::from_secs(1_000_000),
        }
    }

    fn change<T>(&mut self, rule: impl FnOnce(&mut Counters, Timestamp, &mut Changes) -> T) -> T {
        let mut changes = Changes::default();
        let answer = rule(&mut self.counters, self.now, &mut changes);
        drop(self.store.apply(changes));
        answer
    }

    fn admit(&mut self, account: u8, ip: u8) -> SignInAdmission {
        self.change(|counters, now, changes| {
            counters.sign_ins.admit(&email(account), ip_of(ip), now, changes)
        })
    }

    fn settle(&mut self, account: u8, ip: u8, result: TryResult) {
        self.change(|counters, now, changes| {
            counters.sign_ins.settle(&email(account), ip_of(ip), result, now, changes)
        });
    }

    fn take(&mut self, step: Step) -> SignInAdmission {
        self.now = self.now.after(Duration::from_millis(step.wait));
        let answer = self.admit(step.account, step.ip);
        if answer == Admitted {
            self.settle(step.account, step.ip, step.result);
        }
        answer
    }

    fn kept(&self) -> Vec<Kept> {
        futures_util::FutureExt::now_or_never(self.store.load()).unwrap().unwrap()
    }
}

fn email(n: u8) -> EmailAddress {
    EmailAddress::parse(&format!("user{n}@example.com")).unwrap()
}

fn ip_of(n: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, n])
}

fn result() -> impl Strategy<Value = TryResult> {
    prop_oneof![
        6 => Just(TryResult::Wrong),
        1 => Just(TryResult::Right),
        1 => Just(TryResult::Abandoned),
    ]
}

fn steps(accounts: u8) -> impl Strategy<Value = Vec<Step>> {
    let wait = prop_oneof![0_u64..3_000, 0_u64..1_000_000, 0_u64..50_000_000];
    let step = (0..accounts, 0_u8..4, wait, result())
        .prop_map(|(account, ip, wait, result)| Step { account, ip, wait, result });
    prop::collection::vec(step, 1..120)
}

proptest! {
    /// S-52: the hundred includes what was admitted in any order, from anywhere.
    #[test]
    fn strangers_never_get_a_try_before_the_schedule_allows_it(steps in steps(1)) {
        let mut world = World::new(&Capacity::ONE_MILLION);
        let mut failures = 0_u32;
        let mut last_at = world.now;
        for mut step in steps {
            if step.result == TryResult::Right {
                step.result = TryResult::Abandoned; // nobody becomes known
            }
            let answer = world.take(step);
            if world.now.since(last_at) >= 12 * HOUR {
                failures = 0;
            }
            if answer != Admitted {
                prop_assert!(failures >= 5);
                continue;
            }
            let doubled = 1_u64 << failures.saturating_sub(5).min(20);
            let delay = if failures < 5 { 0 } else { doubled.min(900) };
            prop_assert!(world.now.since(last_at) >= Duration::from_secs(delay));
            if step.result == TryResult::Wrong {
                failures += 1;
                last_at = world.now;
            }
        }
    }

    #[test]
    fn a_restart_changes_no_decision(steps in steps(2)) {
        let mut world = World::new(&Capacity::ONE_MILLION);
        for step in steps {
            world.take(step);
        }
        let mut again = World::new(&Capacity::ONE_MILLION);
        again.now = world.now;
        let mut changes = Changes::default();
        for kept in world.kept() {
            again.counters.restore(kept, &mut changes);
        }
        for (account, ip) in [(0, 0), (0, 1), (0, 9), (1, 0), (1, 9)] {
            prop_assert_eq!(again.admit(account, ip), world.admit(account, ip));
            again.settle(account, ip, TryResult::Abandoned);
            world.settle(account, ip, TryResult::Abandoned);
        }
    }

    #[test]
    fn a_flood_of_keys_stays_within_the_bound_in_memory_and_in_the_store_s57(
        steps in steps(40),
    ) {
        let mut world = World::new(&FEW);
        for step in steps {
            world.take(step);
            world.change(|counters, now, changes| {
                counters.allow_notice(&email(step.account), now, changes);
                let to = Budget::Destination(Destination::Email(email(step.account)));
                counters.budgets.change(&to, now, changes, |guesses| {
                    guesses.admit(now);
                    guesses.settle(step.result, now);
                });
                if step.ip == 0 {
                    counters.sign_ins.forget(&email(step.account), now, changes);
                }
                counters.purge(now, 1, changes);
            });
            prop_assert!(world.counters.len() <= 14);
            prop_assert!(world.kept().len() <= 14);
        }
    }
}
