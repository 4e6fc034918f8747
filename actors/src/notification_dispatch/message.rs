//! What a channel carries.

use secrecy::SecretString;
use zeroize::ZeroizeOnDrop;

use super::Medium;
use crate::domain::OtpCode;

/// A message ready to travel. It has no `Debug`, and its text is wiped on drop.
#[derive(ZeroizeOnDrop)]
pub(crate) struct Message {
    /// How it travels.
    #[zeroize(skip)]
    pub(crate) medium: Medium,
    /// The stored address or number (S-51).
    pub(crate) to: String,
    /// Subject line; none for SMS.
    pub(crate) subject: Option<String>,
    /// Plain text; lines end in `\n`.
    pub(crate) text: String,
    /// HTML alternative; none for SMS.
    pub(crate) html: Option<String>,
    /// The one-time code in the text, if any.
    #[zeroize(skip)]
    pub(crate) code: Option<OtpCode>,
    /// The link in the text, if any.
    #[zeroize(skip)]
    pub(crate) link: Option<SecretString>,
}
