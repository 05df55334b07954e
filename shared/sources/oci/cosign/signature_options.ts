import { z } from "zod";
import { type Rule, withRules } from "../../../api/rule.ts";

const oneWay: Rule<Record<string, unknown>> = {
  cel: "has(self.key) != has(self.keyless)",
  message: "should have one of key and keyless",
  check: (verify) => (verify.key !== undefined) !== (verify.keyless !== undefined),
};

/** Whose signature of an artifact is asked for, as cosign makes it. */
export const signatureOptions = withRules(
  z.object({
    key: z.string().min(1).max(16 * 1024).optional().describe(
      "A public key in PEM: cosign.pub of `cosign generate-key-pair`, or any of ECDSA, RSA or " +
        "Ed25519.",
    ),
    keyless: z.object({
      issuer: z.string().min(1).max(2048).describe(
        "Who vouches for the signer, such as https://token.actions.githubusercontent.com.",
      ),
      identity: z.string().min(1).max(2048).describe(
        "The signer: an e-mail address or a URL, such as https://github.com/team/flows/" +
          ".github/workflows/release.yaml@refs/tags/*; * stands for any characters.",
      ),
      trustedRoot: z.string().min(1).max(1024 * 1024).describe(
        "The trusted root as JSON, as `cosign trusted-root create` or `gh attestation " +
          "trusted-root` gives it. Nothing else is asked: it is verified offline.",
      ),
    }).optional().describe("A signature without a key of its own, by a short-lived certificate."),
  }),
  [oneWay],
).describe("Take only artifacts that have such a signature of cosign.");

/** Whose signature of an artifact is asked for. */
export type SignatureOptions = z.infer<typeof signatureOptions>;
