import { z } from "zod";
import { boundedReference } from "./local_reference.ts";

const url = z.string().max(2048).regex(/^https?:\/\//);

/** Who may call a flow. */
export const flowAuth = z.object({
  apiKeys: z.object({
    secretRef: boundedReference.describe(
      "The Secret with the keys: each value is a key, its name the caller's.",
    ),
    header: z.string().min(1).max(128).regex(/^[A-Za-z0-9-]+$/).default("x-api-key")
      .describe("The header that a caller sends its key in."),
  }).optional().describe("Callers send a key."),
  jwt: z.object({
    issuer: z.string().min(1).max(2048).describe("The token's `iss`."),
    audiences: z.array(z.string().min(1).max(2048)).min(1).max(16)
      .describe("The token's `aud` is one of them."),
    jwksUri: url.optional().describe(
      "Where the issuer's keys are; asked of its OpenID configuration where it is absent.",
    ),
    claims: z.record(z.string().max(128), z.string().max(2048)).optional()
      .describe("Claims that the token must have, with these values."),
  }).optional().describe("Callers send a JSON Web Token as a bearer token."),
}).describe("Who may call the flow: anybody where it is absent, else by one of these.");

/** Who may call a flow. */
export type FlowAuth = z.infer<typeof flowAuth>;
