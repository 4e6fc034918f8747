//! The shell: adds identity and time to a message and hands it to the backend.

use std::sync::Arc;

use actix::{Actor, Context, Handler, ResponseFuture};
use tracing::error;

use super::backend::{InsertOutcome, UserBackend};
use super::{
    ChangePassword, CreateUser, CreateUserOutcome, FindUser, FindUserByEmail, RecordResetLink,
    RecordVerifiedPhone, ReplacePasswordHash, UpdateOutcome, User, UserStoreError, VerifiedPhone,
};
use crate::backend::{BackendError, Pending};
use crate::domain::UserId;
use crate::runtime::{Clock, Random};

/// The actor that owns the accounts.
pub struct UserStore {
    backend: Arc<dyn UserBackend>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

impl UserStore {
    /// An actor over the accounts that `backend` keeps.
    pub(crate) fn new(
        backend: Arc<dyn UserBackend>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { backend, clock, random }
    }
}

impl Actor for UserStore {
    type Context = Context<Self>;
}

impl Handler<CreateUser> for UserStore {
    type Result = ResponseFuture<Result<CreateUserOutcome, UserStoreError>>;

    fn handle(&mut self, msg: CreateUser, _: &mut Self::Context) -> Self::Result {
        let user = User {
            id: UserId::from_bytes(self.random.bytes16()),
            email: msg.email,
            first_name: msg.first_name,
            last_name: msg.last_name,
            password_hash: msg.password_hash,
            password_version: 1,
            reset_link: None,
            phone: None,
            created_at: self.clock.now(),
        };
        let inserted = self.backend.insert(user.clone());
        Box::pin(async move {
            match inserted.await? {
                InsertOutcome::Inserted => Ok(CreateUserOutcome::Created(user)),
                InsertOutcome::EmailTaken => Ok(CreateUserOutcome::EmailTaken),
                InsertOutcome::IdTaken => {
                    error!(user.id = %user.id, "a random id came up twice: is the generator sound?");
                    Err(BackendError::Unavailable.into())
                }
            }
        })
    }
}

impl Handler<FindUserByEmail> for UserStore {
    type Result = ResponseFuture<Result<Option<User>, UserStoreError>>;

    fn handle(&mut self, msg: FindUserByEmail, _: &mut Self::Context) -> Self::Result {
        reply(self.backend.find_by_email(msg.email))
    }
}

impl Handler<FindUser> for UserStore {
    type Result = ResponseFuture<Result<Option<User>, UserStoreError>>;

    fn handle(&mut self, msg: FindUser, _: &mut Self::Context) -> Self::Result {
        reply(self.backend.find(msg.id))
    }
}

impl Handler<RecordResetLink> for UserStore {
    type Result = ResponseFuture<Result<UpdateOutcome, UserStoreError>>;

    fn handle(&mut self, msg: RecordResetLink, _: &mut Self::Context) -> Self::Result {
        reply(self.backend.record_reset_link(msg.id, msg.link))
    }
}

impl Handler<ChangePassword> for UserStore {
    type Result = ResponseFuture<Result<UpdateOutcome, UserStoreError>>;

    fn handle(&mut self, msg: ChangePassword, _: &mut Self::Context) -> Self::Result {
        reply(self.backend.change_password(msg, self.clock.now()))
    }
}

impl Handler<ReplacePasswordHash> for UserStore {
    type Result = ResponseFuture<Result<UpdateOutcome, UserStoreError>>;

    fn handle(&mut self, msg: ReplacePasswordHash, _: &mut Self::Context) -> Self::Result {
        reply(self.backend.replace_password_hash(msg))
    }
}

impl Handler<RecordVerifiedPhone> for UserStore {
    type Result = ResponseFuture<Result<UpdateOutcome, UserStoreError>>;

    fn handle(&mut self, msg: RecordVerifiedPhone, _: &mut Self::Context) -> Self::Result {
        let phone = VerifiedPhone { number: msg.number, verified_at: self.clock.now() };
        reply(self.backend.record_verified_phone(msg.id, phone))
    }
}

fn reply<T: 'static>(answer: Pending<T>) -> ResponseFuture<Result<T, UserStoreError>> {
    Box::pin(async move { Ok(answer.await?) })
}
