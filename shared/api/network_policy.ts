import { z } from "zod";
import { coreObjects } from "./core_object.ts";

/** Who may reach a server's pods, and whom they may reach. */
export const networkPolicy = z.object({
  from: coreObjects().optional().describe(
    "Who may reach the flows' port, as the peers of a NetworkPolicy; nobody where it is empty, " +
      "everybody where it is absent.",
  ),
  egress: coreObjects().optional().describe(
    "Whom the pods may reach, as the egress rules of a NetworkPolicy; everybody where it is " +
      "absent. DNS is always allowed.",
  ),
}).describe("Limits the pods' traffic with a NetworkPolicy.");

/** Who may reach a server's pods, and whom they may reach. */
export type NetworkPolicySettings = z.infer<typeof networkPolicy>;
