import assert from "assert";
import { posix } from "node:path";

const ROOT = new URL("../../", import.meta.url).pathname;
const pages = new Map(
  [
    ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md"],
    ...["deploy/chart/README.md", ...markdownIn("docs")],
  ].map((path) => [path, Deno.readTextFileSync(`${ROOT}${path}`)] as const),
);

function markdownIn(folder: string): string[] {
  return [...Deno.readDirSync(`${ROOT}${folder}`)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? markdownIn(`${folder}/${name}`)
      : name.endsWith(".md")
      ? [`${folder}/${name}`]
      : []
  );
}

function exists(path: string): boolean {
  try {
    return Boolean(Deno.statSync(`${ROOT}${path}`));
  } catch {
    return false;
  }
}

/** The text without its code, in which brackets are no links. */
const prose = (text: string) => text.replace(/^```[^]*?^```$/gm, "").replace(/`[^`]*`/g, "");

/** The links of a page to others of the checkout, as paths from its root, with their anchors. */
function linksOf(page: string, text: string): { path: string; anchor: string | undefined }[] {
  return [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [path, anchor] = link.split("#");
      return { path: path ? posix.join(posix.dirname(page), path) : page, anchor };
    });
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.replace(/^```[^]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}

Deno.test("each link of the pages leads to a file, and to a heading where it names one", () => {
  const broken: string[] = [];
  for (const [page, text] of pages) {
    for (const { path, anchor } of linksOf(page, text)) {
      if (!exists(path)) {
        broken.push(`${page}: ${path} is not there`);
      } else if (anchor !== undefined && !anchorsOf(pages.get(path) ?? "").includes(anchor)) {
        broken.push(`${page}: ${path} has no heading for #${anchor}`);
      }
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("docs/README.md leads to every page of docs, and to every one of the reference", () => {
  const index = linksOf("docs/README.md", pages.get("docs/README.md")!).map(({ path }) => path);
  const own = [...pages.keys()].filter((path) =>
    path.startsWith("docs/") && path !== "docs/README.md" && !path.startsWith("docs/decisions/")
  );
  assert.deepEqual(own.filter((path) => !index.includes(path)), []);
});
