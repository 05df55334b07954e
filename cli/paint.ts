/** Sets text off on a terminal. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
}

const ansi = (code: number) => (text: string) => `\x1b[${code}m${text}\x1b[0m`;
const same = (text: string) => text;

/** Leaves text as it is. */
export const plain: Paint = { bold: same, dim: same, red: same, green: same };

/** ANSI colours. */
export const colors: Paint = { bold: ansi(1), dim: ansi(2), red: ansi(31), green: ansi(32) };

/** Colours only on a terminal, and only where NO_COLOR is unset or empty (no-color.org). */
export function paintFor(output: { terminal: boolean; noColor: string | undefined }): Paint {
  return output.terminal && !output.noColor ? colors : plain;
}
