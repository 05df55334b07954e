import { fileURLToPath } from "node:url";

/** The path of the checkout, with a slash at its end. */
export const ROOT: string = fileURLToPath(new URL("../", import.meta.url));
