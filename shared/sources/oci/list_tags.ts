import { FetchFailure } from "../fetcher.ts";
import { isTag } from "./oci_reference.ts";
import { nextPage } from "./next_page.ts";
import { readJson } from "./read_json.ts";
import type { Registry } from "./registry.ts";

/** The most pages and bytes of a list of tags. */
const MAX_TAG_PAGES = 50;
const MAX_TAGS_BYTES = 1024 * 1024;
/** Fewer pages are fewer requests: some give but 50 tags where they are not asked for more. */
const ASKED = "tags/list?n=1000";
/** What registries answer that give shorter pages: CNCF Distribution 3, Quay. */
const TOO_MANY = [400, 413];

/**
 * Gives the tags of a repository, all pages of them
 * (https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags).
 *
 * @throws {FetchFailure} where they cannot be had, or are too many.
 */
export async function listTags(registry: Registry, signal: AbortSignal): Promise<string[]> {
  const tags: string[] = [];
  let path: string | undefined = ASKED;
  for (let page = 0; path !== undefined; page++) {
    if (page === MAX_TAG_PAGES) throw new FetchFailure("TooLarge", "it has too many tags");
    const response: Response = await registry.send({
      path,
      accept: path === ASKED ? TOO_MANY : [],
      signal,
    });
    if (!response.ok) {
      await response.body?.cancel();
      path = "tags/list";
      continue;
    }
    const list = await readJson(response, MAX_TAGS_BYTES, "its list of tags") as { tags?: unknown };
    if (Array.isArray(list?.tags)) {
      tags.push(...list.tags.filter((tag): tag is string => typeof tag === "string" && isTag(tag)));
    }
    path = nextPage(response.headers.get("link"), registry.url(path));
  }
  return tags;
}
