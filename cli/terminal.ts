import { OutputError } from "./output_error.ts";

/** Where the command line writes what is not a log. */
export interface Output {
  stdout(text: string): void;
  stderr(text: string): void;
}

/**
 * This process's own standard output and error. A reader that has gone away is no error; all else that
 * keeps them from being written throws an {@link OutputError}.
 */
export const terminal: Output = {
  stdout: (text) => write(Deno.stdout, text),
  stderr: (text) => write(Deno.stderr, text),
};

function write(stream: { writeSync(bytes: Uint8Array): number }, text: string) {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw new OutputError(error);
  }
}
