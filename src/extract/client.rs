//! Who is calling, and which language they read.

use std::future::{Ready, ready};
use std::net::Ipv4Addr;

use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use actors::domain::{Client, Language, UserAgent};

use super::language::preferred;
use crate::finish::RequestId;
use crate::problem::Problem;
use crate::state::App;

/// The caller of a request, and the request's id for the log.
#[derive(Clone)]
pub struct Caller {
    /// Address and user agent.
    pub client: Client,
    /// As in `X-Request-Id`.
    pub request_id: RequestId,
    /// The one for messages that the request causes.
    pub language: Language,
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(App::of(request).map(|app| {
            let headers = request.headers();
            // Only a Unix socket has no peer address, and this server listens on none.
            let peer = request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
            let ip = app.trusted_proxies().client_ip(peer, headers);
            let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
            let user_agent = agent.map(UserAgent::sanitise).unwrap_or_default();
            let request_id = request.extensions().get::<RequestId>().cloned().unwrap_or_default();
            let language = preferred(request, app.languages(), app.default_language());
            Self { client: Client { ip, user_agent }, request_id, language }
        }))
    }
}
