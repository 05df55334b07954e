/** Gives a table in the form that `deno fmt` has; the first row is its head. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => [...row[column]!].length))
  );
  const line = (row: readonly string[]) =>
    `| ${
      row.map((cell, i) => cell.padEnd(widths[i]! - [...cell].length + cell.length)).join(" | ")
    } |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [line(rows[0]!), line(rule), ...rows.slice(1).map(line)].join("\n");
}
