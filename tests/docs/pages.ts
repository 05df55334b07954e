import type { PageTable } from "./page_table.ts";
import { clusterPages } from "./pages/cluster_pages.ts";
import { quickstart } from "./pages/quickstart_page.ts";
import { referencePages } from "./pages/reference_pages.ts";
import { servePages } from "./pages/serve_pages.ts";

/** What the tests know about one page. */
export type Page = Omit<PageTable, "page">;

/** What the tests know about the pages besides README.md, by their paths. */
export const PAGES: Readonly<Record<string, Page>> = {
  ...servePages,
  ...clusterPages,
  ...referencePages,
  "docs/quickstart.md": quickstart,
};

/** Pages that tell what was decided or done, and ask nobody to run anything. */
export const HISTORY = /^(CHANGELOG\.md|docs\/decisions\/.*)$/;
