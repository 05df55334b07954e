import type { z } from "zod";
import type { serverSettings } from "../../shared/api/server_settings.ts";

/** The spec fields about pods and Service of a Flow or FlowSet. */
export type ServerSettings = z.infer<z.ZodObject<typeof serverSettings>>;

/** The Flow or FlowSet that children are rendered for. */
export interface ServerOwner {
  kind: "Flow" | "FlowSet";
  metadata: { name: string; namespace: string; uid: string };
  spec: ServerSettings & { image: string };
}
