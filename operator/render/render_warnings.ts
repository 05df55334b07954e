import type { Reason } from "../../shared/reason.ts";
import { scaledResources } from "./render_autoscaler.ts";
import type { ServerOwner } from "./server_owner.ts";

/** What a server's author should know of the pods' settings. */
export interface RenderWarnings {
  /** What keeps the server from being well. */
  failures: { failure: "blocked"; reason: Reason; message: string }[];
  warnings: { reason: Reason; message: string }[];
}

/** Finds settings that contradict each other, or have no effect. */
export function renderWarnings(owner: ServerOwner): RenderWarnings {
  const { kind, metadata: { name } } = owner;
  const about = (text: string) => `${kind} "${name}": ${text}`;
  return {
    failures: otherPort(owner).map((text) => ({
      failure: "blocked",
      reason: "PortMismatch",
      message: about(text),
    })),
    warnings: [...repeatedVariables(owner), ...unknownUse(owner)].map((text) => ({
      reason: "UnknownSetting",
      message: about(text),
    })),
  };
}

function otherPort({ spec: { env = [], port } }: ServerOwner): string[] {
  const own = env.findLast(({ name }) => name === "PORT");
  if (own === undefined || own.value === String(port)) return [];
  const value = own.value === undefined ? "a value from elsewhere" : `"${own.value}"`;
  return [
    `spec.env sets PORT to ${value}, should be left out: the Service uses spec.port, ${port}`,
  ];
}

function repeatedVariables({ spec: { env = [] } }: ServerOwner): string[] {
  const names = env.map(({ name }) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...twice].map((name) => `spec.env sets "${name}" more than once; the last counts`);
}

/** Use is measured against what the pods ask for. */
function unknownUse({ spec: { autoscaling, resources } }: ServerOwner): string[] {
  if (autoscaling === undefined) return [];
  return Object.keys(scaledResources(autoscaling))
    // A limit alone counts as a request.
    .filter((resource) => !(resource in { ...resources?.limits, ...resources?.requests }))
    .map((resource) =>
      `spec.autoscaling scales by ${resource}, so that spec.resources.requests.${resource} should ` +
      "be set; without it the pods are not scaled"
    );
}
