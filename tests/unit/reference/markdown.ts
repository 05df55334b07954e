/** Gives the relative links of a page. */
export function linksOf(page: string): string[] {
  return [...withoutCode(page).replaceAll(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map((
    [, link],
  ) => link!)
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** Gives the anchors of a page: those of its titles, as GitHub makes them, and those written out. */
export function anchorsOf(page: string): Set<string> {
  const text = withoutCode(page);
  const titles = [...text.matchAll(/^#{1,6} (.*)$/gm)].map(([, title]) => slug(title!));
  return new Set([...titles, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id!)]);
}

/** Gives the titles of a page at one level, in order. */
export function titlesOf(page: string, level: number): string[] {
  const title = new RegExp(`^${"#".repeat(level)} (.*)$`, "gm");
  return [...withoutCode(page).matchAll(title)].map(([, text]) => text!);
}

function slug(title: string): string {
  return title.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(" ", "-");
}

function withoutCode(page: string): string {
  return page.replaceAll(/^```.*?^```$/gms, "");
}
