import { z } from "zod";

/**
 * The schema of manifest.json, whose presence means the multi layout. Unknown keys are kept.
 * (genkit-operator 0.5.0, docs/runtime-contract.md.)
 */
export const manifestSchema = z.looseObject({
  flows: z.array(z.looseObject({
    name: z.string().min(1),
    /** The prompt that `POST /<name>` runs; the first by name where it is empty. */
    entrypoint: z.string().nullish(),
    /** The absolute path of the flow's folder. */
    dir: z.string().nullish(),
  })),
});

/** The content of manifest.json. */
export type Manifest = z.infer<typeof manifestSchema>;
