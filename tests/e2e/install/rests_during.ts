import assert from "assert";
import { FIELD_MANAGER } from "../../../operator/render/names.ts";
import type { Installation } from "./installation.ts";

const WRITTEN = [
  ...["gpc", "gmd", "gpr", "gtl", "gfl", "gfs", "configmaps", "services", "deployments"],
  ...["networkpolicies", "poddisruptionbudgets", "horizontalpodautoscalers"],
].join(",");

interface Listed {
  kind: string;
  metadata: { name: string; managedFields: { manager: string }[] };
}

/** Does something, during which the operator may change nothing that is there already. */
export async function restsDuring(
  { kubectl }: Installation,
  run: () => Promise<void>,
): Promise<void> {
  const before = await written(kubectl);
  assert.ok(before.size > 3, "there is something that could be written");
  await run();
  const after = await written(kubectl);
  for (const [name, fields] of before) assert.deepEqual(after.get(name), fields, name);
}

/** What the operator last wrote of each object, and when. */
async function written(kubectl: Installation["kubectl"]): Promise<Map<string, unknown>> {
  const list = await kubectl("get", WRITTEN, "--show-managed-fields", "-o", "json");
  const { items } = JSON.parse(list) as { items: Listed[] };
  return new Map(
    items.map(({ kind, metadata: { name, managedFields } }) =>
      [
        `${kind}/${name}`,
        managedFields.filter(({ manager }) => manager === FIELD_MANAGER),
      ] as const
    ).filter(([, fields]) => fields.length > 0),
  );
}
