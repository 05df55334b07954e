import assert from "assert";
import { pushArtifact } from "../../shared/sources/oci/push_artifact.ts";
import {
  type RegistryCredentials,
  registryCredentials,
} from "../../shared/sources/oci/registry_access.ts";
import { lyingRegistry } from "./lying_registry.ts";
import {
  bytes,
  failure,
  fetcher,
  filesOf,
  push,
  registryOf,
  REPOSITORY,
  signal,
} from "./oci_reading.ts";
import { privateAuthority } from "./private_authority.ts";
import { registryServer, USER } from "./registry_server.ts";
import { IDENTITY_TOKEN, tokenServer } from "./token_server.ts";

const files = new Map([["a.yaml", bytes("a: 1")]]);
const BASIC = `Basic ${btoa(`${USER.username}:${USER.password}`)}`;

Deno.test("a registry with a certificate of a private authority", async (t) => {
  const { ca, certificate } = await privateAuthority();
  await using server = await registryServer({ tls: certificate, auth: "basic" });
  using registry = registryOf(server, USER, ca);
  await pushArtifact(registry, { tag: "v1", files, signal });
  await t.step("is read with the authority's certificate", async () => {
    const access = () => ({ credentials: USER, ca });
    assert.deepEqual(await filesOf(fetcher(server, ":v1", {}, { access })), { "a.yaml": "a: 1" });
  });
  await t.step(
    "is not trusted without, nor asked without TLS, though it is this machine",
    async () => {
      const reader = fetcher(server, ":v1", {}, { access: () => ({ credentials: USER }) });
      const { reason, message } = await failure(reader);
      assert.equal(reason, "Unreachable");
      assert.match(message, /certificate is signed by nobody that is trusted here; give the/);
    },
  );
  await t.step("certificates that are none are said", async () => {
    const reader = fetcher(server, ":v1", {}, { access: () => ({ ca: "no certificate" }) });
    assert.match((await failure(reader)).message, /Cannot read OCI artifact .*certificate/);
  });
});

Deno.test("a registry that wants tokens", async (t) => {
  await using tokens = await tokenServer();
  await using server = await registryServer({ auth: tokens.auth });
  const read = (credentials?: RegistryCredentials) =>
    fetcher(server, ":v1", {}, { access: () => ({ credentials }) });
  await t.step("is pushed to by a user", async () => {
    using registry = registryOf(server, USER);
    await pushArtifact(registry, { tag: "v1", files, signal });
    assert.deepEqual(tokens.asked, [`GET ${BASIC} repository:${REPOSITORY}:pull,push`]);
  });
  await t.step("is not pushed to by anybody", async () => {
    await assert.rejects(push(server, "v2", { "a.yaml": "a: 2" }), /asks for credentials \(401\)/);
  });
  const cases: [string, RegistryCredentials | undefined, string][] = [
    ["anonymously", undefined, "GET anonymous"],
    ["by a password", USER, `GET ${BASIC}`],
    [
      "by an identity token",
      { username: "", password: "", identityToken: IDENTITY_TOKEN },
      `POST ${IDENTITY_TOKEN}`,
    ],
  ];
  for (const [name, credentials, asked] of cases) {
    await t.step(`is read ${name}, by one token`, async () => {
      tokens.asked.length = 0;
      assert.deepEqual(await filesOf(read(credentials)), { "a.yaml": "a: 1" });
      assert.deepEqual(tokens.asked, [`${asked} repository:${REPOSITORY}:pull`]);
    });
  }
  await t.step(
    "a password that it does not know is in no message, though it sends it back",
    async () => {
      const { reason, message } = await failure(read({ username: "ann", password: "wrong-one" }));
      assert.equal(reason, "AuthenticationFailed");
      assert.match(message, /does not accept the credentials \(401\)$/);
      assert.doesNotMatch(message, /wrong-one/);
    },
  );
});

/** A registry that sends its callers to itself for the token "abc", which `answer` may give. */
function tokenRegistry(answer: (path: string, request: Request) => Response) {
  return lyingRegistry({
    lie: (path, request) => {
      if (path.startsWith("/token")) return answer(path, request);
      if (request.headers.get("authorization") === "Bearer abc") return undefined;
      const realm = new URL("/token", request.url).href;
      return new Response(null, {
        status: 401,
        headers: { "www-authenticate": `Bearer realm="${realm}",service="x"` },
      });
    },
  });
}

Deno.test("a token that is not given is told as that", async (t) => {
  const cases: [string, ResponseInit, string, RegExp][] = [
    ["by who is not there", { status: 404 }, "Unreachable", /: its token: .* answers 404$/],
    ["by who is broken", { status: 500 }, "Unreachable", /: its token: the registry answers 500$/],
    [
      "by who has enough",
      { status: 429, headers: { "retry-after": "7" } },
      "Unreachable",
      /: its token: the registry answers 429$/,
    ],
    [
      "by who does not know one",
      { status: 403 },
      "AuthenticationFailed",
      /: its token: the registry does not accept the credentials \(403\)$/,
    ],
    [
      "by who sends one on, to whom credentials do not go",
      { status: 307, headers: { location: "/token2" } },
      "Unreachable",
      /: its token: the registry answers 307, which is not followed with credentials$/,
    ],
  ];
  for (const [name, answer, reason, message] of cases) {
    await t.step(name, async () => {
      const asked: string[] = [];
      await using server = tokenRegistry((path) => {
        asked.push(path);
        return new Response(null, answer);
      });
      const access = () => ({ credentials: USER });
      const error = await failure(fetcher(server, ":v1", {}, { access }));
      assert.match(error.message, message);
      assert.equal(error.reason, reason);
      assert.equal(error.retryAfter, answer.status === 429 ? 7000 : undefined);
      assert.equal(asked.length, 1);
    });
  }
});

Deno.test("a token is read by either of its names, whatever the other holds", async (t) => {
  const read = async (answer: unknown) => {
    await using server = tokenRegistry(() => Response.json(answer));
    const reader = fetcher(server, ":v1");
    return await filesOf(reader).catch((error) => error.message);
  };
  for (
    const answer of [
      { token: "abc" },
      { access_token: "abc" },
      { token: "", access_token: "abc" },
      { token: null, access_token: "abc" },
      { token: "abc", access_token: "" },
    ]
  ) {
    await t.step(JSON.stringify(answer), async () => {
      assert.deepEqual(await read(answer), { "a.yaml": "a: 1" });
    });
  }
  for (const answer of [{}, { token: "" }, { token: "a b" }, { token: 1 }, null, "abc"]) {
    await t.step(`none: ${JSON.stringify(answer)}`, async () => {
      assert.match(await read(answer), /the registry gives no token$/);
    });
  }
});

Deno.test("a registry whose tokens are on another host", async (t) => {
  await using tokens = await tokenServer("localhost");
  await using server = await registryServer({ auth: tokens.auth });
  const access = () => ({ credentials: USER });
  await t.step("gets no credentials there", async () => {
    const { reason, message } = await failure(fetcher(server, ":v1", {}, { access }));
    assert.equal(reason, "AuthenticationFailed");
    assert.match(message, /sends its callers to "localhost:\d+" for a token, which is neither/);
    assert.deepEqual(tokens.asked, []);
  });
  await t.step("gets them where that host is named", async () => {
    const tokenHost = `localhost:${tokens.port}`;
    const { reason } = await failure(fetcher(server, ":v1", { tokenHost }, { access }));
    assert.equal(reason, "NotFound", "it was let in, and there is no such tag");
    // The reading, and the list of tags by which a nearer one is named.
    assert.deepEqual(tokens.asked, [`GET ${BASIC} repository:${REPOSITORY}:pull`]);
  });
});

Deno.test("credentials of a Docker config are taken for exactly the registry's host", async (t) => {
  await using server = await registryServer({ auth: "basic" });
  using registry = registryOf(server, USER);
  await pushArtifact(registry, { tag: "v1", files, signal });
  const config = (auths: unknown) => JSON.stringify({ auths });
  const auth = btoa(`${USER.username}:${USER.password}`);
  const read = (values: Record<string, string>) =>
    fetcher(server, ":v1", {}, {
      access: (host) => ({ credentials: registryCredentials(values, host) }),
    });
  const good: [string, Record<string, string>][] = [
    ["as auth", { ".dockerconfigjson": config({ [server.host]: { auth } }) }],
    ["as user and password", { ".dockerconfigjson": config({ [server.host]: USER }) }],
    ["as a URL", { "config.json": config({ [`https://${server.host}/v2/`]: { auth } }) }],
    ["in the older form", { ".dockercfg": JSON.stringify({ [server.host]: { auth } }) }],
    ["beside others", {
      ".dockerconfigjson": config({ "ghcr.io": { auth: btoa("a:b") }, [server.host]: { auth } }),
    }],
    ["as a pair in JSON", { "config.json": JSON.stringify(USER) }],
    ["as username and password", { ...USER, password: `${USER.password}\n` }],
  ];
  for (const [name, values] of good) {
    await t.step(name, async () => {
      assert.deepEqual(await filesOf(read(values)), { "a.yaml": "a: 1" });
    });
  }
  const bad: [string, string, RegExp][] = [
    ["another host", config({ "ghcr.io": { auth } }), /asks for credentials \(401\)/],
    ["a host that begins so", config({ [`${server.host}0`]: { auth } }), /asks for credentials/],
    ["a host without its port", config({ "127.0.0.1": { auth } }), /asks for credentials/],
    [
      "no JSON",
      `{"auths": {"${auth}`,
      /the key "\.dockerconfigjson" of the credentials is not JSON$/,
    ],
    ["no object", config("x"), /"auths" in the key "\.dockerconfigjson" .* is no object/],
    ["no auth", config({ [server.host]: { auth: btoa("ann") } }), /is not user:password/],
  ];
  for (const [name, text, message] of bad) {
    await t.step(`not ${name}`, async () => {
      const { reason, message: said } = await failure(read({ ".dockerconfigjson": text }));
      assert.equal(reason, "AuthenticationFailed");
      assert.match(said, message);
      assert.ok(!said.includes(auth) && !said.includes(USER.password), "nothing of it is told");
    });
  }
});

Deno.test("the credentials of a Docker config: identity tokens, Docker Hub's names, nothing", () => {
  const of = (auths: unknown, registry: string) =>
    registryCredentials({ ".dockerconfigjson": JSON.stringify({ auths }) }, registry);
  assert.deepEqual(of({ "a.io": { auth: btoa("u:p:q"), identitytoken: "t" } }, "a.io"), {
    username: "u",
    password: "p:q",
    identityToken: "t",
  });
  assert.deepEqual(of({ "a.io": { identitytoken: "t" } }, "A.IO"), {
    username: "",
    password: "",
    identityToken: "t",
  });
  const hub = { "https://index.docker.io/v1/": { username: "u", password: "p" } };
  assert.deepEqual(of(hub, "docker.io"), { username: "u", password: "p" });
  assert.equal(of({ "a.io": null }, "a.io"), undefined);
  assert.equal(of({ "a.io": { auth: "" } }, "a.io"), undefined);
  assert.equal(registryCredentials({}, "a.io"), undefined);
});
