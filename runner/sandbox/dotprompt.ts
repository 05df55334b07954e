import { Dotprompt } from "dotprompt";
import type Handlebars from "handlebars";

/**
 * Makes a Dotprompt with a Handlebars environment of its own. Left to itself, each Dotprompt of a
 * process uses the same one, so that the partials of one flow would show up in another's prompts.
 */
export function createDotprompt(): Dotprompt {
  const dotprompt = new Dotprompt();
  const shared = dotprompt["handlebars"] as typeof Handlebars;
  const own = shared.create();
  // `create` leaves these out; Dotprompt defines its own helpers on the shared environment.
  own.Visitor = shared.Visitor;
  for (const [name, helper] of Object.entries(shared.helpers)) own.registerHelper(name, helper);
  // Handlebars' `log` prints values of the input.
  own.registerHelper("log", () => "");
  Object.assign(dotprompt, { handlebars: own });
  return dotprompt;
}
