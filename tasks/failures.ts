/** The output of `deno test` from where it tells what failed; of other programs all of it. */
export function failures(output: string): string {
  return output.slice(Math.max(0, output.indexOf(" ERRORS "))).trim();
}
