import type { Problem } from "../../shared/api/problem.ts";

/** The fields that hold secrets, whatever they are part of. */
const SECRETS = ["password", "token", "dockerConfig", "creds"];

/** Finds secrets that stand in a configuration as they are, in place of a reference. */
export function literalSecrets(value: unknown, path: Problem["path"] = []): Problem[] {
  if (typeof value !== "object" || value === null) return [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, field]): Problem[] => {
    const at = [...path, key];
    if (typeof field === "string" && SECRETS.includes(String(key))) {
      return [{
        path: at,
        message: "is a secret in the file: {env: NAME} or {file: PATH} is safer",
      }];
    }
    if (key === "url" && typeof field === "string" && /\/\/[^/@]*:[^/@]*@/.test(field)) {
      return [{ path: at, message: "holds a password: a variable of the process is safer" }];
    }
    return literalSecrets(field, at);
  });
}
