import type { Prompt } from "../../shared/api/prompt.ts";
import { checkTemplate } from "../../shared/flows/check_template.ts";
import {
  ignoredSettings,
  parsePromptSource,
  PromptError,
} from "../../shared/flows/prompt_source.ts";
import type { Controller, Desired } from "../engine/controller.ts";
import { accepted } from "./accepted.ts";
import { statusValue } from "./status_value.ts";

/** The controller of Prompts: what their source says, and whether it can be rendered. */
export const promptController: Controller<Prompt> = {
  kind: "Prompt",
  owns: [],
  async reconcile({ metadata: { name }, spec: { content } }) {
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(content));
    const status: Desired["status"] = {
      contentHash: new Uint8Array(bytes).toHex(),
      parsedFrontmatter: null,
    };
    const at = `Prompt "${name}": spec.content:`;
    try {
      const { frontmatter, template, templateLine } = parsePromptSource(content);
      if (Object.keys(frontmatter).length > 0) {
        status.parsedFrontmatter = statusValue(frontmatter);
      }
      // Partials come from the flow: whether they are there, the flow says.
      checkTemplate(template, templateLine);
      const ignored = ignoredSettings(frontmatter);
      if (ignored.length === 0) return accepted("The source can be rendered", [], status);
      const keys = ignored.map((key) => `"${key}"`).join(", ");
      const message = `${at} the frontmatter's ${keys} has no effect at the top level, ` +
        'should be under "config"';
      return misplaced(status, message);
    } catch (error) {
      if (!(error instanceof PromptError)) throw error;
      const message = `${at} ${error.message}`;
      return accepted("", [{ failure: "invalid", reason: "InvalidSpec", message }], status);
    }
  },
};

/** Usable, but not as its author thinks: Ready, and Degraded. */
function misplaced(status: Desired["status"], message: string): Desired {
  return {
    ...accepted("", [], status),
    ready: { reason: "UnknownSetting", message },
    degraded: true,
    warnings: [{ reason: "UnknownSetting", message }],
  };
}
