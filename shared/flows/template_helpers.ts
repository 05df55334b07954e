/** How a helper of a template is called. */
export interface TemplateHelper {
  /** How many values stand after its name, named ones not counted; any number where absent. */
  values?: number;
  /** What its first value should be, where that is written down; anything where absent. */
  words?: readonly string[];
  /** Whether it is only a block, such as `{{#if …}}`. */
  block?: true;
}

/**
 * The helpers that a template can call: Handlebars' own (4.7) and Dotprompt's (1.1). Called in another
 * way than said here, they throw whenever they are reached; tests/unit/flows/template_helpers_test.ts
 * looks.
 */
export const TEMPLATE_HELPERS: ReadonlyMap<string, TemplateHelper> = new Map(Object.entries({
  each: { values: 1, block: true },
  if: { values: 1, block: true },
  unless: { values: 1, block: true },
  with: { values: 1, block: true },
  lookup: { values: 2 },
  log: {},
  history: {},
  ifEquals: { values: 2, block: true },
  json: { values: 1 },
  media: { values: 0 },
  role: { words: ["system", "user", "model", "tool"] },
  section: {},
  unlessEquals: { values: 2, block: true },
}));
