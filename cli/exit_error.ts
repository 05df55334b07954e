/** Ends the process with an exit code of its own; what there is to say may have been said already. */
export class ExitError extends Error {
  override name = "ExitError";

  constructor(readonly code: number, message = "", options?: ErrorOptions) {
    super(message, options);
  }
}
