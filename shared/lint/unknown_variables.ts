import Handlebars from "handlebars";
import { plainName } from "../flows/plain_name.ts";
import { TEMPLATE_HELPERS } from "../flows/template_helpers.ts";
import { suggestion } from "../nearest.ts";
import { asObject } from "./as_object.ts";

/** A variable of a template that no input can fill. */
export interface UnknownVariable {
  message: string;
  /** The line of the template, from 1. */
  line: number;
}

type Schema = Record<string, unknown>;

/**
 * Finds the variables of a template that its input's schema (JSON Schema) does not have, and so are
 * always empty. Only where the schema takes no other fields, as those of Picoschema do not, and where
 * it is certain what a name stands for: what partials and their blocks use is not looked at. A name
 * that a helper has is no variable, and is told where one is meant.
 *
 * @param template Valid Handlebars.
 */
export function unknownVariables(template: string, schema: Schema): UnknownVariable[] {
  const reader = new VariableReader(schema);
  reader.accept(Handlebars.parse(template));
  return reader.found;
}

/** Blocks that change nothing about what the names in them stand for. */
const TRANSPARENT = ["if", "unless", "ifEquals", "unlessEquals"];

class VariableReader extends Handlebars.Visitor {
  readonly found: UnknownVariable[] = [];
  /** What names stand for at this place, the innermost first; undefined where that is not known. */
  private contexts: (Schema | undefined)[];
  /** Names that blocks around this place give to their values: `as |item index|`. */
  private named: string[] = [];

  constructor(schema: Schema) {
    super();
    this.contexts = [schema];
  }

  override MustacheStatement(node: hbs.AST.MustacheStatement): void {
    const plain = node.params.length === 0 && (node.hash?.pairs.length ?? 0) === 0;
    if (plain && !this.helper(node.path)) this.accept(node.path);
    this.acceptParams(node);
  }

  override SubExpression(node: hbs.AST.SubExpression): void {
    this.acceptParams(node);
  }

  override BlockStatement(node: hbs.AST.BlockStatement): void {
    const name = String((node.path as hbs.AST.PathExpression).original);
    const section = node.params.length === 0 && !this.helper(node.path);
    if (section) this.accept(node.path);
    this.acceptParams(node);
    const inner = () => {
      if (name === "each") return elementOf(this.schemaOf(node.params[0]));
      return name === "with" ? this.schemaOf(node.params[0]) : undefined;
    };
    const program = () => this.accept(node.program);
    const named = node.program?.blockParams ?? [];
    if (TRANSPARENT.includes(name)) program();
    else this.within(inner(), named, program);
    if (node.inverse) this.accept(node.inverse);
  }

  override PartialStatement(node: hbs.AST.PartialStatement): void {
    this.acceptParams(node);
  }

  override PartialBlockStatement(node: hbs.AST.PartialBlockStatement): void {
    this.acceptParams(node);
  }

  /** What a partial of the template's own stands in is known where it is used. */
  override DecoratorBlock(): void {}

  override PathExpression(node: hbs.AST.PathExpression): void {
    this.follow(node);
  }

  /**
   * Tells whether what has no parameters is a helper, which it is where there is one of its name. All
   * but `{{history}}` and `{{log}}` need values: without, they put marks of their own into the prompt.
   */
  private helper(path: hbs.AST.PathExpression | hbs.AST.Literal): boolean {
    const name = plainName(path);
    if (name === undefined || this.named.includes(name) || !TEMPLATE_HELPERS.has(name)) {
      return false;
    }
    const field = Object.hasOwn(asObject(this.contexts[0]?.properties), name);
    // That one needs values is an error, and told as that.
    const refused = (TEMPLATE_HELPERS.get(name)!.values ?? 0) > 0;
    if (field || !refused && !["history", "log"].includes(name)) {
      const message = `the template's {{${name}}} is the helper of that name` +
        (field ? ", not the input's field" : ", without a value") +
        `; a field is {{this.${name}}}`;
      this.found.push({ message, line: path.loc.start.line });
    }
    return true;
  }

  private acceptParams(
    { params, hash }: { params: hbs.AST.Expression[]; hash?: hbs.AST.Hash },
  ): void {
    for (const param of params) this.accept(param);
    for (const pair of hash?.pairs ?? []) this.accept(pair.value);
  }

  private within(context: Schema | undefined, named: readonly string[], read: () => void): void {
    const before = this.named;
    this.contexts = [context, ...this.contexts];
    this.named = [...before, ...named];
    read();
    this.contexts = this.contexts.slice(1);
    this.named = before;
  }

  private schemaOf(node: hbs.AST.Expression | undefined): Schema | undefined {
    if (node?.type !== "PathExpression") return undefined;
    return this.follow(node as hbs.AST.PathExpression, false);
  }

  /** Gives the schema of what a path leads to, undefined where that is not known. */
  private follow(node: hbs.AST.PathExpression, report = true): Schema | undefined {
    const { data, depth, original, loc } = node;
    const parts = node.parts.map(String);
    if (data || this.named.includes(parts[0] ?? "")) return undefined;
    let schema = this.contexts[depth];
    for (const part of parts) {
      const closed = closedFields(schema);
      if (closed === undefined) return undefined;
      if (!Object.hasOwn(closed, part)) {
        const fields = Object.keys(closed);
        const message =
          `the template uses "${original}", which is always empty: the input's schema ` +
          `has no "${part}" there, only ${fields.map((field) => `"${field}"`).join(", ")}` +
          suggestion(part, fields);
        if (report) this.found.push({ message, line: loc.start.line });
        return undefined;
      }
      schema = asObject(closed[part]);
    }
    return schema;
  }
}

/** The fields of an object that has these and no others. */
function closedFields(schema: Schema | undefined): Schema | undefined {
  const { properties, additionalProperties, patternProperties, allOf, anyOf, oneOf, $ref } =
    schema ?? {};
  const open = [patternProperties, allOf, anyOf, oneOf, $ref].some((part) => part !== undefined);
  const fields = asObject(properties);
  if (additionalProperties !== false || open || Object.keys(fields).length === 0) return undefined;
  return fields;
}

/** What `each` walks over in a list; the values of an object are not told apart. */
function elementOf(schema: Schema | undefined): Schema | undefined {
  return schema?.type === "array" ? asObject(schema.items) : undefined;
}
