//! A JSON object, read strictly: one object, no duplicate names, typed members.
//!
//! serde's derive would accept an array in place of the object, would not see unknown fields
//! given twice, and would put the offending value into its message.

use std::collections::HashSet;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroize;

use crate::problem::Problem;

/// The members that a request knows; others were skipped.
pub struct JsonObject {
    members: Vec<(&'static str, Member)>,
}

/// A member's value, as far as any request needs it.
enum Member {
    Text(SecretString),
    Integer(u64),
    /// Any other JSON value: present, but of no type that a request takes.
    Other,
}

impl JsonObject {
    /// Parses `bytes`, which must be exactly one object, keeping the members named in `known`.
    pub fn parse(bytes: &[u8], known: &[&'static str]) -> Result<Self, Problem> {
        // Checked as a whole: what is skipped is not looked at again.
        let text = std::str::from_utf8(bytes).map_err(|_| Problem::MalformedJson)?;
        let mut duplicate = None;
        let mut reader = serde_json::Deserializer::from_str(text);
        let members = ObjectSeed { known, duplicate: &mut duplicate }.deserialize(&mut reader);
        if let Some(duplicate) = duplicate {
            return Err(duplicate);
        }
        let members = members.map_err(|_| Problem::MalformedJson)?;
        reader.end().map_err(|_| Problem::MalformedJson)?;
        Ok(Self { members })
    }

    /// The string `field`, or the refusal that names it.
    pub fn text(&mut self, field: &'static str) -> Result<SecretString, Problem> {
        match self.take(field) {
            Some(Member::Text(text)) => Ok(text),
            Some(Member::Integer(_) | Member::Other) => {
                Err(Problem::field(field, "must be a string"))
            }
            None => Err(Problem::field(field, "is required")),
        }
    }

    /// The string `field`, parsed into a domain value.
    pub fn parsed<T, E: ToString>(
        &mut self,
        field: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Problem> {
        let text = self.text(field)?;
        parse(text.expose_secret()).map_err(|error| Problem::field(field, error.to_string()))
    }

    /// A string, or a non-negative integer in its decimal form, padded to `digits`.
    pub fn text_or_integer(
        &mut self,
        field: &'static str,
        digits: usize,
    ) -> Result<Option<SecretString>, Problem> {
        match self.take(field) {
            Some(Member::Text(text)) => Ok(Some(text)),
            Some(Member::Integer(number)) => {
                Ok(Some(SecretString::from(format!("{number:0digits$}"))))
            }
            Some(Member::Other) => {
                Err(Problem::field(field, "must be a string or a non-negative integer"))
            }
            None => Ok(None),
        }
    }

    fn take(&mut self, field: &str) -> Option<Member> {
        let at = self.members.iter().position(|(name, _)| *name == field)?;
        Some(self.members.swap_remove(at).1)
    }
}

struct ObjectSeed<'a> {
    known: &'a [&'static str],
    duplicate: &'a mut Option<Problem>,
}

impl<'de> DeserializeSeed<'de> for ObjectSeed<'_> {
    type Value = Vec<(&'static str, Member)>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectSeed<'_> {
    type Value = Vec<(&'static str, Member)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Vec<(&'static str, Member)> = Vec::new();
        let mut seen = HashSet::new();
        while let Some(name) = map.next_key::<String>()? {
            let known = self.known.iter().find(|known| **known == name);
            if !seen.insert(name) {
                *self.duplicate = Some(match known {
                    Some(field) => Problem::field(field, "is given twice"),
                    None => Problem::DuplicateField,
                });
                return Err(A::Error::custom("duplicate"));
            }
            match known {
                Some(field) => members.push((field, map.next_value_seed(MemberSeed)?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(members)
    }
}

struct MemberSeed;

impl<'de> DeserializeSeed<'de> for MemberSeed {
    type Value = Member;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Member, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MemberSeed {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Member, E> {
        Ok(Member::Text(SecretString::from(text)))
    }

    fn visit_string<E>(self, mut text: String) -> Result<Member, E> {
        let member = Member::Text(SecretString::from(text.as_str()));
        text.zeroize();
        Ok(member)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Member, E> {
        Ok(Member::Integer(number))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Member, E> {
        Ok(Member::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Member, E> {
        Ok(Member::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Member, E> {
        Ok(Member::Other)
    }

    fn visit_unit<E>(self) -> Result<Member, E> {
        Ok(Member::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Member, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Member::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Member, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Member::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KNOWN: &[&str] = &["email", "otp"];

    fn refusal(text: &str) -> Problem {
        JsonObject::parse(text.as_bytes(), KNOWN).err().unwrap()
    }

    #[test]
    fn known_members_are_kept_and_others_skipped() {
        let deep = format!(r#"{{"x":{}1{},"email":"a"}}"#, "[".repeat(7000), "]".repeat(7000));
        let mut object = JsonObject::parse(deep.as_bytes(), KNOWN).unwrap();
        assert_eq!(object.text("email").unwrap().expose_secret(), "a");
        assert_eq!(object.text("otp").err(), Some(Problem::field("otp", "is required")));
    }

    #[test]
    fn anything_but_one_object_is_malformed() {
        for text in [
            "",
            " ",
            "[]",
            r#"["a","b"]"#,
            "null",
            "1",
            r#""a""#,
            "{",
            r#"{"email":}"#,
            r#"{"email":"a"} x"#,
            r#"{"email":"a"}{}"#,
            "\u{feff}{}",
            "{'email':1}",
            r#"{"email":"a",}"#,
            r#"{"app_id":09876}"#,
        ] {
            assert_eq!(refusal(text), Problem::MalformedJson, "{text}");
        }
        for bytes in [&b"{\"email\":\"\xff\"}"[..], b"{\"unknown\":\"\xff\"}"] {
            assert_eq!(JsonObject::parse(bytes, KNOWN).err(), Some(Problem::MalformedJson));
        }
    }

    #[test]
    fn names_given_twice_are_refused_even_when_escaped_or_unknown() {
        let twice = Problem::field("email", "is given twice");
        assert_eq!(refusal(r#"{"email":"a","email":"b"}"#), twice);
        assert_eq!(refusal(r#"{"email":"a","\u0065mail":"b"}"#), twice);
        assert_eq!(refusal(r#"{"role":1,"role":2}"#), Problem::DuplicateField);
    }

    #[test]
    fn wrong_types_are_refused_by_name_without_the_value() {
        for value in ["1", "-1", "1.5", "true", "null", r#"["secret"]"#, r#"{"$gt":""}"#] {
            let text = format!(r#"{{"email":{value}}}"#);
            let mut object = JsonObject::parse(text.as_bytes(), KNOWN).unwrap();
            let refusal = object.text("email").err().unwrap();
            assert_eq!(refusal, Problem::field("email", "must be a string"), "{value}");
        }
    }

    #[test]
    fn integers_get_their_leading_zeros_back() {
        let mut object = JsonObject::parse(br#"{"otp":42}"#, KNOWN).unwrap();
        let otp = object.text_or_integer("otp", 6).unwrap().unwrap();
        assert_eq!(otp.expose_secret(), "000042");
    }

    proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = JsonObject::parse(&bytes, KNOWN);
        }
    }
}
