//! What may change an account, and how.

use super::{
    ChangePassword, ReplacePasswordHash, ResetAuthority, ResetLink, UpdateOutcome, User,
    VerifiedPhone,
};
use crate::domain::Timestamp;

/// Sets the password if the caller saw the current one and is entitled to replace it (S-60).
///
/// The version rises and the reset link dies, whatever the authority (S-62): everything issued
/// for the old password is stale from now on.
pub(super) fn change_password(
    user: &mut User,
    change: ChangePassword,
    now: Timestamp,
) -> UpdateOutcome {
    if user.password_version != change.password_version || !entitles(user, change.authority, now) {
        return UpdateOutcome::Stale;
    }
    // At the last version there is no change that older tokens would not survive.
    let Some(next) = user.password_version.checked_add(1) else { return UpdateOutcome::Stale };
    user.password_version = next;
    user.password_hash = change.new_hash;
    user.reset_link = None;
    UpdateOutcome::Done
}

fn entitles(user: &User, authority: ResetAuthority, now: Timestamp) -> bool {
    match authority {
        ResetAuthority::Link(id) => {
            user.reset_link.is_some_and(|newest| newest.id == id && now < newest.expires_at)
        }
        // The caller has checked how recent it is; the version tells whether it still counts.
        ResetAuthority::RecentSignIn => true,
    }
}

/// Puts a better hash of the same password in the place of the one it was verified with (S-07).
pub(super) fn replace_password_hash(
    user: &mut User,
    replacement: ReplacePasswordHash,
) -> UpdateOutcome {
    // The password was changed meanwhile, or the hash was replaced already.
    if user.password_hash.as_phc() != replacement.expected.as_phc() {
        return UpdateOutcome::Stale;
    }
    user.password_hash = replacement.new;
    UpdateOutcome::Done
}

/// Makes `link` the newest: whichever was recorded before is dead.
pub(super) fn record_reset_link(user: &mut User, link: ResetLink) -> UpdateOutcome {
    user.reset_link = Some(link);
    UpdateOutcome::Done
}

/// Puts `phone` in the place of any earlier number.
pub(super) fn record_verified_phone(user: &mut User, phone: VerifiedPhone) -> UpdateOutcome {
    user.phone = Some(phone);
    UpdateOutcome::Done
}
