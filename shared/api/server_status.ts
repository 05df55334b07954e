import { z } from "zod";
import { int32 } from "./integer.ts";

const input = z.object({
  kind: z.string().describe("The object's kind."),
  name: z.string().describe("The object's name."),
  hash: z.string().describe("A digest of its spec."),
});

const change = z.object({
  kind: z.string().describe("The object's kind."),
  name: z.string().describe("The object's name."),
  fields: z.array(z.string()).describe("The groups of fields that changed."),
});

/** The status fields about pods and content, which Flow and FlowSet share. */
export const serverStatus = {
  replicas: int32().optional().describe("How many pods there are."),
  selector: z.string().optional().describe("The pods' labels, for the scale subresource."),
  inputs: z.array(input).optional()
    .describe("The objects that the content was made of, as they were."),
  lastRollout: z.object({
    time: z.string().meta({ format: "date-time" }).describe("When it was begun."),
    hash: z.string().describe("SHA-256 of the content, in hexadecimal."),
    changes: z.array(change).describe("What was different."),
  }).optional().describe("What the last change of the pods was about."),
};
