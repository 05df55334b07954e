import assert from "assert";
import { pollingSource } from "../../shared/sources/polling_source.ts";
import { type Lie, lyingRegistry, type LyingRegistryOptions } from "./lying_registry.ts";
import { bytes, failure, fetcher, filesOf, signal } from "./oci_reading.ts";
import { privateAuthority } from "./private_authority.ts";
import { USER } from "./registry_server.ts";

/** A body that never ends; `ended` resolves when nobody reads it any more. */
function endless(): { body: ReadableStream<Uint8Array>; ended: Promise<void> } {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const part = new Uint8Array(64 * 1024);
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(part),
    cancel: () => resolve(),
  });
  return { body, ended };
}

const onBlobs = (lie: () => Response): Lie => (path) =>
  path.startsWith("blobs/") ? lie() : undefined;
const onManifests = (lie: (path: string) => Response | undefined): Lie => (path) =>
  path.startsWith("manifests/") ? lie(path) : undefined;
const redirect = (location: string) => new Response(null, { status: 307, headers: { location } });

Deno.test("the registry of these tests is read while it is honest", async () => {
  await using server = lyingRegistry({});
  const reader = fetcher(server, ":v1");
  assert.deepEqual(await filesOf(reader), { "a.yaml": "a: 1" });
  server.asked.length = 0;
  assert.equal(await filesOf(reader), undefined);
  assert.deepEqual(server.asked, ["HEAD manifests/v1"], "one request where nothing changed");
});

Deno.test("what a registry sends is what it was asked for, or is refused", async (t) => {
  const other = () => new Response("a: 2");
  const cases: [string, LyingRegistryOptions, string, RegExp][] = [
    ["another layer", { lie: onBlobs(other) }, "InvalidContent", /what came as "sha256:\w+" is "s/],
    [
      "another manifest",
      { lie: onManifests((path) => path === "manifests/v1" ? undefined : Response.json({})) },
      "InvalidContent",
      /what came as "sha256:\w+" is "sha256:/,
    ],
    ["a long layer", { size: 3 }, "InvalidContent", /more than its 3 bytes came/],
    ["a short layer", { size: 5 }, "InvalidContent", /of "sha256:\w+" 4 of its 5 bytes came/],
    ["a layer that is too large", { size: 2 ** 40 }, "TooLarge", /larger than maxBytes/],
    ["no digest for a layer", { manifest: { layers: [{ size: 1 }] } }, "InvalidContent", /digest/],
    [
      "a manifest that is an index too",
      { manifest: { manifests: [] } },
      "InvalidContent",
      /has both layers and manifests/,
    ],
    [
      "a manifest that is half an index",
      { manifest: { manifests: "x" } },
      "InvalidContent",
      /has both layers and manifests/,
    ],
    [
      "what is no JSON",
      { lie: onManifests(() => new Response("<html>")) },
      "InvalidContent",
      /its manifest is not JSON/,
    ],
    [
      "nothing",
      { lie: onManifests(() => new Response(null, { status: 404 })) },
      "NotFound",
      /there is no tag "v1"$/,
    ],
  ];
  for (const [name, options, reason, message] of cases) {
    await t.step(name, async () => {
      await using server = lyingRegistry(options);
      const error = await failure(fetcher(server, ":v1"));
      assert.match(error.message, message);
      assert.equal(error.reason, reason);
    });
  }
});

Deno.test("a body that does not end is read no further than it may be", async (t) => {
  await t.step("a layer", async () => {
    const { body, ended } = endless();
    await using server = lyingRegistry({ lie: onBlobs(() => new Response(body)) });
    assert.match((await failure(fetcher(server, ":v1"))).message, /more than its 4 bytes came/);
    await ended;
  });
  await t.step("a manifest", async () => {
    const { body, ended } = endless();
    const lie: Lie = (_, { method }) => method === "GET" ? new Response(body) : undefined;
    await using server = lyingRegistry({ lie });
    const { reason, message } = await failure(fetcher(server, ":v1"));
    assert.match(message, /its manifest is larger than 4194304 bytes/);
    assert.equal(reason, "TooLarge");
    await ended;
  });
  await t.step("a list of tags", async () => {
    const lie: Lie = (path, request) =>
      path.startsWith("tags/")
        ? Response.json({ tags: ["1.0.0"] }, { headers: { link: `<${request.url}>; rel="next"` } })
        : undefined;
    await using server = lyingRegistry({ lie });
    const { message } = await failure(fetcher(server, "", { ref: { semver: "1" } }));
    assert.match(message, /it has too many tags/);
    assert.equal(server.asked.length, 50);
  });
});

Deno.test("a registry that stalls is waited for as long as it may be, and said", async (t) => {
  for (const part of ["manifests/", "blobs/"]) {
    await t.step(part, async () => {
      const stop = new AbortController();
      const { promise: gone, resolve } = Promise.withResolvers<void>();
      const body = new ReadableStream({ cancel: () => resolve() });
      const lie: Lie = (path, { method }) => {
        if (method !== "GET" || !path.startsWith(part)) return undefined;
        queueMicrotask(() => stop.abort(new Error("it took too long")));
        return new Response(body);
      };
      await using server = lyingRegistry({ lie });
      await assert.rejects(fetcher(server, ":v1").fetch(stop.signal), /^Error: it took too long/);
      await gone;
    });
  }
});

Deno.test("a redirect", async (t) => {
  await using storage = lyingRegistry({ lie: () => new Response("a: 1") });
  const needsBasic = (lie: Lie): Lie => (path, request) =>
    request.headers.has("authorization") ? lie(path, request) : new Response(null, {
      status: 401,
      headers: { "www-authenticate": 'Basic realm="x"' },
    });
  const read = (server: { host: string }, more = {}) =>
    fetcher(server, ":v1", {}, { access: () => ({ credentials: USER, ...more }) });

  await t.step("to storage on another host is followed, without credentials", async () => {
    const lie = needsBasic(onBlobs(() => redirect(`http://${storage.host}/x`)));
    await using server = lyingRegistry({ lie });
    assert.deepEqual(await filesOf(read(server)), { "a.yaml": "a: 1" });
    assert.ok(server.authorizations.includes(`Basic ${btoa("ann:secret-password")}`));
    assert.deepEqual(storage.authorizations, [null]);
  });
  await t.step("to another host that asks for credentials gets none", async () => {
    await using thief = lyingRegistry({
      lie: () =>
        new Response(null, { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }),
    });
    const lie = needsBasic(onBlobs(() => redirect(`http://${thief.host}/x`)));
    await using server = lyingRegistry({ lie });
    assert.equal((await failure(read(server))).reason, "Unreachable");
    assert.deepEqual(thief.authorizations, [null]);
  });
  for (const status of [401, 403, 404, 500, 503]) {
    await t.step(`to storage that answers ${status} is not told as the registry's`, async () => {
      const headers = { "retry-after": "7" };
      await using storage = lyingRegistry({ lie: () => new Response(null, { status, headers }) });
      const location = `http://${storage.host}/x?signature=secret`;
      await using server = lyingRegistry({ lie: needsBasic(onBlobs(() => redirect(location))) });
      const { reason, message, retryAfter } = await failure(read(server));
      const told =
        `the storage "${storage.host}" to which the registry redirects answers ${status}`;
      assert.ok(message.endsWith(`: ${told}`), message);
      assert.deepEqual([reason, retryAfter], ["Unreachable", 7000]);
    });
  }
  await t.step("from https to http is refused", async () => {
    const { ca, certificate } = await privateAuthority();
    const lie = needsBasic(onBlobs(() => redirect(`http://${storage.host}/x`)));
    await using server = lyingRegistry({ certificate, lie });
    storage.asked.length = 0;
    assert.match(
      (await failure(read(server, { ca }))).message,
      /redirects it from https: to http:/,
    );
    assert.deepEqual(storage.asked, []);
  });
  for (
    const [name, location, message] of [
      ["to a cloud's metadata", "http://169.254.169.254/x", /leads to a link-local address or a/],
      ["to a file", "file:///etc/passwd", /redirects it from http: to file:/],
      ["with credentials", "http://a:b@127.0.0.1:1/x", /to a URL with credentials$/],
      ["to nothing", "http://", /redirects it to what is no URL/],
    ] as const
  ) {
    await t.step(`${name} is refused`, async () => {
      await using server = lyingRegistry({ lie: onBlobs(() => redirect(location)) });
      assert.match((await failure(fetcher(server, ":v1"))).message, message);
    });
  }
  await t.step("to itself ends", async () => {
    const lie: Lie = (path) => path.startsWith("blobs/") ? redirect("?again") : undefined;
    await using server = lyingRegistry({ lie });
    assert.match((await failure(fetcher(server, ":v1"))).message, /redirects it too often/);
    assert.equal(server.asked.filter((asked) => asked.startsWith("GET blobs/")).length, 6);
  });
});

Deno.test("a registry that has enough is left alone for as long as it asks", async () => {
  const headers = { "retry-after": "7" };
  await using busy = lyingRegistry({
    lie: () => new Response(null, { status: 429, headers }),
  });
  const first = await failure(fetcher(busy, ":v1"));
  assert.deepEqual([first.reason, first.retryAfter], ["Unreachable", 7000]);
  assert.match(first.message, /the registry answers 429$/);
  const date = { "retry-after": new Date(Date.now() + 3_600_000).toUTCString() };
  await using away = lyingRegistry({
    lie: () => new Response(null, { status: 503, headers: date }),
  });
  const { retryAfter = 0 } = await failure(fetcher(away, ":v1"));
  assert.ok(retryAfter > 3_000_000 && retryAfter <= 3_600_000, `${retryAfter}`);
  await using broken = lyingRegistry({ lie: () => new Response("stack", { status: 503 }) });
  const second = await failure(fetcher(broken, ":v1"));
  assert.match(second.message, /the registry answers 503$/);
  assert.equal(second.retryAfter, undefined);
});

Deno.test("a connection that breaks off is told as that", async () => {
  const body = () =>
    new ReadableStream({
      pull(controller) {
        controller.enqueue(bytes("a"));
        controller.error(new Error("gone"));
      },
    });
  await using server = lyingRegistry({ lie: onBlobs(() => new Response(body())) });
  const { reason, message } = await failure(fetcher(server, ":v1"));
  assert.equal(reason, "Unreachable");
  assert.match(message, /Cannot read OCI artifact .*: the connection broke off$/);
});

Deno.test("a registry that knows less than others is read all the same", async (t) => {
  for (const status of [400, 405, 501]) {
    await t.step(`without HEAD, to which it answers ${status}`, async () => {
      const lie: Lie = (_, { method }) =>
        method === "HEAD" ? new Response(null, { status }) : undefined;
      await using server = lyingRegistry({ lie });
      const reader = fetcher(server, ":v1");
      assert.deepEqual(await filesOf(reader), { "a.yaml": "a: 1" });
      assert.equal(await filesOf(reader), undefined);
    });
  }
  await t.step("without the digest in a header", async () => {
    const lie: Lie = (_, { method }) => method === "HEAD" ? new Response() : undefined;
    await using server = lyingRegistry({ lie });
    const reader = fetcher(server, ":v1");
    const snapshot = await reader.fetch(signal);
    assert.equal(snapshot?.revision, `v1@${server.digest}`);
    assert.equal(await reader.fetch(signal), undefined);
  });
  const next = (location: string): Lie => (path) => {
    if (path === "tags/list?n=1000") {
      const headers = { link: location };
      return Response.json({ tags: ["v0", "../../evil/1.9.0"] }, { headers });
    }
    return path === "tags/list?n=1000&last=v0" ? Response.json({ tags: ["v1"] }) : undefined;
  };
  const list = "/v2/team/flows/tags/list?n=1000&last=v0";
  const pages: [string, (host: string) => string][] = [
    ["by a path", () => `<${list}>; rel="next"`],
    ["by a query only", () => '<?n=1000&last=v0>; rel="next"'],
    ["by a path that is relative", () => "<list?n=1000&last=v0>; rel=next"],
    ["by a URL", (host) => `<http://${host}${list}>; rel="next"`],
    ["by a URL of before a proxy that ends TLS", (host) => `<https://${host}${list}>; rel="next"`],
    ["beside other links", () => `<a,b;c>; rel="first", <${list}> ; title="x" ; REL = "last next"`],
  ];
  for (const [name, link] of pages) {
    await t.step(`with its tags on several pages, named ${name}`, async () => {
      await using server = lyingRegistry({ lie: (...asked) => next(link(server.host))(...asked) });
      const { message } = await failure(fetcher(server, "", { ref: { semver: "1" } }));
      assert.match(message, /no tag is a version in the range "1"; its last tags are v0, v1$/);
    });
  }
  for (const status of [400, 413]) {
    await t.step(`with pages shorter than what is asked for (${status})`, async () => {
      const lie: Lie = (path) =>
        path === "tags/list?n=1000" ? new Response(null, { status }) : undefined;
      await using server = lyingRegistry({ lie });
      const { message } = await failure(fetcher(server, "", { ref: { semver: "2" } }));
      assert.match(message, /no tag is a version in the range "2"; its last tags are v1$/);
      await using broken = lyingRegistry({ lie: () => new Response(null, { status }) });
      const refused = await failure(fetcher(broken, "", { ref: { semver: "2" } }));
      assert.match(refused.message, new RegExp(`the registry answers ${status}$`));
      assert.deepEqual(broken.asked, ["GET tags/list?n=1000", "GET tags/list"]);
    });
  }
  await t.step("but not where the next page of its tags is another's", async () => {
    await using thief = lyingRegistry({});
    const lie = next(`<http://${thief.host}${list}>; rel="next"`);
    await using server = lyingRegistry({ lie });
    const { message, reason } = await failure(fetcher(server, "", { ref: { semver: "1" } }));
    assert.match(
      message,
      /next page of its list is at "127\.0\.0\.1:\d+", should be at the registry's own host "/,
    );
    assert.equal(reason, "InvalidContent");
    assert.deepEqual(thief.asked, []);
  });
  await t.step("nor where its path would be another's, taken for an address", async () => {
    await using thief = lyingRegistry({});
    const lie: Lie = (...asked) =>
      next(`<http://${server.host}//${thief.host}${list}>; rel="next"`)(...asked);
    await using server = lyingRegistry({ lie });
    await failure(fetcher(server, "", { ref: { semver: "1" } }));
    assert.deepEqual(thief.asked, []);
  });
  for (const link of ['<http://>; rel="next"', '<http://a:b@HOST/x>; rel="next"']) {
    await t.step(`nor where it is ${link}`, async () => {
      const lie: Lie = (...asked) => next(link.replace("HOST", server.host))(...asked);
      await using server = lyingRegistry({ lie });
      const { reason } = await failure(fetcher(server, "", { ref: { semver: "1" } }));
      assert.equal(reason, "InvalidContent");
    });
  }
});

Deno.test("what was read last is served on while a registry lies", async () => {
  let lies = false;
  const lie: Lie = (path) => {
    if (!lies || !path.startsWith("manifests/")) return undefined;
    return new Response("x", { headers: { "docker-content-digest": `sha256:${"0".repeat(64)}` } });
  };
  await using server = lyingRegistry({ lie });
  const stop = new AbortController();
  const source = pollingSource({
    name: "flows",
    fetcher: fetcher(server, ":v1"),
    interval: 1,
    timeout: 10_000,
  });
  const snapshots = source.snapshots(stop.signal)[Symbol.asyncIterator]();
  const first = (await snapshots.next()).value!;
  lies = true;
  const next = (await snapshots.next()).value!;
  assert.deepEqual(next.files, first.files);
  assert.match(next.problems[0]!.message, /what came as "sha256:0+" is "sha256:/);
  assert.equal(source.status().revision, first.revision);
  stop.abort();
  await snapshots.next();
});
