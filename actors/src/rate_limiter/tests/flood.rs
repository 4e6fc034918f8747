//! More clients than memory is for (S-57).

use crate::domain::{ClientNetwork, Timestamp};
use crate::rate_limiter::clients::{Capacity, Clients};
use crate::rate_limiter::{Purpose, tests::fixture};

/// The two million of `examples/limiter_flood.rs`, to the same scale as the capacity.
const FLOOD: u64 = 16_000;

#[test]
fn s_57_a_flood_of_clients_takes_the_room_of_the_capacity_and_frees_nobody_who_is_limited() {
    let capacity = Capacity { bucket: 1_000, suspects: 1_000 };
    let mut clients = Clients::new(&fixture::rules().clients.unwrap(), capacity);
    let now = Timestamp::from_secs(1_000_000);
    let limited = ClientNetwork::of("192.0.2.1".parse().unwrap());
    while clients.admit(Purpose::SignUp, limited, now).is_ok() {}
    for n in 0..FLOOD {
        let flood = ClientNetwork::V6(n);
        assert_eq!(clients.admit(Purpose::SignUp, flood, now), Ok(()));
    }
    assert_eq!(clients.len(), capacity.bucket);
    assert!(clients.admit(Purpose::SignUp, limited, now).is_err());
    // The newest of the flood is remembered, too.
    let newest = ClientNetwork::V6(FLOOD - 1);
    assert_eq!(clients.admit(Purpose::SignUp, newest, now), Ok(()));
    assert_eq!(clients.admit(Purpose::SignUp, newest, now), Ok(()));
    assert!(clients.admit(Purpose::SignUp, newest, now).is_err());
}

#[test]
fn s_57_there_are_at_most_a_million_clients_and_all_are_forgotten_in_time() {
    let Capacity { bucket, suspects } = Capacity::ONE_MILLION;
    assert_eq!(7 * bucket + suspects, 1_000_000);
    let mut clients = Clients::new(&fixture::rules().clients.unwrap(), Capacity::ONE_MILLION);
    let now = Timestamp::from_secs(1_000_000);
    for n in 0..1_000 {
        for purpose in Purpose::ALL {
            clients.admit(purpose, ClientNetwork::V6(n), now).unwrap();
        }
    }
    assert_eq!(clients.len(), 7_000);
    clients.purge(now.after(fixture::HOUR), 100);
    assert_eq!(clients.len(), 6_300);
    clients.purge(now.after(fixture::HOUR), 1_000);
    assert_eq!(clients.len(), 0);
}
