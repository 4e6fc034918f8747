//! Random 128-bit identifiers. On the wire and in logs: 22 characters of unpadded base64url.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The text is not 22 characters of base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not an identifier issued by this server")]
pub struct InvalidId;

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name([u8; 16]);

        impl $name {
            /// From 16 random bytes.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bytes, as a storage key.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Reads the text form.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let mut bytes = [0; 16];
                // 18 bytes: the decoder's own estimate for 22 characters, rounded up.
                let mut room = [0; 18];
                let length =
                    URL_SAFE_NO_PAD.decode_slice(text, &mut room).map_err(|_| InvalidId)?;
                bytes.copy_from_slice(room.get(..length).filter(|id| id.len() == 16).ok_or(InvalidId)?);
                Ok(Self(bytes))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

random_id! {
    /// An account. The `sub` of a token.
    UserId
}
random_id! {
    /// One sign-in. The `sid` of a token.
    SessionId
}
random_id! {
    /// One pending code. The `otp_request_id` of the API: whoever knows it made the request.
    ChallengeId
}
random_id! {
    /// One password-reset link. The `jti` of its token.
    LinkId
}
random_id! {
    /// A piece of news that is kept until it is delivered.
    OutboxId
}
random_id! {
    /// One event of the audit trail: 8 bytes of its time and order, then 8 random ones.
    AuditId
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_survives_its_text_form(bytes: [u8; 16]) {
            let id = UserId::from_bytes(bytes);
            prop_assert_eq!(UserId::parse(&id.to_string()), Ok(id));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".{0,64}") {
            let _ = ChallengeId::parse(&text);
        }
    }

    #[test]
    fn other_lengths_and_alphabets_are_refused() {
        for text in
            ["", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAAAAAA+A", &"A".repeat(24)]
        {
            assert_eq!(UserId::parse(text), Err(InvalidId), "{text}");
        }
    }
}
