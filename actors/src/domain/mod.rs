//! Values that cannot be invalid: parsed once, at the edge, and carried by every message.

mod app_id;
mod blocklist;
mod client;
mod email;
mod ids;
mod language;
mod network;
mod otp_code;
mod password;
mod password_hash;
mod person_name;
mod phone;
mod test_numbers;
mod timestamp;
mod user_agent;

pub use app_id::{AppId, InvalidAppId};
pub use blocklist::{Blocklist, Owner};
pub use client::Client;
pub use email::{EmailAddress, InvalidEmail};
pub use ids::{AuditId, ChallengeId, InvalidId, LinkId, OutboxId, SessionId, UserId};
pub use language::{InvalidLanguage, Language};
pub use network::ClientNetwork;
pub use otp_code::{InvalidOtpCode, OtpCode};
pub use password::{InvalidPassword, Password};
pub use password_hash::PasswordHash;
pub use person_name::{InvalidName, PersonName};
pub use phone::{InvalidPhone, PhoneNumber};
pub use test_numbers::{TestNumber, TestNumbers};
pub use timestamp::Timestamp;
pub use user_agent::UserAgent;
