import { digestOf } from "../../shared/sources/oci/digest_of.ts";
import { bytes, REPOSITORY } from "./oci_reading.ts";
import type { Certificate } from "./private_authority.ts";

/** A server that is almost a registry, in ways that a real one is not. */
export interface LyingRegistry extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  host: string;
  /** What was asked: `<method> <path below the repository>`. */
  asked: string[];
  /** The header `Authorization` of each request. */
  authorizations: (string | null)[];
  /** The digest of the manifest. */
  digest: string;
  /** That of its one layer, which is the file `a.yaml` with `a: 1`. */
  layer: string;
}

/** The answer to a request to the path below the repository; undefined for the honest one. */
export type Lie = (
  path: string,
  request: Request,
) => Response | undefined | Promise<Response | undefined>;

/** Options of {@linkcode lyingRegistry}. */
export interface LyingRegistryOptions {
  lie?: Lie;
  certificate?: Certificate;
  /** Instead of the manifest's own fields. */
  manifest?: Record<string, unknown>;
  /** The size of the layer, as the manifest has it. */
  size?: number;
}

/** Starts it, with one artifact under the tag v1. */
export function lyingRegistry(
  { lie = () => undefined, certificate, manifest = {}, size = 4 }: LyingRegistryOptions,
): LyingRegistry {
  const content = bytes("a: 1");
  const layer = digestOf(content);
  const descriptor = {
    mediaType: "application/yaml",
    digest: layer,
    size,
    annotations: { "org.opencontainers.image.title": "a.yaml" },
  };
  const text = bytes(JSON.stringify({ schemaVersion: 2, layers: [descriptor], ...manifest }));
  const digest = digestOf(text);
  const asked: string[] = [];
  const authorizations: (string | null)[] = [];
  const honest = (path: string): Response => {
    if (path === "manifests/v1" || path === `manifests/${digest}`) {
      return new Response(text, { headers: { "docker-content-digest": digest } });
    }
    if (path === `blobs/${layer}`) return new Response(content);
    if (path.startsWith("tags/list")) return Response.json({ tags: ["v1"] });
    return new Response(null, { status: 404 });
  };
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
    // A client that goes away in the middle is what is tested.
    onError: () => new Response(null, { status: 500 }),
    ...certificate,
  }, async (request) => {
    const { pathname, search } = new URL(request.url);
    const path = (pathname + search).replace(`/v2/${REPOSITORY}/`, "");
    asked.push(`${request.method} ${path}`);
    authorizations.push(request.headers.get("authorization"));
    return await lie(path, request) ?? honest(path);
  });
  return {
    host: `127.0.0.1:${server.addr.port}`,
    asked,
    authorizations,
    digest,
    layer,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
