import { z } from "zod";
import { showValue } from "./show_value.ts";

/**
 * A list whose entries are told apart by the field `key`: two of one key are refused, and
 * server-side apply merges entry by entry.
 */
export function listMap<S extends z.ZodObject>(entry: S, key: string & keyof S["shape"]) {
  return z.array(entry)
    .superRefine((entries, context) => {
      const firstIndex = new Map<unknown, number>();
      for (const [index, entry] of entries.entries()) {
        const value = (entry as Record<string, unknown>)[key];
        const first = firstIndex.get(value);
        if (first === undefined) firstIndex.set(value, index);
        else {
          context.addIssue({
            code: "custom",
            path: [index, key],
            message: `is ${showValue(value)}, as in entry ${first}, should be unique in the list`,
          });
        }
      }
    })
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key] });
}
