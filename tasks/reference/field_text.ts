import { anchorOf, type Field } from "./field.ts";
import { furtherPage } from "./further_page.ts";

/** Writes a field as an entry of a list in Markdown, which can be linked to by its path. */
export function fieldText(field: Field): string {
  const { path, type, required, bounds, description, rules, link } = field;
  const facts = [
    type,
    ...required ? ["**required**"] : [],
    ...field.default === undefined ? [] : [`default \`${field.default}\``],
    ...bounds,
  ].map(escaped);
  const further = furtherPage(path);
  const sentences = [
    escaped(description),
    ...rules.map(({ message }) => `Rule: ${escaped(message)}.`),
    ...link ? [`Fields: Kubernetes' [${link.name}](${link.url}).`] : [],
    ...further ? [`See [${further.title}](${further.path}).`] : [],
  ].filter((text) => text !== "");
  const head = `- <a id="${anchorOf(path)}"></a>**\`${path}\`**: ${facts.join("; ")}`;
  return [head, ...sentences.length > 0 ? [`  <br>${sentences.join(" ")}`] : []].join("\n");
}

/** Keeps what stands outside of code from being taken for HTML, or for emphasis. */
export function escaped(text: string): string {
  return text.split(/(`[^`]*`)/).map((part, index) =>
    index % 2 === 1 ? part : part.replaceAll("<", "&lt;").replaceAll(/(?<!\*)\*(?!\*)/g, "\\*")
  ).join("");
}
