import type { PromptFile } from "../contract/bundle.ts";
import { suggestion } from "../nearest.ts";
import { checkTemplate } from "./check_template.ts";
import { frontmatterLine } from "./frontmatter_line.ts";
import { picoschemaFault } from "./picoschema_fault.ts";
import { ignoredSettings, parsePromptSource, PromptError } from "./prompt_source.ts";

/** What is wrong with a prompt, or what its author should know. */
export interface PromptFinding {
  prompt: string;
  message: string;
  /** The line of the prompt's source, from 1, where the message is of one. */
  line?: number;
}

/** What {@linkcode checkPrompts} found. */
export interface PromptCheck {
  problems: PromptFinding[];
  warnings: PromptFinding[];
}

/**
 * Checks the prompts of one flow together: frontmatter, schemas, template, helpers, partials (that they
 * exist, and do not include each other in a circle). Nothing is rendered.
 */
export function checkPrompts(prompts: readonly PromptFile[]): PromptCheck {
  const check: PromptCheck = { problems: [], warnings: [] };
  const includes = new Map<string, Map<string, number>>();
  for (const { name, source } of prompts) {
    try {
      const { frontmatter, template, templateLine } = parsePromptSource(source);
      if (!name.startsWith("_")) {
        check.problems.push(...schemaFaults({ name, source }, frontmatter));
      }
      includes.set(name, checkTemplate(template, templateLine));
      for (const key of ignoredSettings(frontmatter)) {
        check.warnings.push({
          prompt: name,
          message:
            `the frontmatter's "${key}" has no effect where it stands; settings of the model belong under "config"`,
        });
      }
    } catch (error) {
      if (!(error instanceof PromptError)) throw error;
      const { message, line } = error;
      check.problems.push({ prompt: name, message, ...line !== undefined && { line } });
    }
  }
  const partials = prompts.filter(({ name }) => name.startsWith("_")).map(({ name }) =>
    name.slice(1)
  );
  for (const [name, used] of includes) {
    for (const [partial, line] of used) {
      if (partials.includes(partial)) continue;
      const message =
        `the template includes the partial "${partial}", and the flow has no prompt "_${partial}"` +
        suggestion(partial, partials);
      check.problems.push({ prompt: name, message, line });
    }
    const circle = findCircle(name, includes);
    if (circle !== undefined) {
      const message = `its partials include each other in a circle: ${circle.join(" → ")}`;
      check.problems.push({ prompt: name, message });
    }
  }
  return check;
}

/** What of the frontmatter's schemas cannot be read. */
function schemaFaults(
  { name, source }: PromptFile,
  frontmatter: Record<string, unknown>,
): PromptFinding[] {
  return ["input", "output"].flatMap((which) => {
    const part = frontmatter[which] as { schema?: unknown } | null | undefined;
    const fault = picoschemaFault(part?.schema);
    if (fault === undefined) return [];
    const line = frontmatterLine(source, [which, "schema"]);
    const message = `the ${which} schema is not valid: ${fault.slice(0, 200)}`;
    return [{ prompt: name, message, ...line !== undefined && { line } }];
  });
}

/** The way from a prompt's partials back to one that was passed already. */
function findCircle(
  start: string,
  includes: ReadonlyMap<string, ReadonlyMap<string, number>>,
): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, way: string[]): string[] | undefined => {
    if (way.includes(name)) return [...way, name];
    if (done.has(name)) return undefined;
    done.add(name);
    for (const partial of includes.get(name)?.keys() ?? []) {
      const circle = visit(`_${partial}`, [...way, name]);
      if (circle !== undefined) return circle;
    }
    return undefined;
  };
  return visit(start, []);
}
