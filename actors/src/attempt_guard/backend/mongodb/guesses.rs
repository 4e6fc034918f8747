//! Everything on record about the guesses of one budget.

use mongodb::bson::{Document, doc};

use super::document::{Operations, State, count, counted, object};
use crate::attempt_guard::budget::Guesses;
use crate::attempt_guard::counted::Counted;

pub(super) type GuessState = Counted<Guesses>;

impl State for GuessState {
    type Stored = Self;
    const COLLECTION: &'static str = "guard_guesses";
    const OPERATIONS: Operations = Operations {
        read: "guard_guesses.read",
        write: "guard_guesses.write",
        trim: "guard_guesses.trim",
    };

    fn json_schema() -> Document {
        let times = doc! { "bsonType": "array", "maxItems": 20, "items": count() };
        counted(object(doc! { "in_a_row": count(), "wrong_at": times }))
    }

    fn store(&self) -> Self {
        self.clone()
    }

    fn restore(stored: Self) -> Self {
        stored
    }
}
