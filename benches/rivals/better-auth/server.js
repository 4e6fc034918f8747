// better-auth as its documentation sets it up for MongoDB, and nothing else. Hashing is stubbed: the
// benchmark compares what is around it.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { mongodbAdapter } from "better-auth/adapters/mongodb";
import { betterAuth } from "better-auth/minimal";
import { toNodeHandler } from "better-auth/node";
import { MongoClient } from "mongodb";

const { MONGODB_URI, MONGODB_DATABASE, COOKIE_CACHE, UPDATE_AGE } = process.env;
const client = await new MongoClient(MONGODB_URI).connect();

const server = createServer().listen(0, "127.0.0.1", () => {
  const address = `127.0.0.1:${server.address().port}`;
  const auth = betterAuth({
    baseURL: `http://${address}`,
    secret: randomBytes(32).toString("base64"),
    database: mongodbAdapter(client.db(MONGODB_DATABASE), { client }),
    // The documentation recommends it: one query instead of two.
    advanced: { database: { joins: true } },
    emailAndPassword: {
      enabled: true,
      password: {
        hash: async (password) => password,
        verify: async ({ hash, password }) => hash === password,
      },
    },
    session: {
      cookieCache: { enabled: COOKIE_CACHE === "true", maxAge: 300 },
      updateAge: Number(UPDATE_AGE ?? 86_400),
    },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    telemetry: { enabled: false },
  });
  server.on("request", toNodeHandler(auth));
  console.log(address);
});
