/**
 * Makes a short text that matches a regular expression, always the same one; undefined where the
 * expression uses what this does not know (look-around, back references, Unicode classes).
 */
export function patternSample(pattern: string): string | undefined {
  try {
    const reader = new PatternReader(pattern);
    const text = reader.alternatives();
    return reader.done && new RegExp(pattern).test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** What escapes and the dot stand for, by an example. */
const CLASSES: Record<string, string> = {
  d: "0",
  w: "a",
  s: " ",
  D: "a",
  W: "-",
  S: "a",
  n: "\n",
  t: "\t",
  b: "",
};

/** Characters to try for a class that says what is not in it. */
const ORDINARY = "aA0 -_.,!~";

/** Reads an expression from left to right and writes an example of each part. */
class PatternReader {
  #at = 0;

  constructor(private readonly pattern: string) {}

  get done(): boolean {
    return this.#at >= this.pattern.length;
  }

  /** The first alternative; the others are read and dropped. */
  alternatives(): string {
    const first = this.#sequence();
    while (this.#take("|")) this.#sequence();
    return first;
  }

  #sequence(): string {
    let text = "";
    while (!this.done && !"|)".includes(this.#peek())) {
      const part = this.#part();
      text += part.repeat(this.#least());
    }
    return text;
  }

  #part(): string {
    const character = this.pattern[this.#at++]!;
    switch (character) {
      case "^":
      case "$":
        return "";
      case ".":
        return "a";
      case "\\":
        return this.#escape();
      case "[":
        return this.#class();
      case "(": {
        if (this.#take("?") && !this.#take(":")) throw new SyntaxError("a group of another kind");
        const text = this.alternatives();
        if (!this.#take(")")) throw new SyntaxError("a group without an end");
        return text;
      }
      default:
        return character;
    }
  }

  #escape(): string {
    const character = this.pattern[this.#at++]!;
    if (/[1-9pPkuxc]/.test(character)) throw new SyntaxError("an escape of another kind");
    return CLASSES[character] ?? character;
  }

  #class(): string {
    const start = this.#at - 1;
    const negated = this.#take("^");
    let first: string | undefined;
    while (!this.#take("]")) {
      if (this.done) throw new SyntaxError("a class without an end");
      const character = this.#take("\\") ? this.#escape() : this.pattern[this.#at++]!;
      first ??= character;
    }
    if (!negated) return first ?? "";
    const expression = new RegExp(`^${this.pattern.slice(start, this.#at)}$`);
    return [...ORDINARY].find((character) => expression.test(character)) ?? "";
  }

  /** How often the part before must be there at least, so that an example stays readable. */
  #least(): number {
    let times = 1;
    if (this.#take("?") || this.#take("*")) times = 0;
    else if (!this.#take("+")) {
      const braces = /^\{(\d+)(,\d*)?\}/.exec(this.pattern.slice(this.#at));
      if (braces !== null) {
        this.#at += braces[0].length;
        times = Math.min(Number(braces[1]), 1000);
      }
    }
    this.#take("?");
    return times;
  }

  #peek(): string {
    return this.pattern[this.#at]!;
  }

  #take(character: string): boolean {
    if (this.pattern[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}
