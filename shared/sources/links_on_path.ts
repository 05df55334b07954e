import { dirname, join, resolve } from "node:path";

/** As many links as Linux follows on one path. */
const MAX_LINKS = 40;

/**
 * Gives every symbolic link that is followed to get to an absolute path, for each is a place where
 * the path can be turned elsewhere: Kubernetes changes a mounted ConfigMap by turning `..data` in
 * `flows.yaml -> ..data/flows.yaml`. `targets` remembers what is known of a path, link or not.
 */
export async function linksOnPath(
  path: string,
  targets: Map<string, string | undefined>,
): Promise<string[]> {
  const links: string[] = [];
  let [at, rest] = ["/", path.split("/").filter(Boolean)];
  while (rest.length > 0 && links.length < MAX_LINKS) {
    at = join(at, rest.shift()!);
    if (!targets.has(at)) targets.set(at, await Deno.readLink(at).catch(() => undefined));
    const target = targets.get(at);
    if (target === undefined) continue;
    links.push(at);
    rest = [...resolve(dirname(at), target).split("/").filter(Boolean), ...rest];
    at = "/";
  }
  return links;
}
