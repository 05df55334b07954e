import { join } from "node:path";
import { customKinds } from "../shared/api/kinds.ts";
import { ROOT } from "./checkout.ts";
import { cliPage } from "./reference/cli_page.ts";
import { kindPage } from "./reference/kind_page.ts";
import { reasonsTable } from "./reference/reasons_table.ts";

const TROUBLESHOOTING = "docs/troubleshooting.md";
/** What stands between these lines is made here. */
const [BEGIN, END] = ["<!-- reasons: made by `deno task generate` -->", "<!-- end of reasons -->"];

/** Gives the pages of docs/reference, and docs/troubleshooting.md with its table of reasons. */
export function referenceFiles(): { path: string; content: string }[] {
  const names = Object.keys(customKinds) as (keyof typeof customKinds)[];
  const pages = names.map((name) => ({
    path: `docs/reference/${name.toLowerCase()}.md`,
    content: kindPage(name),
  }));
  return [...pages, { path: "docs/reference/cli.md", content: cliPage() }, troubleshooting()];
}

function troubleshooting() {
  const page = Deno.readTextFileSync(join(ROOT, TROUBLESHOOTING));
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`${TROUBLESHOOTING} has no place for reasons`);
  const head = page.slice(0, before + BEGIN.length);
  return {
    path: TROUBLESHOOTING,
    content: `${head}\n\n${reasonsTable()}\n\n${page.slice(after)}`,
  };
}
