//! `GET /reset-password`: the page that a reset link opens.
//!
//! One document with its style and script inside, each allowed by its hash, and nothing else
//! allowed. The token stays in the fragment: no request, log or referrer ever holds it.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Data;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::state::App;

const HTML: &str = include_str!("reset_page/page.html");
const STYLE: &str = include_str!("reset_page/page.css");
const SCRIPT: &str = include_str!("reset_page/page.js");

/// The form that sets a new password.
#[utoipa::path(
    get, path = "/reset-password", tag = "user",
    responses((status = 200, description = "A page", content_type = "text/html", body = String)),
)]
pub async fn reset_page(app: Data<App>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_SECURITY_POLICY, policy()))
        .content_type("text/html; charset=utf-8")
        .body(page(app.password_minimum()))
}

fn page(minimum: usize) -> String {
    // The number first: the script has braces of its own.
    HTML.replace("{minimum}", &minimum.to_string())
        .replace("{style}", STYLE)
        .replace("{script}", SCRIPT)
}

fn policy() -> String {
    format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash(SCRIPT),
        hash(STYLE),
    )
}

/// As a policy names an inline script or style (CSP 3 §6.7.3.3).
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_the_script_and_style_whose_hashes_the_policy_allows() {
        let page = page(8);
        for (tag, text) in [("script", SCRIPT), ("style", STYLE)] {
            let inside = page.split_once(&format!("<{tag}>")).unwrap().1;
            let inside = inside.split_once(&format!("</{tag}>")).unwrap().0;
            assert_eq!(inside, text);
            assert!(policy().contains(&hash(inside)));
        }
        assert!(!policy().contains("unsafe"));
    }

    #[test]
    fn the_page_names_no_other_place_and_no_placeholder_is_left() {
        let page = page(12);
        assert!(page.contains("At least 12 characters"));
        for trace in ["http:", "https:", "src=", "href=", "{style}", "{script}", ">{"] {
            assert!(!page.contains(trace), "{trace}");
        }
    }
}
