import type { Reason } from "../../shared/reason.ts";
import type { ServerOwner } from "./server_owner.ts";

/** What a server's author should know of the pods' settings. */
export interface RenderWarnings {
  /** What keeps the server from being well. */
  failures: { failure: "blocked"; reason: Reason; message: string }[];
  warnings: { reason: Reason; message: string }[];
}

/** Finds settings that contradict each other. */
export function renderWarnings({ kind, metadata: { name }, spec }: ServerOwner): RenderWarnings {
  const { env = [], port } = spec;
  const names = env.map(({ name }) => name);
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
  const own = env.findLast(({ name }) => name === "PORT");
  const differs = own !== undefined && own.value !== String(port);
  return {
    failures: differs
      ? [{
        failure: "blocked",
        reason: "PortMismatch",
        message: `${kind} "${name}": spec.env sets PORT to ` +
          `${own.value === undefined ? "a value from elsewhere" : `"${own.value}"`}, ` +
          `should be left out: the Service uses spec.port, ${port}`,
      }]
      : [],
    warnings: twice.map((variable) => ({
      reason: "UnknownSetting" as const,
      message: `${kind} "${name}": spec.env sets "${variable}" more than once; the last counts`,
    })),
  };
}
