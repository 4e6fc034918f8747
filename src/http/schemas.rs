//! What the API document says of fields that take a text or a number.

use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};

/// A one-time code: six digits, or their number (its leading zeros are then restored).
pub(super) fn otp() -> Schema {
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[0-9]{6}$"));
    let number =
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).maximum(Some(999_999));
    let either = OneOfBuilder::new().item(text).item(number);
    Schema::OneOf(either.description(Some("Six digits.")).examples(["123456"]).build())
}

/// The client application: 1 to 64 visible ASCII characters, or a number.
pub(super) fn app_id() -> Schema {
    let text = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(64))
        .pattern(Some("^[!-~]+$"));
    let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    let description = "The client application. verify-sms must name the same as send-sms.";
    let either = OneOfBuilder::new().item(text).item(number).description(Some(description));
    Schema::OneOf(either.examples([9876]).build())
}
