import type { Rule } from "./rule.ts";

const SERVICE_NAME = "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$";

/** A Flow's or FlowSet's name is also its Service's, for which Kubernetes allows less. */
export const serviceNameRule: Rule<{ metadata: { name: string } }> = {
  cel: `self.metadata.name.matches('${SERVICE_NAME}')`,
  message:
    "metadata.name cannot name a Service, should be at most 63 lower-case letters, digits and " +
    "'-', start with a letter and end with a letter or digit",
  check: ({ metadata }) => new RegExp(SERVICE_NAME).test(metadata.name),
  path: ["metadata", "name"],
};
