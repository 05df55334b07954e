/** An instruction of a Dockerfile, such as `RUN` with its text. */
export interface Instruction {
  name: string;
  text: string;
}

/** Reads the instructions of a Dockerfile; lines that end with a backslash go on. */
export function readDockerfile(text: string): Instruction[] {
  return text.replaceAll(/^\s*#.*\n/gm, "").replaceAll(/\\\n\s*/g, "").split("\n")
    .map((line) => /^([A-Z]+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name, text]) => ({ name: name!, text: text! }));
}

/** Gives the texts of the instructions of a name. */
export function textsOf(instructions: readonly Instruction[], name: string): string[] {
  return instructions.filter((one) => one.name === name).map(({ text }) => text);
}
