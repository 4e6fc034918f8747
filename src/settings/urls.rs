//! Web addresses in settings.

use actix_web::http::Uri;

/// Whether `text` is scheme, host and, if need be, port of http or https, and nothing else.
pub(super) fn is_origin(text: &str) -> bool {
    // Built anew from its parts and compared: whatever else was in the text shows.
    parts(text).is_some_and(|(scheme, uri)| {
        let host = uri.host().unwrap_or_default();
        // A pattern would be taken for a name that never matches.
        if host.contains('*') {
            return false;
        }
        match uri.port_u16() {
            Some(port) => text == format!("{scheme}://{host}:{port}"),
            None => text == format!("{scheme}://{host}"),
        }
    })
}

/// Whether `text` is an origin as a browser writes it: lower case, no port that is the scheme's.
pub(super) fn is_browser_origin(text: &str) -> bool {
    let default_port = parts(text).is_some_and(|(scheme, uri)| {
        matches!((scheme, uri.port_u16()), ("http", Some(80)) | ("https", Some(443)))
    });
    is_origin(text) && !default_port && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Whether `text` is an absolute http or https address without user name and fragment.
pub(super) fn is_page(text: &str) -> bool {
    let user =
        |uri: &Uri| uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
    !text.contains('#') && parts(text).is_some_and(|(_, uri)| !user(&uri))
}

/// Whether what is sent to the address is encrypted on its way.
pub(super) fn is_https(text: &str) -> bool {
    text.starts_with("https://")
}

fn parts(text: &str) -> Option<(&'static str, Uri)> {
    let scheme = ["http", "https"]
        .into_iter()
        .find(|scheme| text.strip_prefix(scheme).is_some_and(|rest| rest.starts_with("://")))?;
    let uri: Uri = text.parse().ok()?;
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    has_host.then_some((scheme, uri))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_only() {
        for good in [
            "http://127.0.0.1:8080",
            "https://auth.example.org",
            "https://auth.example.org:8443",
            "http://[::1]:8080",
            "http://localhost",
        ] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "",
            "*",
            "null",
            "auth.example.org",
            "//auth.example.org",
            "ftp://auth.example.org",
            "https://",
            "https://:443",
            "https://auth.example.org/",
            "https://auth.example.org/auth",
            "https://auth.example.org?x",
            "https://auth.example.org#x",
            "https://user:pass@auth.example.org",
            "https://auth.example.org:",
            "https://auth.example.org:99999",
            "https://auth.example.org:0443",
            "https://auth example.org",
            " https://auth.example.org",
            "https://*.example.org",
        ] {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[test]
    fn a_browser_writes_neither_capitals_nor_default_ports() {
        assert!(is_browser_origin("https://app.example.org"));
        assert!(is_browser_origin("http://localhost:3000"));
        for bad in [
            "https://App.example.org",
            "https://app.example.org:443",
            "http://app.example.org:80",
            "*",
            "null",
            "https://app.example.org/",
        ] {
            assert!(!is_browser_origin(bad), "{bad}");
        }
    }

    #[test]
    fn a_page_may_have_a_path_but_no_fragment_or_user() {
        assert!(is_page("https://app.example.org/reset?lang=en"));
        for bad in ["/reset", "https://app.example.org/#/reset", "https://u@app.example.org/reset"]
        {
            assert!(!is_page(bad), "{bad}");
        }
    }
}
