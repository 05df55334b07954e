import type { Reader } from "./reader.ts";

/** What a page asks its reader to do around a command, in prose. */
export type Action = (reader: Reader) => void | Promise<void>;

/** What a test knows about a command of a page, besides how it is printed. */
export interface Treatment {
  /** What the page asks for before it. */
  before?: Action;
  /** What the reader puts in place of a placeholder, such as `…`. */
  put?: Record<string, string>;
  /** It does not end by itself: it goes on in a terminal of its own, and is ready by these words. */
  until?: RegExp;
  /** What the page says that it prints; `…` stands for anything. It must be both here and there. */
  prints?: string | string[];
  /** What it prints besides. */
  says?: RegExp;
  /** The exit code with which it ends, as the page tells; 0 where absent. */
  exits?: number;
  /** What the page asks for after it. */
  after?: Action;
  /** It cannot be run here. */
  instead?: Instead;
}

/** Why a command or block is not taken as it is printed, and what is done in its place. */
export interface Instead {
  because: string;
  /** What is run in its place. */
  run?: Action;
  /** The test of this checkout that sees to the nearest thing. */
  see?: string;
}

/** What a test knows about a block that is no shell's. */
export interface BlockTreatment {
  /** What is done with it. */
  use?: (text: string, reader: Reader) => void | Promise<void>;
  /** What it shows, where it is nothing to be copied: a drawing, for example. */
  shows?: string;
  /** The object that the block is a part of; `%` stands for the block. */
  within?: string;
  instead?: Instead;
}

/** What a test knows about a page. Each key is how a command, or a block's text, begins; after `=` all of it. */
export interface PageTable {
  /** Its path in the checkout. */
  page: string;
  /** Where several commands begin so: what there is for each, in the page's order. */
  commands?: Record<string, Treatment | Treatment[]>;
  blocks?: Record<string, BlockTreatment>;
}

/**
 * Finds what a table has for a text: the longest key that it begins with.
 *
 * @param used The keys that were found so far; this one is added.
 */
export function lookUp<T>(
  table: Readonly<Record<string, T>>,
  text: string,
  used: Set<string>,
): T | undefined {
  const [key] = Object.keys(table)
    .filter((key) => key.startsWith("=") ? text === key.slice(1) : text.startsWith(key))
    .sort((a, b) => b.length - a.length);
  if (key === undefined) return undefined;
  used.add(key);
  return table[key];
}
