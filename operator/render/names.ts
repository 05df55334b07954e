/** The field manager of everything that the operator applies, as genkit-operator 0.5.0 has it. */
export const FIELD_MANAGER = "genkit-operator";

/** The container's name of a Flow's pods and of a FlowSet's, as genkit-operator 0.5.0 has them. */
export const CONTAINER = { Flow: "flow", FlowSet: "flowset" } as const;

/** The annotation of a pod template with the content's SHA-256. */
export const CONTENT_HASH = "genkit.dev/content-hash";

/** The annotation of a pod template with a digest of the credentials in use. */
export const CREDENTIALS_HASH = "genkit.dev/credentials-hash";
