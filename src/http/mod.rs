//! The endpoints: one file a family, each in reading order: request, response, handler.

pub mod audit;
pub mod deliveries;
pub mod dev_inbox;
pub mod docs;
pub mod forgot_password;
pub mod health;
pub mod home;
pub mod jwks;
pub mod metrics;
pub mod phone;
pub mod protected;
pub mod refresh;
pub mod resend_otp;
pub mod reset_page;
pub mod reset_password;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub mod verify_email;

mod codes;
mod paging;
mod redeem;
mod renew_hash;
mod reply;
mod schemas;
mod tell;
mod tokens;
