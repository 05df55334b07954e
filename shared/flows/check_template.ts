import Handlebars from "handlebars";
import { suggestion } from "../nearest.ts";
import { plainName } from "./plain_name.ts";
import { PromptError } from "./prompt_source.ts";
import { TEMPLATE_HELPERS } from "./template_helpers.ts";
import { type UnclosedBlock, unclosedBlock } from "./unclosed_block.ts";

/**
 * Checks a template without rendering it: its syntax, that each helper that it calls exists and
 * gets what it needs, and gives the names of the partials that it includes, with the line of the first
 * use of each. Rendering once would find only what one input reaches, and runs the author's loops; this
 * finds every use and runs nothing.
 *
 * @throws {PromptError} on the first fault, with its line in the source.
 */
export function checkTemplate(template: string, firstLine = 1): Map<string, number> {
  let ast: hbs.AST.Program;
  try {
    ast = Handlebars.parse(template);
  } catch (error) {
    // Handlebars quotes the line in its message, which is not ours to show. The line's
    // number is in the text of the parser's errors, and beside the text of the others.
    const { message, lineNumber } = error as Error & { lineNumber?: number };
    const [, line = lineNumber, expected = "", got = ""] =
      /on line (\d+)[\s\S]*?(?:Expecting ([^\n]*), got '(\w+)')?$/.exec(message) ?? [];
    const [, opens, closes] = /^(\w{1,40}) doesn't match (\w{1,40}) - /.exec(message) ?? [];
    const crossed = opens && `: the block {{#${opens} …}} is closed by {{/${closes}}}`;
    const expects = expected.replaceAll("'", "").split(", ");
    const block = got === "EOF" && expects.includes("OPEN_ENDBLOCK")
      ? unclosedBlock(template)
      : undefined;
    throw new PromptError(
      "the template is not valid Handlebars" +
        (crossed ?? (block ? unclosed(block) : fault(expects, got))),
      firstLine + (block?.line ?? Number(line ?? 1)) - 1,
    );
  }
  const checker = new Checker(firstLine);
  checker.accept(ast);
  // A partial of the template's own may be defined after its use.
  for (const name of checker.inline) checker.partials.delete(name);
  return checker.partials;
}

function unclosed({ name }: UnclosedBlock): string {
  return `: the block {{#${name} …}} is not closed by {{/${name}}}`;
}

/** What the parser met, in words; nothing where its own would only list tokens. */
function fault(expected: readonly string[], got: string): string {
  if (got === "EOF") {
    return expected.includes("OPEN_ENDBLOCK")
      ? ": a block such as {{#if …}} is not closed by its {{/if}}"
      : ': a "{{" is not closed by "}}"';
  }
  if (got === "OPEN_ENDBLOCK") return ": a block is closed that has not been opened";
  if (got === "INVERSE") return ": an {{else}} stands outside of a block";
  if (got.startsWith("CLOSE")) {
    return ': what stands before "}}" is not complete, or has other braces';
  }
  if (got === "INVALID") {
    return ': what stands after "{{" is not an expression, or not closed by "}}"';
  }
  return "";
}

type Call = hbs.AST.MustacheStatement | hbs.AST.BlockStatement;

class Checker extends Handlebars.Visitor {
  readonly partials = new Map<string, number>();
  /** Partials that the template defines for itself with `{{#*inline}}`. */
  readonly inline = new Set<string>(["@partial-block"]);
  /** Names that blocks around this place give to their values: `as |item index|`. */
  private named: string[] = [];

  constructor(private readonly firstLine: number) {
    super();
  }

  override MustacheStatement(node: hbs.AST.MustacheStatement): void {
    this.call(node, false);
    super.MustacheStatement(node);
  }

  override BlockStatement(node: hbs.AST.BlockStatement): void {
    this.call(node, true);
    const before = this.named;
    this.named = [...before, ...(node.program?.blockParams ?? [])];
    super.BlockStatement(node);
    this.named = before;
  }

  override SubExpression(node: hbs.AST.SubExpression): void {
    this.helper(node, false);
    super.SubExpression(node);
  }

  override PartialStatement(node: hbs.AST.PartialStatement): void {
    this.partial(node);
    super.PartialStatement(node);
  }

  override PartialBlockStatement(node: hbs.AST.PartialBlockStatement): void {
    this.partial(node);
    super.PartialBlockStatement(node);
  }

  override Decorator(node: hbs.AST.Decorator): void {
    this.decorator(node);
    super.Decorator(node);
  }

  override DecoratorBlock(node: hbs.AST.DecoratorBlock): void {
    this.decorator(node);
    const [name] = node.params;
    if (name?.type === "StringLiteral") this.inline.add((name as hbs.AST.StringLiteral).value);
    super.DecoratorBlock(node);
  }

  private decorator(node: hbs.AST.Decorator | hbs.AST.DecoratorBlock): void {
    const name = String((node.path as hbs.AST.PathExpression).original);
    if (name === "inline") return;
    throw this.fault(
      node,
      `uses the decorator "${name}", should be "inline", the only one that exists`,
    );
  }

  /** What has no parameters is a helper where there is one of its name, else a value of the input. */
  private call(node: Call, block: boolean): void {
    const alone = node.params.length === 0 && (node.hash?.pairs.length ?? 0) === 0;
    const name = plainName(node.path);
    const helper = name !== undefined && !this.named.includes(name) && TEMPLATE_HELPERS.has(name);
    if (alone && !helper) return;
    this.helper(node, block);
  }

  private helper(node: Call | hbs.AST.SubExpression, block: boolean): void {
    const name = String((node.path as hbs.AST.PathExpression).original);
    const helper = TEMPLATE_HELPERS.get(name);
    if (helper === undefined) {
      const hint = suggestion(name, TEMPLATE_HELPERS.keys());
      throw this.fault(node, `calls the helper "${name}", which does not exist${hint}`);
    }
    const { values, words } = helper;
    const [first] = node.params;
    const word = first?.type === "StringLiteral" && (first as hbs.AST.StringLiteral).value;
    if (words !== undefined && typeof word === "string" && !words.includes(word)) {
      const should = `should be one of ${words.join(", ")}`;
      throw this.fault(
        node,
        `calls the helper "${name}" with a word that it does not know, ${should}`,
      );
    }
    if (helper.block && !block) {
      throw this.fault(node, `calls the helper "${name}", which should be a block: {{#${name} …}}`);
    }
    const given = node.params.length;
    if (values === undefined || given === values) return;
    const should = values === 0 ? "only named ones, as in url=photo" : `${values}`;
    throw this.fault(
      node,
      `calls the helper "${name}" with ${given} value${
        given === 1 ? "" : "s"
      }, should be ${should}`,
    );
  }

  private fault(node: hbs.AST.Node, does: string): PromptError {
    return new PromptError(`the template ${does}`, this.firstLine + node.loc.start.line - 1);
  }

  private partial({ name, loc }: hbs.AST.PartialStatement | hbs.AST.PartialBlockStatement): void {
    if (name.type === "SubExpression") return;
    const partial = String(name.original);
    if (this.partials.has(partial)) return;
    this.partials.set(partial, this.firstLine + loc.start.line - 1);
  }
}
