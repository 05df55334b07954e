import assert from "assert";
import type { GitAccess } from "../../shared/sources/git/git_source_options.ts";
import { connectProxy } from "./connect_proxy.ts";
import { failure, fetcher, never, read, served } from "./git_reading.ts";
import { privateAuthority } from "./private_authority.ts";

const login = { username: "ann", password: "s3cret-password" };

Deno.test("credentials: a user name and password, or a token of any or a given user", async () => {
  await using git = await served({ login });
  await git.repository.commit({ "a.yaml": "a" });
  const { server } = git;

  assert.equal((await read({ url: server.url }, () => login)).files.size, 1);
  server.behaviour.login = { username: "x-access-token", password: "t0ken" };
  assert.equal((await read({ url: server.url }, () => ({ token: "t0ken" }))).files.size, 1);
  server.behaviour.login = { username: "oauth2", password: "t0ken" };
  const named = () => ({ username: "oauth2", token: "t0ken" });
  assert.equal((await read({ url: server.url }, named)).files.size, 1);
});

Deno.test("credentials that rotate are taken without a restart", async () => {
  await using git = await served({ login });
  await git.repository.commit({ "a.yaml": "1" });
  let access: GitAccess = login;
  const reader = fetcher({ url: git.server.url }, () => access);
  await reader.fetch(never);

  git.server.behaviour.login = { ...login, password: "n3w-password" };
  await git.repository.commit({ "a.yaml": "2" });
  const { reason } = await failure(reader.fetch(never));
  assert.equal(reason, "AuthenticationFailed");
  access = { ...login, password: "n3w-password" };
  assert.equal((await reader.fetch(never))?.files.get("a.yaml"), "2");
});

Deno.test("each refusal is told in its own words, without credentials", async (t) => {
  await using git = await served({ login });
  await git.repository.commit({ "a.yaml": "a" });
  const { url, behaviour } = git.server;
  const wrong = { username: "ann", password: "wr0ng-password" };
  const status = (status: number, headers: Record<string, string> = {}) => {
    behaviour.intercept = (_, response) => {
      response.writeHead(status, headers).end("wr0ng-password");
      return true;
    };
  };
  const cases: [string, () => void, GitAccess | undefined, string, RegExp][] = [
    ["401 without", () => {}, undefined, "AuthenticationFailed", /asks for credentials \(401\)$/],
    ["401 with", () => {}, wrong, "AuthenticationFailed", /not accept the credentials \(401\)$/],
    ["403", () => status(403), wrong, "AuthenticationFailed", /with these credentials \(403\)$/],
    [
      "404",
      () => status(404),
      undefined,
      "NotFound",
      /no such repository, or .* without .*\(404\)$/,
    ],
    ["500", () => status(500), wrong, "Unreachable", /: the server answers 500$/],
    [
      "no Git",
      () => status(200, { "content-type": "text/html" }),
      wrong,
      "NotFound",
      /no Git .*html/,
    ],
  ];
  for (const [name, prepare, access, reason, words] of cases) {
    await t.step(name, async () => {
      prepare();
      const error = await failure(read({ url }, () => access ?? {}));
      assert.equal(error.reason, reason);
      assert.match(error.message, words);
      assert.ok(error.message.startsWith(`Cannot read Git repository "${url}": `));
      assert.doesNotMatch(`${error.message} ${error.stack}`, /wr0ng/);
    });
  }
  await t.step("429 says how long to wait", async () => {
    status(429, { "retry-after": "90" });
    assert.equal((await failure(read({ url }, () => wrong))).retryAfter, 90_000);
  });
  await t.step("so it does by a date", async () => {
    status(503, { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() });
    const { retryAfter = 0 } = await failure(read({ url }, () => wrong));
    assert(retryAfter > 3_000_000 && retryAfter <= 3_600_000, `${retryAfter}`);
  });
  await t.step("what a server says holds no credentials either", async () => {
    behaviour.intercept = (_, response) => {
      const line = "ERR no wr0ng-password here";
      response.writeHead(200, { "content-type": "application/x-git-upload-pack-advertisement" })
        .end(`${(line.length + 4).toString(16).padStart(4, "0")}${line}`);
      return true;
    };
    assert.match((await failure(read({ url }, () => wrong))).message, /says "no … here"$/);
  });
});

Deno.test("TLS: a private authority is trusted where it is given", async () => {
  const { ca, certificate } = await privateAuthority();
  await using git = await served({ certificate });
  await git.repository.commit({ "a.yaml": "a" });

  const { message, reason } = await failure(read({ url: git.server.url }));
  assert.match(message, /certificate is not accepted: it is signed by nobody that is trusted here/);
  assert.equal(reason, "Unreachable");
  assert.equal((await read({ url: git.server.url }, () => ({ ca }))).files.size, 1);
});

Deno.test("http without TLS is for this machine, or where it is allowed", async () => {
  const { message } = await failure(read({ url: "http://git.example/flows.git" }));
  assert.match(
    message,
    /it is http without TLS to "git\.example", should be https, or insecure be set$/,
  );
});

Deno.test("an address with credentials is refused without telling them", async () => {
  const { message } = await failure(read({ url: "https://ann:s3cret@git.example/flows.git" }));
  assert.match(message, /^Cannot read Git repository "https:\/\/git\.example\/flows\.git": /);
  assert.doesNotMatch(message, /s3cret/);
});

Deno.test("a redirect is followed, and credentials stay with their origin", async () => {
  await using git = await served();
  await git.repository.commit({ "a.yaml": "1" });
  await using front = await served();
  const target = new URL(git.server.url).origin;
  front.server.behaviour.intercept = (request, response) => {
    response.writeHead(301, { location: `${target}${request.url}` }).end();
    return true;
  };
  const reader = fetcher({ url: front.server.url }, () => login);

  assert.equal((await reader.fetch(never))?.files.size, 1);

  assert.ok(front.server.seen().every(({ authorization }) => authorization !== undefined));
  const requests = git.server.seen();
  assert.ok(requests.length > 1);
  assert.ok(requests.every(({ authorization }) => authorization === undefined));
  await git.repository.commit({ "a.yaml": "2" });
  assert.equal((await reader.fetch(never))?.files.get("a.yaml"), "2");
});

Deno.test("a redirect to a cloud's metadata server, or round in a circle, is not followed", async () => {
  await using git = await served();
  const location = (to: (path: string) => string) => {
    git.server.behaviour.intercept = (request, response) => {
      response.writeHead(302, { location: to(request.url!) }).end();
      return true;
    };
  };
  location((path) => `http://169.254.169.254${path}`);
  assert.match((await failure(read({ url: git.server.url }))).message, /link-local address/);
  location((path) => path);
  assert.match((await failure(read({ url: git.server.url }))).message, /redirects it elsewhere/);
  location(() => "/login");
  assert.match(
    (await failure(read({ url: git.server.url }))).message,
    /to what is no Git repository/,
  );
});

Deno.test("a redirect from https to http is not followed", async () => {
  const { ca, certificate } = await privateAuthority();
  await using plain = await served();
  await plain.repository.commit({ "a.yaml": "a" });
  await using git = await served({ certificate });
  const target = new URL(plain.server.url).origin;
  git.server.behaviour.intercept = (request, response) => {
    response.writeHead(301, { location: `${target}${request.url}` }).end();
    return true;
  };

  const { message } = await failure(read({ url: git.server.url }, () => ({ ca })));

  assert.match(message, /: the server redirects it from https to http$/);
  assert.deepEqual(plain.server.seen(), []);
});

Deno.test("a repository of SHA-256 is told as one", async () => {
  await using git = await served();
  const { folder } = git.repository;
  await git.repository.git("init", "-q", "--bare", "--object-format=sha256", `${folder}/new.git`);
  const url = git.server.url.replace("flows.git", "new.git");
  const { message } = await failure(read({ url }));
  assert.match(message, /: its objects are named by sha256, should be by sha1$/);
});

Deno.test("a proxy is gone through, with its own credentials", async () => {
  const { ca, certificate } = await privateAuthority();
  await using git = await served({ certificate, login });
  await git.repository.commit({ "a.yaml": "a" });
  await using proxy = await connectProxy();
  const address = proxy.url.replace("//", "//me:pr0xy@");

  const { files } = await read({ url: git.server.url, proxy: address }, () => ({ ...login, ca }));

  assert.equal(files.size, 1);
  const { host } = new URL(git.server.url);
  assert.deepEqual(proxy.asked[0], { host, authorization: `Basic ${btoa("me:pr0xy")}` });
});

Deno.test("a server that was away is read again", async () => {
  await using git = await served();
  await git.repository.commit({ "a.yaml": "1" });
  const reader = fetcher({ url: git.server.url });
  await reader.fetch(never);
  await git.server.stop();

  const { message, reason } = await failure(reader.fetch(never));
  assert.match(message, /the server cannot be reached: .*refused/i);
  assert.equal(reason, "Unreachable");

  await git.server.start();
  await git.repository.commit({ "a.yaml": "2" });
  assert.equal((await reader.fetch(never))?.files.get("a.yaml"), "2");
});
