/** What a command has to say cannot be written, as where the disk is full. Ends it with 2. */
export class OutputError extends Error {
  override name = "OutputError";

  constructor(cause: unknown) {
    super(`Cannot write the output: ${(cause as Error).message}`, { cause });
  }
}
