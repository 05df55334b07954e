/** The Lease that genkitd's operators elect their leader by, in the namespace that they run in. */
export const OPERATOR_LEASE = "genkitd-operator";

/** The Lease that genkit-operator 0.5.0 elects its leader by. */
export const LEGACY_LEASE = "e32735a5.genkit.dev";

/** The namespace that genkit-operator 0.5.0 is installed to, unless somebody chose another. */
export const LEGACY_NAMESPACE = "genkit-operator-system";
