import assert from "assert";
import { ROOT } from "../../tasks/checkout.ts";
import type { Instead } from "./page_table.ts";
import type { Reader } from "./reader.ts";

/** Does what a table has in place of something that cannot be had here. */
export async function doInstead({ run, see }: Instead, reader: Reader): Promise<void> {
  if (see) assert.ok(await Deno.stat(`${ROOT}${see}`), `${see} is there`);
  await run?.(reader);
}
