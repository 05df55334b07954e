/** Writes a table in Markdown; `|` in cells is escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return lines([head, head.map(() => "---"), ...rows].map(escaped));
}

/** Writes a table as `deno fmt` does: columns as wide as their widest cell. */
export function paddedTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map(escaped);
  const widths = head.map((_, column) => Math.max(...all.map((row) => [...row[column]!].length)));
  const padded = all.map((row) =>
    row.map((cell, column) => cell + " ".repeat(widths[column]! - [...cell].length))
  );
  return lines([padded[0]!, widths.map((width) => "-".repeat(width)), ...padded.slice(1)]);
}

function escaped(cells: readonly string[]): string[] {
  return cells.map((cell) => cell.replaceAll("|", "\\|"));
}

function lines(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
