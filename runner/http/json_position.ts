/** Where a text stops being JSON, and what should be there. Lines and columns count from 1. */
export interface JsonProblem {
  line: number;
  column: number;
  expected: string;
}

const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** What no body has a use for: whoever copies such an object would change the copy's prototype. */
export const FORBIDDEN_KEY = "__proto__";

/**
 * Finds the first place at which `text` is not JSON whose meaning is certain: I-JSON (RFC 7493,
 * section 2) that is nested no deeper than `maxDepth` and has no key {@linkcode FORBIDDEN_KEY};
 * undefined where there is none.
 *
 * `JSON.parse` tells the place only at times, and quotes the text around it, which may be private.
 */
export function jsonProblem(text: string, maxDepth: number): JsonProblem | undefined {
  const scanner = new Scanner(text, maxDepth);
  try {
    scanner.document();
  } catch (error) {
    if (error instanceof Unexpected) {
      return { ...position(text, error.at ?? scanner.at), expected: error.message };
    }
    throw error;
  }
}

/** Its message is what was expected instead: where the scanner stands, or at `at`. */
class Unexpected extends Error {
  constructor(expected: string, readonly at?: number) {
    super(expected);
  }
}

class Scanner {
  at = 0;

  constructor(readonly text: string, readonly maxDepth: number) {}

  document(): void {
    this.#value(1);
    if (this.#next() !== undefined) throw new Unexpected("the end");
  }

  #value(depth: number): void {
    const char = this.#next();
    if (char === "{" || char === "[") {
      if (depth > this.maxDepth) throw new Unexpected(`at most ${this.maxDepth} levels`);
      if (char === "[") return this.#items("]", () => this.#value(depth + 1));
      const keys = new Set<string>();
      return this.#items("}", () => this.#member(depth + 1, keys));
    }
    const start = this.at;
    if (char === '"') return void this.#string();
    if (!this.#take(SCALAR)) throw new Unexpected("a value");
    if (Math.abs(JSON.parse(this.text.slice(start, this.at))) === Infinity) {
      throw new Unexpected("a number that is not too large", start);
    }
  }

  #items(closer: string, item: () => void): void {
    this.at++;
    if (this.#next() === closer) {
      this.at++;
      return;
    }
    for (;;) {
      item();
      const char = this.#next();
      if (char !== "," && char !== closer) throw new Unexpected(`"," or "${closer}"`);
      this.at++;
      if (char === closer) return;
    }
  }

  #member(depth: number, keys: Set<string>): void {
    if (this.#next() !== '"') throw new Unexpected("a key in double quotes");
    const start = this.at;
    const key = this.#string();
    if (key === FORBIDDEN_KEY) throw new Unexpected(`a key other than "${key}"`, start);
    if (keys.has(key)) throw new Unexpected("a key that the object does not have yet", start);
    keys.add(key);
    if (this.#next() !== ":") throw new Unexpected('":"');
    this.at++;
    this.#value(depth);
  }

  #string(): string {
    const start = this.at;
    for (this.at++; this.text[this.at] !== '"';) {
      const char = this.text[this.at];
      if (char === undefined) throw new Unexpected('the closing "');
      if (char < " ") throw new Unexpected("an escape of the control character");
      if (char !== "\\") this.at++;
      else if (!this.#take(ESCAPE)) throw new Unexpected("a known escape");
    }
    this.at++;
    const value: string = JSON.parse(this.text.slice(start, this.at));
    if (!value.isWellFormed()) throw new Unexpected("a text without half a character", start);
    return value;
  }

  /** Skips white space and gives the character after it. */
  #next(): string | undefined {
    while (" \t\n\r".includes(this.text[this.at] ?? "x")) this.at++;
    return this.text[this.at];
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    if (!pattern.test(this.text)) return false;
    this.at = pattern.lastIndex;
    return true;
  }
}

function position(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at);
  const line = before.split("\n").length;
  return { line, column: at - before.lastIndexOf("\n") };
}
