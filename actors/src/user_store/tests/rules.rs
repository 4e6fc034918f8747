//! Properties of the rules, by trying arbitrary histories.

use proptest::prelude::*;

use super::super::account::{change_password, record_reset_link};
use super::*;

/// One thing that happens to an account; small numbers, so that they often meet.
#[derive(Clone, Debug)]
enum Event {
    LinkRecorded { number: u8, lives_secs: u64 },
    PasswordChanged { version: u32, authority: ResetAuthority },
    TimePassed { secs: u64 },
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let recorded = (0..4_u8, 0..20_u64)
        .prop_map(|(number, lives_secs)| Event::LinkRecorded { number, lives_secs });
    let authority = prop_oneof![
        3 => (0..4_u8).prop_map(|number| ResetAuthority::Link(link(number).id)),
        1 => Just(ResetAuthority::RecentSignIn),
    ];
    let changed = (1..4_u32, authority)
        .prop_map(|(version, authority)| Event::PasswordChanged { version, authority });
    let passed = (0..20_u64).prop_map(|secs| Event::TimePassed { secs });
    prop::collection::vec(prop_oneof![3 => recorded, 4 => changed, 1 => passed], 0..40)
}

proptest! {
    #[test]
    fn a_password_changes_exactly_when_the_caller_is_entitled(history in events()) {
        let (mut user, mut now) = (user(1), NOW);
        // What a newest link entitles to, kept apart from the account.
        let mut newest: Option<ResetLink> = None;
        let mut changes = 0;
        for event in history {
            match event {
                Event::TimePassed { secs } => now = now.after(Duration::from_secs(secs)),
                Event::LinkRecorded { number, lives_secs } => {
                    let expires_at = now.after(Duration::from_secs(lives_secs));
                    let link = ResetLink { expires_at, ..link(number) };
                    prop_assert_eq!(record_reset_link(&mut user, link), UpdateOutcome::Done);
                    newest = Some(link);
                }
                Event::PasswordChanged { version, authority } => {
                    let entitled = version == changes + 1 && match (authority, newest) {
                        (ResetAuthority::RecentSignIn, _) => true,
                        (ResetAuthority::Link(id), Some(newest)) => {
                            newest.id == id && now.as_millis() < newest.expires_at.as_millis()
                        }
                        (ResetAuthority::Link(_), None) => false,
                    };
                    let mut change = change(&user, authority);
                    change.password_version = version;
                    change.new_hash = PasswordHash::from_phc(format!("hash {}", changes + 1));
                    let outcome = change_password(&mut user, change, now);
                    prop_assert_eq!(outcome == UpdateOutcome::Done, entitled);
                    if entitled {
                        changes += 1;
                        newest = None;
                        prop_assert_eq!(user.password_hash.as_phc(), format!("hash {changes}"));
                    }
                }
            }
            prop_assert_eq!(user.password_version, changes + 1);
            prop_assert_eq!(user.reset_link, newest);
        }
    }
}

#[test]
fn the_last_version_cannot_be_changed_rather_than_start_again() {
    let mut user = User { password_version: u32::MAX, ..user(1) };
    let change = change(&user, ResetAuthority::RecentSignIn);
    assert_eq!(change_password(&mut user, change, NOW), UpdateOutcome::Stale);
    assert_eq!(user.password_version, u32::MAX);
}
