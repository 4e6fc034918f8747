//! Who is asking: the bearer token of a request, verified and still standing.
//!
//! An endpoint names the one kind it accepts by the type it asks for.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest};
use actors::domain::{LinkId, Timestamp, UserId};
use actors::revocation_registry::{CheckStanding, RevocationReader, SessionRef, Standing};
use actors::runtime::Handle;
use futures_util::future::LocalBoxFuture;

use crate::problem::Problem;
use crate::state::App;
use crate::tokens::{AccessClaims, Claims, RefreshClaims, ResetClaims, Verified};

const SCHEME: &[u8] = b"Bearer ";

/// A token of the kind `C`, valid, of a session that nothing has revoked.
pub struct Bearer<C>(Arc<Verified<C>>);

impl<C> Deref for Bearer<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0
    }
}

/// A kind of token that belongs to a session.
pub trait OfSession: Claims + 'static {
    /// The session.
    fn session(&self) -> SessionRef;
}

impl OfSession for AccessClaims {
    fn session(&self) -> SessionRef {
        self.session
    }
}

impl OfSession for RefreshClaims {
    fn session(&self) -> SessionRef {
        self.session
    }
}

impl<C: OfSession> FromRequest for Bearer<C> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let verified = verify::<C>(request);
        let reader = reader_of(request);
        Box::pin(async move { check_standing(verified?, &reader?).await.map(Self) })
    }
}

/// A token of the kind `C` that is valid in itself. Whether its session stands is left to the store:
/// for whoever ends a session, and must not be told that it has ended before that is durable.
pub struct VerifiedBearer<C>(Arc<Verified<C>>);

impl<C> Deref for VerifiedBearer<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0
    }
}

impl<C: OfSession> FromRequest for VerifiedBearer<C> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(verify::<C>(request).map(Self))
    }
}

/// What somebody shows who wants to set a password without the old one.
pub enum ResetBearer {
    /// The token of a reset link. Whether the link is still the newest is for the user store.
    Link {
        /// Whose.
        user_id: UserId,
        /// Which.
        link_id: LinkId,
        /// The version of the password it may replace.
        password_version: u32,
    },
    /// The access token of a living session.
    Session {
        /// Which.
        session: SessionRef,
        /// When its owner proved who they are.
        authenticated_at: Timestamp,
    },
    /// A token that entitles to nothing here.
    Invalid,
}

impl FromRequest for ResetBearer {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let link = verify::<ResetClaims>(request);
        let access = verify::<AccessClaims>(request);
        let reader = reader_of(request);
        Box::pin(async move {
            match (link, access) {
                (Ok(link), _) => Ok(Self::Link {
                    user_id: link.user_id,
                    link_id: link.link_id,
                    password_version: link.password_version,
                }),
                (Err(_), Ok(access)) => match check_standing(access, &reader?).await {
                    Ok(access) => Ok(Self::Session {
                        session: access.session,
                        authenticated_at: access.authenticated_at,
                    }),
                    Err(Problem::Unauthorized { .. }) => Ok(Self::Invalid),
                    Err(outage) => Err(outage),
                },
                (Err(Problem::Unauthorized { token_presented: true }), Err(_)) => Ok(Self::Invalid),
                (Err(missing), Err(_)) => Err(missing),
            }
        })
    }
}

/// The token in the `Authorization` header, verified as one of the kind `C`.
fn verify<C: Claims>(request: &HttpRequest) -> Result<Arc<Verified<C>>, Problem> {
    let app = App::of(request)?;
    let token = bearer_token(request)?;
    let refused = |_| Problem::Unauthorized { token_presented: true };
    app.tokens().verifier().verify(token, app.now()).map_err(refused)
}

/// Exactly one `Authorization: Bearer …`; the scheme in any case (RFC 9110 §11.1).
pub fn bearer_token(request: &HttpRequest) -> Result<&str, Problem> {
    let mut headers = request.headers().get_all(AUTHORIZATION);
    let header = headers.next().ok_or(Problem::Unauthorized { token_presented: false })?;
    let invalid = Problem::Unauthorized { token_presented: true };
    if headers.next().is_some() {
        return Err(invalid);
    }
    // Not `HeaderValue::to_str`, which looks at each of 500 bytes on its own: 0.3 µs.
    let (scheme, token) =
        header.as_bytes().split_at_checked(SCHEME.len()).ok_or(invalid.clone())?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(invalid);
    }
    // More spaces are legal (RFC 9110 §11.4); what Unicode also calls white space is not.
    std::str::from_utf8(token).map(|token| token.trim_start_matches(' ')).map_err(|_| invalid)
}

async fn check_standing<C: OfSession>(
    claims: Arc<Verified<C>>,
    reader: &Handle<RevocationReader>,
) -> Result<Arc<Verified<C>>, Problem> {
    match reader.ask(CheckStanding { session: claims.session() }).await? {
        Standing::Good => Ok(claims),
        Standing::Revoked => Err(Problem::Unauthorized { token_presented: true }),
    }
}

/// The reader on this worker's own thread.
fn reader_of(request: &HttpRequest) -> Result<Handle<RevocationReader>, Problem> {
    request.app_data::<Handle<RevocationReader>>().cloned().ok_or(Problem::Internal)
}
