import type { Condition } from "../shared/api/condition.ts";
import { customKinds } from "../shared/api/kinds.ts";
import type { Store } from "./engine/store.ts";

/** Gives every object of genkitd's kinds, with the status of its Ready condition. */
export function* readyObjects(
  stores: ReadonlyMap<string, Store>,
): Generator<{ kind: string; ready: string }> {
  for (const kind of Object.keys(customKinds)) {
    for (const { status } of stores.get(kind)?.list() ?? []) {
      const { conditions = [] } = (status ?? {}) as { conditions?: Condition[] };
      yield { kind, ready: conditions.find(({ type }) => type === "Ready")?.status ?? "Unknown" };
    }
  }
}
