// quirks of real registries
import { zstdCompressSync } from "node:zlib";
import { parseAuthChallenge } from "./shared/sources/oci/auth_challenge.ts";
import { lyingRegistry } from "./tests/sources/lying_registry.ts";
import { fetcher, filesOf, bytes, tar, REPOSITORY } from "./tests/sources/oci_reading.ts";
import { digestOf } from "./shared/sources/oci/digest_of.ts";
for (const h of [
 'Bearer realm="https://a.io/t",service="s"', 'BEARER REALM="https://a.io/t"', 'Bearer realm=https://a.io/t,service=s', 'Bearer  realm = "https://a.io/t" , service = "s"',
 'Basic realm="Bearer realm=\\"x\\""', 'Basic realm="x, Bearer realm=https://evil.io"', 'Basic realm="https://x.dkr.ecr.us-east-1.amazonaws.com/",service="ecr.amazonaws.com"',
 'Negotiate, NTLM, Basic realm="x", Bearer realm="https://a.io/t"', 'Bearer realm="https://a.io/t",error="invalid_token"', 'Basic', 'basic realm=x', 'Bearer realm="https://a.io/t?x=1,2",scope="repository:a/b:pull,push"',
 'DPoP algs="ES256", Bearer realm="https://a.io/t"', 'Bearer scope="", realm="https://a.io/t"', 'Bearer error="x", Bearer realm="https://a.io/t"','Bearer realm="", service="a"','Bearer realm="a\\"b"',
]) console.log(h, "=>", JSON.stringify(parseAuthChallenge(h)));
const show = async (name: string, s: { host: string }, tail = ":v1", o = {}, m = {}) => { try { console.log(name, JSON.stringify(await filesOf(fetcher(s, tail, o, m)))); } catch (e) { console.log(name, "FAIL", (e as Error).message); } };
// nested index
{
  const served = new Map<string, [Uint8Array, string]>();
  const put = (path: string, o: unknown, type = "application/json") => { const b = bytes(JSON.stringify(o)); const d = digestOf(b); served.set("manifests/" + d, [b, type]); if (path) served.set("manifests/" + path, [b, type]); return { digest: d, size: b.length }; };
  await using s = lyingRegistry({ lie: (path) => { const c = served.get(path); return c && new Response(c[0] as BodyInit, { headers: { "content-type": c[1], "docker-content-digest": digestOf(c[0]) } }); } });
  const layer = { mediaType: "application/yaml", digest: s.layer, size: 4, annotations: { "org.opencontainers.image.title": "a.yaml" } };
  const m = put("", { schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json", artifactType: "x/y", config: { mediaType: "application/vnd.oci.empty.v1+json", digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", size: 2, data: "e30=" }, layers: [layer] });
  const inner = put("", { schemaVersion: 2, manifests: [{ mediaType: "application/vnd.oci.image.manifest.v1+json", ...m }] });
  put("nested", { schemaVersion: 2, manifests: [{ mediaType: "application/vnd.oci.image.index.v1+json", ...inner }] });
  put("params", { schemaVersion: 2, layers: [layer] }, "application/vnd.oci.image.manifest.v1+json; charset=utf-8");
  put("nullann", { schemaVersion: 2, annotations: null, config: null, subject: null, layers: [{ ...layer, urls: null }] });
  put("subjectidx", { schemaVersion: 2, manifests: [{ mediaType: "application/vnd.oci.image.manifest.v1+json", ...m, platform: { os: "linux", architecture: "amd64" } }, { ...m, artifactType: "sig", mediaType: "application/vnd.oci.image.manifest.v1+json", platform: { os: "unknown", architecture: "unknown" } }] });
  const data = { ...layer, data: btoa("a: 1") };
  put("data", { schemaVersion: 2, layers: [data] });
  const sha512 = { ...layer, digest: "sha512:" + "a".repeat(128) };
  put("sha512", { schemaVersion: 2, layers: [sha512] });
  put("other", { schemaVersion: 2, layers: [layer, { mediaType: "application/vnd.oci.empty.v1+json", digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a", size: 2 }] });
  put("schema1", { schemaVersion: 1, fsLayers: [{ blobSum: "x" }] });
  put("artmanifest", { mediaType: "application/vnd.oci.artifact.manifest.v1+json", artifactType: "x", blobs: [layer] });
  for (const t of ["nested", "params", "nullann", "subjectidx", "data", "sha512", "other", "schema1", "artmanifest"]) await show(t, s, ":" + t);
  console.log(s.asked.filter((a) => /data/.test(a)));
}
// blob 307 w/ signed URL, same host other port; content-encoding: gzip on manifest
{
  await using s = lyingRegistry({ lie: (path, r) => path.startsWith("manifests") && r.method === "GET" ? new Response(new Blob([JSON.stringify({ layers: [] })]).stream().pipeThrough(new CompressionStream("gzip")), { headers: { "content-encoding": "gzip" } }) : undefined });
  await show("content-encoding gzip on manifest", s);
}
{ // 401 on expired token mid-way
  let n = 0;
  await using s = lyingRegistry({ lie: (path, r) => { if (path.startsWith("/token")) return Response.json({ token: "t" + ++n }); const a = r.headers.get("authorization"); const need = path.startsWith("blobs") ? "Bearer t2" : "Bearer t1"; if (a !== need) return new Response(null, { status: 401, headers: { "www-authenticate": `Bearer realm="http://${s.host}/token",service="x"` } }); return undefined; } });
  await show("token expires between", s);
  console.log(s.asked);
}
{ // two www-authenticate headers
  await using s = lyingRegistry({ lie: (path, r) => { if (path.startsWith("/token")) return Response.json({ token: "t1" }); if (r.headers.get("authorization") === "Bearer t1") return undefined; const h = new Headers(); h.append("www-authenticate", `Basic realm="x"`); h.append("www-authenticate", `Bearer realm="http://${s.host}/token",service="x"`); return new Response(null, { status: 401, headers: h }); } });
  await show("two headers", s);
}
{ // relative realm; 
  await using s = lyingRegistry({ lie: (path, r) => { if (path.startsWith("/token")) return Response.json({ token: "t1" }); if (r.headers.get("authorization") === "Bearer t1") return undefined; return new Response(null, { status: 401, headers: { "www-authenticate": `Bearer realm="/token"` } }); } });
  await show("relative realm", s);
}
{ // token endpoint redirects
  await using s = lyingRegistry({ lie: (path, r) => { if (path.startsWith("/token2")) return Response.json({ token: "t1" }); if (path.startsWith("/token")) return new Response(null, { status: 307, headers: { location: "/token2" } }); if (r.headers.get("authorization") === "Bearer t1") return undefined; return new Response(null, { status: 401, headers: { "www-authenticate": `Bearer realm="http://${s.host}/token"` } }); } });
  await show("token redirect", s);
}
{ // token endpoint 429/503
  for (const status of [429, 503, 404, 500]) {
  await using s = lyingRegistry({ lie: (path, r) => { if (path.startsWith("/token")) return new Response(null, { status, headers: { "retry-after": "3" } }); return new Response(null, { status: 401, headers: { "www-authenticate": `Bearer realm="http://${s.host}/token"` } }); } });
  await show("token " + status, s);
  }
}
{ // token: identity token where POST is 404/405 => GET fallback w/ basic
  for (const status of [404, 405]) {
  await using s = lyingRegistry({ lie: (path, r) => { if (path.startsWith("/token")) return r.method === "POST" ? new Response(null, { status }) : Response.json({ token: "t1" }); if (r.headers.get("authorization") === "Bearer t1") return undefined; return new Response(null, { status: 401, headers: { "www-authenticate": `Bearer realm="http://${s.host}/token"` } }); } });
  await show("identity token POST " + status, s, ":v1", {}, { access: () => ({ credentials: { username: "u", password: "p", identityToken: "x" } }) });
  }
}
{ // registry answers 403 w/o creds for missing; HEAD 401 w/o www-authenticate; 404 body
  await using s = lyingRegistry({ lie: (_p, r) => r.method === "HEAD" ? new Response(null, { status: 401 }) : undefined });
  await show("HEAD 401 no header", s);
  await using s2 = lyingRegistry({ lie: () => new Response(null, { status: 403 }) });
  await show("403", s2);
  await using s3 = lyingRegistry({ lie: () => Response.json({ errors: [{ code: "DENIED", message: "requested access to the resource is denied" }] }, { status: 403 }) });
  await show("403 DENIED", s3);
  await using s4 = lyingRegistry({ lie: () => Response.json({ errors: [{ code: "TOOMANYREQUESTS", message: "You have reached your pull rate limit" }] }, { status: 429 }) });
  await show("429", s4);
}
{ // zstd
  for (const many of [false, true]) {
  const t = await tar([{ name: "a.yaml", text: "a: 1" }]); const z = many ? new Uint8Array([...zstdCompressSync(t.slice(0, 700)), ...[0x50,0x2a,0x4d,0x18,4,0,0,0,1,2,3,4], ...zstdCompressSync(t.slice(700))]) : new Uint8Array(zstdCompressSync(t)); const d = digestOf(z);
  await using s = lyingRegistry({ manifest: { layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar+zstd", digest: d, size: z.length }] }, lie: (p) => p === "blobs/" + d ? new Response(z) : undefined });
  await show("zstd", s);
  }
}
