//! The peppers of passwords, from the files that the settings name.

use actors::password_hasher::{Pepper, Peppers};
use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use zeroize::Zeroizing;

use crate::settings::PepperFile;
use crate::tokens::keys::{check_secret, read_key_file};

/// Reads every file. An error names the key and the file, never what is in it.
pub(crate) fn load(files: &[PepperFile]) -> anyhow::Result<Peppers> {
    let peppers: anyhow::Result<Vec<_>> = files.iter().map(one).collect();
    Peppers::new(peppers?).context("password.pepper_files")
}

fn one(file: &PepperFile) -> anyhow::Result<Pepper> {
    let name = || format!("password.pepper_files: {}", file.path.display());
    let key = decode(&read_key_file(&file.path).with_context(name)?);
    check_secret(&key).with_context(name)?;
    Pepper::new(&file.id, key).with_context(name)
}

/// Hexadecimal digits, else base64, else the bytes themselves. White space around a text is none
/// of it: editors add line breaks.
fn decode(content: &[u8]) -> Zeroizing<Vec<u8>> {
    let Ok(text) = std::str::from_utf8(content) else {
        return Zeroizing::new(content.to_vec());
    };
    let text = text.trim().as_bytes();
    let decoded = hexadecimal(text)
        .or_else(|| STANDARD.decode(text).ok())
        .or_else(|| STANDARD_NO_PAD.decode(text).ok());
    Zeroizing::new(decoded.unwrap_or_else(|| text.to_vec()))
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use tempfile::NamedTempFile;

    use super::*;

    const KEY: [u8; 32] = [
        0x0f, 0xe1, 0xd2, 0xc3, 0xb4, 0xa5, 0x96, 0x87, 0x78, 0x69, 0x5a, 0x4b, 0x3c, 0x2d, 0x1e,
        0x0f, 0x10, 0x22, 0x35, 0x41, 0x57, 0x6d, 0x70, 0x83, 0x95, 0xa1, 0xb7, 0xc4, 0xd9, 0xee,
        0xf3, 0xfa,
    ];

    const HEX: &str = "0fe1d2c3b4a5968778695a4b3c2d1e0f10223541576d708395a1b7c4d9eef3fa";

    fn file(id: &str, content: &[u8]) -> (NamedTempFile, PepperFile) {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        let path = file.path().to_owned();
        (file, PepperFile { id: id.to_owned(), path })
    }

    fn refusal(content: &[u8]) -> String {
        let (_kept, named) = file("a", content);
        let error = load(&[named]).err().unwrap();
        format!("{error:#}")
    }

    #[test]
    fn each_way_of_writing_a_key_gives_the_same_bytes() {
        let hex = HEX.to_owned();
        let base64 = STANDARD.encode(KEY);
        for text in [
            hex.clone(),
            format!(" {}\r\n", hex.to_uppercase()),
            format!("{base64}\n"),
            base64.trim_end_matches('=').to_owned(),
        ] {
            assert!(*decode(text.as_bytes()) == KEY, "{text}");
        }
        assert!(*decode(&KEY) == KEY);
        assert!(*decode(b"no base64, as it holds a comma\n") == b"no base64, as it holds a comma");
    }

    #[test]
    fn a_key_that_can_be_guessed_is_refused_and_not_shown_s09() {
        assert!(refusal(b"short").contains("shorter than 32 bytes"));
        assert!(refusal(&[b'a'; 64]).starts_with("password.pepper_files: /"));
        let told = refusal(b"a,b,c,d,e,f,g,h,i,j,k changeme l,m,n,o,p");
        assert!(told.contains("sample") && !told.contains("a,b"), "{told}");
        let missing = PepperFile { id: "a".to_owned(), path: "/nowhere/pepper".into() };
        let told = format!("{:#}", load(&[missing]).err().unwrap());
        assert!(told.contains("/nowhere/pepper"), "{told}");
    }

    #[test]
    fn several_files_are_several_peppers() {
        let (one, other) = (file("a", &KEY), file("b", b"x7,Qp!2mZ_another key of enough bytes"));
        assert!(load(&[one.1, other.1]).is_ok());
        assert!(load(&[]).is_ok());
    }
}
