//! S-22, S-26: a token's header says which of our keys it was signed with, and nothing else.

use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::mint::{Mint, SigningKey, encode};

#[tokio::test]
async fn s_22_no_spelling_of_none_is_an_algorithm() {
    let mint = Mint::start().await;
    for alg in ["none", "None", "NONE", "nOnE", "none ", " none", "none\0", "", "null", "NULL"] {
        let mut header = mint.header.clone();
        header["alg"] = json!(alg);
        let signed = mint.sign(&header, &mint.payload);
        let (message, signature) = signed.rsplit_once('.').unwrap();
        for signature in ["", ".", signature, "AA"] {
            mint.refuses(&format!("{message}.{signature}"), alg).await;
        }
        mint.refuses(message, alg).await;
    }
    for alg in [json!(null), json!(0), json!(false), json!([]), json!({}), json!(["EdDSA"])] {
        mint.refuses_header("alg", alg).await;
    }
}

#[tokio::test]
async fn s_26_a_key_id_that_is_missing_strange_or_huge_finds_no_key() {
    let mint = Mint::start().await;
    let kid = mint.header["kid"].as_str().unwrap().to_owned();
    let key_file = mint.folder.path().join("key.pem").display().to_string();
    for other in [
        json!(""),
        json!(null),
        json!(0),
        json!(-1),
        json!(true),
        json!([kid]),
        json!({ "kid": kid }),
        json!({"$ne": ""}),
        json!({"$gt": ""}),
        json!("../../../../../../dev/null"),
        json!("/dev/null"),
        json!("/proc/self/environ"),
        json!(key_file),
        json!(format!("file://{key_file}")),
        json!("' UNION SELECT 'key' --"),
        json!("' OR '1'='1"),
        json!("x'; return true; //"),
        json!("|| id ||"),
        json!("$(id)"),
        json!(format!("{kid}\0")),
        json!(format!("{kid}/../{kid}")),
        json!(kid.to_lowercase()),
        json!("k".repeat(2_500)),
    ] {
        mint.refuses_header("kid", other).await;
    }
    let mut without = mint.header.clone();
    without.as_object_mut().unwrap().remove("kid");
    mint.refuses(&mint.sign(&without, &mint.payload), "no kid").await;
}

#[tokio::test]
async fn s_22_a_token_brings_no_key_of_its_own() {
    let mint = Mint::start().await;
    let thief = SigningKey::ed25519();
    let [bare, info] = thief.public();
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(bare), "kid": mint.header["kid"]});
    let set = json!({"keys": [jwk]});
    for (name, value) in [
        ("jwk", jwk.clone()),
        ("jwks", set.clone()),
        ("jku", json!(format!("data:application/json,{set}"))),
        ("x5c", json!([encode(&info)])),
        ("x5u", json!("data:,")),
        ("x5t", json!(encode(&info))),
        ("x5t#S256", json!(encode(&info))),
        ("key", json!(encode(&info))),
    ] {
        let mut header = mint.header.clone();
        header[name] = value;
        mint.refuses(&thief.token(&header.to_string(), &mint.payload.to_string()), name).await;
        // With the server's own key it is signed well, and still says too much.
        mint.refuses(&mint.sign(&header, &mint.payload), name).await;
    }
}

#[tokio::test]
async fn s_22_no_extension_is_understood() {
    let mint = Mint::start().await;
    for (name, value) in [
        ("crit", json!([])),
        ("crit", json!(["exp"])),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
        ("enc", json!("A128GCM")),
        ("typ ", json!("at+jwt")),
        ("__proto__", json!({"alg": "none"})),
    ] {
        mint.refuses_header(name, value).await;
    }
}

#[tokio::test]
async fn s_22_a_header_that_says_something_twice_is_refused_whichever_is_true() {
    let mint = Mint::start().await;
    let plain = mint.header.to_string();
    let inner = plain.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
    for twice in [
        format!(r#"{{"alg":"none",{inner}}}"#),
        format!(r#"{{{inner},"alg":"none"}}"#),
        format!(r"{{{inner},{inner}}}"),
        format!(r#"{{{inner},"\u0061lg":"none"}}"#),
        format!(r#"{{"kid":"x",{inner}}}"#),
        format!("[{plain}]"),
        format!("{plain}{plain}"),
        format!("\u{feff}{plain}"),
    ] {
        mint.refuses(&mint.key.token(&twice, &mint.payload.to_string()), &twice).await;
    }
}

/// S-26: no header makes the server open a connection.
#[tokio::test]
async fn s_26_no_address_in_a_header_is_ever_called() {
    let mint = Mint::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
    for name in ["jku", "x5u", "kid", "jwks_uri", "iss"] {
        mint.refuses_header(name, Value::from(url.clone())).await;
    }
    mint.refuses_claim("iss", Value::from(url)).await;
    // Our own call is the first that arrives.
    let own = tokio::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (_, caller) = listener.accept().await.unwrap();
    assert_eq!(caller, own.local_addr().unwrap());
}
