//! S-22, S-29, S-37: a token has one spelling.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};

use crate::mint::{Mint, decode};

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[tokio::test]
async fn s_22_one_bit_less_or_more_anywhere_is_another_token() {
    let mint = Mint::start().await;
    let token = mint.tokens.access.clone();
    for at in (0..token.len()).filter(|at| token.as_bytes()[*at] != b'.') {
        let mut other = token.clone().into_bytes();
        let value = ALPHABET.iter().position(|byte| *byte == other[at]).unwrap();
        // The lowest bit: in the last character of a segment one that decoders may ignore.
        other[at] = ALPHABET[value ^ 1];
        mint.refuses(&String::from_utf8(other).unwrap(), &format!("character {at}")).await;
    }
    assert_eq!(mint.status(&token).await, 200);
}

#[tokio::test]
async fn s_37_no_other_spelling_of_a_token_is_taken_for_it() {
    let mint = Mint::start().await;
    let token = &mint.tokens.access;
    let segments: Vec<&str> = token.split('.').collect();
    for place in 0..3 {
        let bytes = decode(segments[place]);
        for other in [
            URL_SAFE.encode(&bytes),
            STANDARD.encode(&bytes),
            format!("{}=", segments[place]),
            format!("{}====", segments[place]),
            format!("={}", segments[place]),
            format!(" {}", segments[place]),
            format!("{} ", segments[place]),
            format!("{}\t", segments[place]),
            format!("{}%0A", segments[place]),
            format!("{}A", segments[place]),
            format!("{}AA", segments[place]),
            format!("{}.", segments[place]),
            segments[place].to_uppercase(),
            segments[place].replacen('e', "%65", 1),
            String::new(),
        ] {
            let mut segments = segments.clone();
            segments[place] = &other;
            let spelled = segments.join(".");
            if spelled.trim_matches([' ', '\t']) != token {
                mint.refuses(&spelled, &format!("segment {place}: {other}")).await;
            }
        }
        let standard = STANDARD_NO_PAD.encode(&bytes);
        if standard != segments[place] {
            let mut segments = segments.clone();
            segments[place] = &standard;
            mint.refuses(&segments.join("."), "the standard alphabet").await;
        }
    }
    for other in [
        segments[1..].join("."),
        segments[..2].join("."),
        format!("{token}.{}", segments[2]),
        format!("{token}..{}", segments[2]),
        format!("..{token}"),
        format!("\"{token}\""),
        format!("{token},{token}"),
        format!("{token} {token}"),
        format!("Bearer {token}"),
        format!("\u{a0}{token}"),
        format!("{token}\u{a0}"),
        format!("{token}\u{2003}"),
    ] {
        mint.refuses(&other, &other).await;
    }
}

/// The general form of a JWS (RFC 7515 §7.2) and an encrypted one are other languages.
#[tokio::test]
async fn s_22_no_other_serialisation_is_read() {
    let mint = Mint::start().await;
    let token = &mint.tokens.access;
    let segments: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = segments[..] else { panic!("three parts") };
    let flattened = serde_json::json!({
        "protected": header, "payload": payload, "signature": signature
    });
    mint.refuses(&flattened.to_string(), "flattened JSON").await;
    let general = serde_json::json!({
        "payload": payload, "signatures": [{"protected": header, "signature": signature}]
    });
    mint.refuses(&general.to_string(), "general JSON").await;
    mint.refuses(&format!("{header}.{payload}.{signature}.AA.AA"), "five parts").await;
    mint.refuses(&format!("{header}..{signature}"), "detached").await;
}
