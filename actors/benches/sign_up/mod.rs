//! Sign-ups that wait for their code.

use actors::otp_manager::{PendingSignUp, Subject};

use crate::people::{address, hash, name};

/// Somebody who waits for a code.
pub fn sign_up(number: u64) -> Subject {
    let (email, name, password_hash) = (address(number), name(), hash());
    let (first_name, last_name) = (name.clone(), name);
    Subject::SignUp(PendingSignUp { email, first_name, last_name, password_hash, decoy: false })
}
