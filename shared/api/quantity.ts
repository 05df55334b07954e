import { z } from "zod";
import { showValue } from "./show_value.ts";

const QUANTITY =
  /^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$/;

const error = ({ input }: { input?: unknown }) =>
  `is ${showValue(input)}, should be a quantity, for example 2, "500m" or "1Gi"`;

/** An amount of CPU, memory or another resource: `2`, `"500m"`, `"1Gi"`. */
export const quantity = z.union([z.int(), z.string().regex(QUANTITY, { error })], { error })
  .meta({ "x-kubernetes-int-or-string": true, pattern: QUANTITY.source });
