//! The stored shape of an account.
//!
//! Domain values are stored as they are and not parsed again: a rule that gets stricter must not
//! lock out whoever was accepted before.

use serde::{Deserialize, Serialize};

use crate::domain::{
    EmailAddress, LinkId, PasswordHash, PersonName, PhoneNumber, Timestamp, UserId,
};
use crate::embedded::{decode, encode};
use crate::user_store::{ResetLink, User, VerifiedPhone};

/// Schema 1. A change of any field, or of the order of fields, is another schema.
const SCHEMA: u8 = 1;

#[derive(Serialize, Deserialize)]
struct Record {
    email: EmailAddress,
    first_name: PersonName,
    last_name: PersonName,
    password_hash: PasswordHash,
    password_version: u32,
    reset_link: Option<LinkRecord>,
    phone: Option<PhoneRecord>,
    created_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct LinkRecord {
    id: LinkId,
    expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct PhoneRecord {
    number: PhoneNumber,
    verified_at: Timestamp,
}

/// The bytes of `user`, without its id, which is their key.
pub(super) fn encode_user(user: &User) -> Result<Vec<u8>, redb::Error> {
    let User {
        id: _,
        email,
        first_name,
        last_name,
        password_hash,
        password_version,
        reset_link,
        phone,
        created_at,
    } = user.clone();
    let reset_link = reset_link.map(|ResetLink { id, expires_at }| LinkRecord { id, expires_at });
    let phone =
        phone.map(|VerifiedPhone { number, verified_at }| PhoneRecord { number, verified_at });
    let record = Record {
        email,
        first_name,
        last_name,
        password_hash,
        password_version,
        reset_link,
        phone,
        created_at,
    };
    encode(SCHEMA, &record)
}

/// The account that was stored under `id` as `bytes`.
pub(super) fn decode_user(id: UserId, bytes: &[u8]) -> Result<User, redb::Error> {
    let record: Record = decode(SCHEMA, bytes)?;
    Ok(User {
        id,
        email: record.email,
        first_name: record.first_name,
        last_name: record.last_name,
        password_hash: record.password_hash,
        password_version: record.password_version,
        reset_link: record
            .reset_link
            .map(|LinkRecord { id, expires_at }| ResetLink { id, expires_at }),
        phone: record
            .phone
            .map(|PhoneRecord { number, verified_at }| VerifiedPhone { number, verified_at }),
        created_at: record.created_at,
    })
}

/// The account id that an index holds.
pub(super) fn decode_id(bytes: &[u8]) -> Result<UserId, redb::Error> {
    match bytes.try_into() {
        Ok(bytes) => Ok(UserId::from_bytes(bytes)),
        Err(_) => Err(redb::Error::Corrupted("an account id of another length".into())),
    }
}
