import { z } from "zod";
import type { ServerOwner } from "../../../../operator/render/server_owner.ts";
import { serverSettings } from "../../../../shared/api/server_settings.ts";

/** A Flow or FlowSet with the given settings, and the defaults of the others. */
export function serverOwnerOf(
  settings: Record<string, unknown> = {},
  kind: ServerOwner["kind"] = "Flow",
): ServerOwner {
  return {
    kind,
    metadata: { name: "greeter", namespace: "demo", uid: "u-1" },
    spec: { image: "runner:1", ...z.object(serverSettings).parse(settings) },
  };
}
