//! Why a token is not believed.

/// The token is not believed. Callers learn no more than that (S-72).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("token refused")]
pub struct TokenError(#[from] Refusal);

impl TokenError {
    /// The reason, for a log at debug level; never for an answer.
    #[must_use]
    pub fn reason(self) -> Refusal {
        self.0
    }
}

/// The rule that a token breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// More than 4096 bytes (S-29).
    #[error("too long")]
    TooLong,
    /// Not three parts of canonical, unpadded base64url.
    #[error("not a compact JWS")]
    NotCompact,
    /// The header has other members than `alg`, `typ` and `kid`, or other types.
    #[error("malformed header")]
    MalformedHeader,
    /// A token of another kind, or of a kind that does not exist.
    #[error("wrong kind")]
    WrongKind,
    /// No key of the ring has that id.
    #[error("unknown key")]
    UnknownKey,
    /// The key is for another algorithm.
    #[error("wrong algorithm")]
    WrongAlgorithm,
    /// The key did not sign this.
    #[error("wrong signature")]
    WrongSignature,
    /// A claim is missing, repeated, unknown, or of the wrong type.
    #[error("malformed payload")]
    MalformedPayload,
    /// Of another server.
    #[error("wrong issuer")]
    WrongIssuer,
    /// For another audience, or for another use at this one.
    #[error("wrong audience")]
    WrongAudience,
    /// Issued, valid or authenticated only from a later moment on.
    #[error("not valid yet")]
    NotYetValid,
    /// Its end has come.
    #[error("expired")]
    Expired,
    /// It ends before it begins, or lives longer than its kind may.
    #[error("implausible lifetime")]
    ImplausibleLifetime,
}
