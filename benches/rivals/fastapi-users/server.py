"""fastapi-users as its documentation sets it up for MongoDB, and nothing else.

Hashing is stubbed: the benchmark compares what is around it.
"""

import os
import secrets
import socket

import uvicorn
import uvloop
from beanie import Document, PydanticObjectId, init_beanie
from fastapi import Depends, FastAPI
from fastapi_users import BaseUserManager, FastAPIUsers, schemas
from fastapi_users.authentication import AuthenticationBackend, BearerTransport, JWTStrategy
from fastapi_users.authentication.strategy.db import DatabaseStrategy
from fastapi_users_db_beanie import BeanieBaseUser, BeanieUserDatabase, ObjectIDIDMixin
from fastapi_users_db_beanie.access_token import BeanieAccessTokenDatabase, BeanieBaseAccessToken
from pymongo import AsyncMongoClient

SECRET = secrets.token_urlsafe(32)
LIFETIME = 3600


class User(BeanieBaseUser, Document):
    pass


class AccessToken(BeanieBaseAccessToken, Document):
    pass


class UserRead(schemas.BaseUser[PydanticObjectId]):
    pass


class UserCreate(schemas.BaseUserCreate):
    pass


class Stub:
    """In the place of its PasswordHelper."""

    def hash(self, password):
        return password

    def generate(self):
        return secrets.token_urlsafe()

    def verify_and_update(self, password, hashed):
        return password == hashed, None


class UserManager(ObjectIDIDMixin, BaseUserManager[User, PydanticObjectId]):
    reset_password_token_secret = SECRET
    verification_token_secret = SECRET


async def user_manager():
    yield UserManager(BeanieUserDatabase(User), Stub())


def strategy():
    if os.environ["STRATEGY"] == "jwt":
        return JWTStrategy(secret=SECRET, lifetime_seconds=LIFETIME)
    return DatabaseStrategy(BeanieAccessTokenDatabase(AccessToken), lifetime_seconds=LIFETIME)


backend = AuthenticationBackend("bearer", BearerTransport(tokenUrl="login"), strategy)
users = FastAPIUsers[User, PydanticObjectId](user_manager, [backend])
app = FastAPI()
app.include_router(users.get_auth_router(backend))
app.include_router(users.get_register_router(UserRead, UserCreate))


@app.get("/protected")
async def protected(user: User = Depends(users.current_user(active=True))):
    return {"email": user.email}


async def main():
    client = AsyncMongoClient(os.environ["MONGODB_URI"])
    database = client[os.environ["MONGODB_DATABASE"]]
    await init_beanie(database=database, document_models=[User, AccessToken])
    listener = socket.create_server(("127.0.0.1", 0))
    print("%s:%d" % listener.getsockname(), flush=True)
    config = uvicorn.Config(app, access_log=False, log_level="warning")
    await uvicorn.Server(config).serve(sockets=[listener])


uvloop.run(main())
