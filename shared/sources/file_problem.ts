import type { SourceProblem } from "./source_problem.ts";

/** Puts a failure of reading `file` into words. */
export function fileProblem(file: string, error: unknown): SourceProblem {
  return { file, message: `cannot be read: ${whyUnreadable(error)}` };
}

/** Tells in words for a person why the system does not give a file or folder. */
export function whyUnreadable(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it is not there, or a link to nothing";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.FilesystemLoop) return "it is a link that leads back to itself";
  if (error instanceof Deno.errors.NotADirectory) return "it is no folder";
  return error instanceof Error ? error.message : String(error);
}
