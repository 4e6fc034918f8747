//! How settings are written where serde's own form is not what a person would write.

use std::fmt;
use std::time::Duration;

/// Seconds.
const DAY: u64 = 24 * 60 * 60;

/// How a person writes a duration. `humantime` has months of 30.44 days.
pub(super) struct Written(pub(super) Duration);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, rest) = (self.0.as_secs() / DAY, self.0.as_secs() % DAY);
        if days > 1 && rest == 0 && self.0.subsec_nanos() == 0 {
            return write!(f, "{days}days");
        }
        humantime::format_duration(self.0).fmt(f)
    }
}

/// A duration as a text such as "15m".
pub(super) mod duration {
    use std::time::Duration;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&super::Written(*duration))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        humantime::parse_duration(&String::deserialize(deserializer)?).map_err(|_| {
            D::Error::custom("must be a duration such as \"500ms\", \"15m\" or \"7days\"")
        })
    }
}

/// A text, or "" for nothing.
pub(super) mod optional {
    use serde::de::IntoDeserializer;
    use serde::de::value::StringDeserializer;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde passes a reference to the field")]
    pub(in super::super) fn serialize<S: Serializer, T: Serialize>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => value.serialize(serializer),
            None => serializer.serialize_str(""),
        }
    }

    pub(in super::super) fn deserialize<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de>,
    {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(None);
        }
        let text: StringDeserializer<D::Error> = text.into_deserializer();
        T::deserialize(text).map(Some)
    }
}
