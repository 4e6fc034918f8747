// parse-server as its documentation sets it up, and nothing else.
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { ParseServer } from "parse-server";

const { MONGODB_URI, APPLICATION_ID } = process.env;
// The address is all that is read there; at its start it also warns of deprecated defaults.
const print = process.stdout.write.bind(process.stdout);
process.stdout.write = () => true;

const server = createServer().listen(0, "127.0.0.1", async () => {
  const address = `127.0.0.1:${server.address().port}`;
  const parse = new ParseServer({
    databaseURI: MONGODB_URI,
    appId: APPLICATION_ID,
    masterKey: randomBytes(32).toString("base64"),
    serverURL: `http://${address}`,
    logsFolder: null,
    logLevel: "error",
    silent: true,
  });
  await parse.start();
  server.on("request", parse.app);
  print(`${address}\n`);
});
