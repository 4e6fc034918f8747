//! The JSON of a token's payload: every claim that exists, strictly typed.

use std::borrow::Cow;

use actors::domain::UserId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Claims, Refusal, TokenRules, Validity};

/// All claims of all kinds. Unknown and repeated ones are refused: only this server issues.
///
/// Which of the optional ones a token must have, and must not, depends on its kind.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payload<'a> {
    #[serde(borrow)]
    pub iss: Cow<'a, str>,
    #[serde(borrow)]
    pub aud: Cow<'a, str>,
    pub sub: IdText,
    pub jti: IdText,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub sid: Option<IdText>,
    pub iat: u64,
    pub nbf: u64,
    pub exp: u64,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub auth_time: Option<u64>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    #[serde(
        rename = "gen",
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub generation: Option<u32>,
    #[serde(
        rename = "pwv",
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub password_version: Option<u32>,
}

impl<'a> Payload<'a> {
    /// The claims that every kind has.
    pub fn new<C: Claims>(
        rules: &'a TokenRules,
        sub: UserId,
        jti: [u8; 16],
        validity: Validity,
    ) -> Self {
        Self {
            iss: Cow::Borrowed(&rules.issuer),
            aud: Cow::Owned(rules.audience_of::<C>()),
            sub: IdText(*sub.as_bytes()),
            jti: IdText(jti),
            sid: None,
            iat: validity.issued_at.as_secs(),
            nbf: validity.not_before.as_secs(),
            exp: validity.expires_at.as_secs(),
            auth_time: None,
            epoch: None,
            generation: None,
            password_version: None,
        }
    }

    /// Reads an object; serde alone would take an array of the values too.
    pub fn parse(json: &'a [u8]) -> Result<Self, Refusal> {
        if !json.starts_with(b"{") {
            return Err(Refusal::MalformedPayload);
        }
        serde_json::from_slice(json).map_err(|_| Refusal::MalformedPayload)
    }
}

/// A claim that is there has a value: `null` is not a way to leave it out.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A 128-bit identifier as 22 characters of text, whichever kind of id it is.
#[derive(Clone, Copy)]
pub struct IdText(pub [u8; 16]);

impl Serialize for IdText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&UserId::from_bytes(self.0))
    }
}

impl<'de> Deserialize<'de> for IdText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: Cow<'de, str> = Deserialize::deserialize(deserializer)?;
        let id = UserId::parse(&text).map_err(de::Error::custom)?;
        Ok(Self(*id.as_bytes()))
    }
}
