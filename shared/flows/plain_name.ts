import type {} from "handlebars";

/**
 * The name that a path of a template is, as Handlebars looks for a helper of it; undefined for what is
 * a value whatever the helpers' names are, as `{{this.role}}`, `{{./role}}`, `{{../role}}` and
 * `{{@role}}`, and for what is no path.
 */
export function plainName(node: hbs.AST.PathExpression | hbs.AST.Literal): string | undefined {
  const { data, depth, parts, original } = node as hbs.AST.PathExpression;
  const plain = !data && !depth && parts?.length === 1 && parts[0] === original;
  return plain ? original : undefined;
}
