import type { Installation } from "./installation.ts";

/** Something that a user does with what is installed, and what becomes of it. */
export interface Journey {
  name: string;
  /** Throws where it does not become so. */
  run(installation: Installation): Promise<void>;
}
