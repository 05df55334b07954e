/** What a request asks of the API server, in the words of its authorization. */
export interface ApiRequest {
  verb: "get" | "list" | "watch" | "create" | "update" | "apply" | "patch" | "delete" | "other";
  /** The API group; empty for the core group and for paths that are no resource's. */
  group: string;
  /** The plural, such as `"deployments"`, or the whole path where it is no resource's. */
  resource: string;
  namespace: string | undefined;
  name: string | undefined;
  /** Such as `"status"`. */
  subresource: string | undefined;
}

/** Tells what a request asks. A server-side apply is told from the other patches. */
export function parseApiRequest({ method, url, headers }: Request): ApiRequest {
  const { pathname, searchParams } = new URL(url);
  const match = /^\/(?:api|apis\/([^/]+))\/[^/]+\/(.+)$/.exec(pathname);
  if (match === null) {
    return {
      verb: "other",
      group: "",
      resource: pathname,
      namespace: undefined,
      name: undefined,
      subresource: undefined,
    };
  }
  const [, group = "", rest] = match;
  const parts = rest!.split("/").map(decodeURIComponent);
  // A Namespace is an object as well, with subresources of its own.
  const namespaced = parts[0] === "namespaces" && parts.length > 2 &&
    !["status", "finalize"].includes(parts[2]!);
  const [resource, name, subresource] = namespaced ? parts.slice(2) : parts;
  return {
    verb: verbOf(),
    group,
    resource: resource!,
    namespace: namespaced ? parts[1] : undefined,
    name,
    subresource,
  };

  function verbOf(): ApiRequest["verb"] {
    const watch = searchParams.get("watch");
    if (method === "GET" && (watch === "true" || watch === "1")) return "watch";
    if (method === "GET") return name === undefined ? "list" : "get";
    if (method === "POST") return "create";
    if (method === "PUT") return "update";
    if (method === "DELETE") return "delete";
    if (method !== "PATCH") return "other";
    return headers.get("content-type")?.includes("apply-patch") ? "apply" : "patch";
  }
}
