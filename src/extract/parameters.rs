//! The parameters of a query string, one by one, so that a refusal can name the one it is about.

use std::borrow::Cow;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::Query;
use actix_web::{FromRequest, HttpRequest};

use crate::problem::Problem;

/// A longer name is a mistake of another kind, or somebody's attempt to have it answered.
const LONGEST_NAME: usize = 32;

/// Names and values, each to be taken once.
pub struct Parameters(Vec<(String, String)>);

impl FromRequest for Parameters {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = Query::<Vec<(String, String)>>::from_query(request.query_string());
        ready(pairs.map(|pairs| Self(pairs.into_inner())).map_err(|_| Problem::MalformedQuery))
    }
}

impl Parameters {
    /// Takes a parameter, if it is given. `must` says what it must be, to follow its name.
    pub fn take<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
        must: &'static str,
    ) -> Result<Option<T>, Problem> {
        let Some(place) = self.0.iter().position(|(given, _)| given == name) else {
            return Ok(None);
        };
        let (_, value) = self.0.swap_remove(place);
        let refused = || Problem::InvalidParameter { name: name.into(), reason: must };
        parse(&value).map(Some).ok_or_else(refused)
    }

    /// Refuses what nobody took. It is named only if that can do no harm (S-77).
    pub fn finish(self) -> Result<(), Problem> {
        let Some((name, _)) = self.0.into_iter().next() else { return Ok(()) };
        let is_harmless = name.len() <= LONGEST_NAME
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let name = if is_harmless { Cow::Owned(name) } else { Cow::Borrowed("a parameter") };
        Err(Problem::InvalidParameter { name, reason: "is not known here, or is given twice" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(pairs: &[(&str, &str)]) -> Parameters {
        Parameters(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    fn number(of: &mut Parameters, name: &'static str) -> Result<Option<u8>, Problem> {
        of.take(name, |text| text.parse().ok(), "must be a number")
    }

    fn sentence(refused: Result<(), Problem>) -> String {
        refused.unwrap_err().to_string()
    }

    #[test]
    fn each_is_taken_once_and_nothing_may_be_left() {
        let mut given = parameters(&[("b", "2"), ("a", "1")]);
        assert_eq!(number(&mut given, "a"), Ok(Some(1)));
        assert_eq!(number(&mut given, "c"), Ok(None));
        assert_eq!(number(&mut given, "b"), Ok(Some(2)));
        assert_eq!(given.finish(), Ok(()));
    }

    #[test]
    fn a_refusal_names_the_parameter_and_nothing_of_its_value() {
        let mut given = parameters(&[("a", "secret")]);
        let refused = number(&mut given, "a").unwrap_err();
        assert_eq!(refused.to_string(), "a must be a number");
        let mut twice = parameters(&[("a", "1"), ("a", "2")]);
        assert_eq!(number(&mut twice, "a"), Ok(Some(1)));
        assert_eq!(sentence(twice.finish()), "a is not known here, or is given twice");
        for harmful in ["<b>", "A", "é", &"x".repeat(33)] {
            let sentence = sentence(parameters(&[(harmful, "secret")]).finish());
            assert_eq!(sentence, "a parameter is not known here, or is given twice");
        }
    }
}
