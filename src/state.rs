//! What handlers may use: the actors' handles, the tokens, the clock and the operator's policy.

mod admin_token;
mod flows;
mod policy;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::web::Data;
use actors::Actors;
use actors::domain::{Language, Owner, Password, Timestamp};
use actors::runtime::{Clock, Random};
use secrecy::SecretString;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::Problem;
use crate::settings::SmsSettings;
use crate::tokens::TokenService;
use crate::trusted_proxies::TrustedProxies;

pub use admin_token::AdminToken;
pub use flows::Flows;
pub use policy::Policy;

/// Reset mails under way at once: each is a few messages to actors, so this many never queue
/// for long, and one more is a flood.
const RESET_MAILS: usize = 256;

/// Shared by all workers; holds no state of its own beyond "stopping".
pub struct App {
    actors: Actors,
    tokens: TokenService,
    policy: Policy,
    flows: Flows,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    reset_mails: Arc<Semaphore>,
    stopping: AtomicBool,
}

impl App {
    pub(crate) fn new(
        actors: Actors,
        tokens: TokenService,
        policy: Policy,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self {
            actors,
            tokens,
            policy,
            flows: Flows::on_this_thread(),
            clock,
            random,
            reset_mails: Arc::new(Semaphore::new(RESET_MAILS)),
            stopping: AtomicBool::new(false),
        }
    }

    /// The application that serves `request`.
    pub fn of(request: &HttpRequest) -> Result<&Data<Self>, Problem> {
        request.app_data::<Data<Self>>().ok_or(Problem::Internal)
    }

    /// The actors' handles.
    #[must_use]
    pub fn actors(&self) -> &Actors {
        &self.actors
    }

    /// Issues and verifies tokens.
    #[must_use]
    pub fn tokens(&self) -> &TokenService {
        &self.tokens
    }

    /// Where requests of several steps run.
    #[must_use]
    pub fn flows(&self) -> &Flows {
        &self.flows
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The source of randomness.
    #[must_use]
    pub fn random(&self) -> &dyn Random {
        &*self.random
    }

    /// Whether shutdown has begun.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// A place among the reset mails under way, or `None` when there are too many.
    #[must_use]
    pub fn reset_mail_place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.reset_mails).try_acquire_owned().ok()
    }

    /// Checks a password that somebody wants to have.
    pub fn choose_password(&self, text: &SecretString) -> Result<Password, Problem> {
        use actors::domain::InvalidPassword;
        Password::choose(text, self.policy.password_minimum).map_err(|error| match error {
            InvalidPassword::TooShort { minimum } => Problem::PasswordTooShort { minimum },
            InvalidPassword::TooLong | InvalidPassword::ControlCharacter => {
                Problem::field("password", error.to_string())
            }
        })
    }

    /// Refuses a password that is common, or little more than `owner`'s name or this service's
    /// (S-08), where the operator wants that.
    pub fn refuse_common(&self, password: &Password, owner: &Owner<'_>) -> Result<(), Problem> {
        match &self.policy.blocklist {
            Some(blocklist) if blocklist.blocks(password, owner) => Err(Problem::PasswordTooCommon),
            Some(_) | None => Ok(()),
        }
    }

    /// The fewest characters of a new password.
    #[must_use]
    pub fn password_minimum(&self) -> usize {
        self.policy.password_minimum
    }

    /// `…/reset-password#token=…`: in the fragment, which browsers send to nobody.
    #[must_use]
    pub fn reset_link(&self, token: &str) -> SecretString {
        let page = &self.policy.reset_page_url;
        SecretString::from(format!("{page}#token={token}"))
    }

    /// How long a reset link works.
    #[must_use]
    pub fn reset_ttl(&self) -> Duration {
        self.policy.reset_ttl
    }

    /// How long after a sign-in its access token may reset the password; zero for never.
    #[must_use]
    pub fn recent_login(&self) -> Duration {
        self.policy.recent_login
    }

    /// Whether sign-up answers alike for free and taken addresses.
    #[must_use]
    pub fn hides_existing_accounts(&self) -> bool {
        self.policy.hide_existing_accounts
    }

    /// Whether each refresh replaces the refresh token.
    #[must_use]
    pub fn rotates_refresh_tokens(&self) -> bool {
        self.policy.refresh_rotation
    }

    /// To which numbers text messages may go, and for which applications.
    #[must_use]
    pub fn sms(&self) -> &SmsSettings {
        &self.policy.sms
    }

    /// What the admin listener asks for, if anything.
    #[must_use]
    pub fn admin_token(&self) -> Option<&AdminToken> {
        self.policy.admin_token.as_ref()
    }

    /// Whose `X-Forwarded-For` is believed.
    #[must_use]
    pub fn trusted_proxies(&self) -> &TrustedProxies {
        &self.policy.trusted_proxies
    }

    /// How long a request body may take to arrive.
    #[must_use]
    pub fn body_timeout(&self) -> Duration {
        self.policy.body_timeout
    }

    /// The languages that there are messages in.
    #[must_use]
    pub fn languages(&self) -> &[Language] {
        self.policy.templates.languages()
    }

    /// The language of messages to people who read none of these.
    #[must_use]
    pub fn default_language(&self) -> &Language {
        self.policy.templates.default_language()
    }

    /// Whether messages go to the development inbox instead of to people.
    #[must_use]
    pub fn is_dev_mode(&self) -> bool {
        self.policy.dev_inbox
    }
}
