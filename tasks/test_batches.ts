/** Folders of tests/ whose files take long, most of it waiting for processes. */
const LONG = ["cluster", "e2e", "docs"];
/** How many files of such a folder run one after another. */
const BATCH = 6;

/**
 * Puts test files into batches that can run beside one another: a few files of the folders that take
 * long, these first so that none of them is begun last, and each other folder as one.
 *
 * @param files Paths such as `tests/e2e/serve_test.ts`.
 */
export function testBatches(files: readonly string[]): string[][] {
  const folders = Object.groupBy(files.toSorted(), (file) => file.split("/")[1]!);
  const rest = Object.keys(folders).filter((folder) => !LONG.includes(folder));
  return [
    ...LONG.flatMap((folder) => chunks(folders[folder] ?? [], BATCH)),
    ...rest.map((folder) => folders[folder]!),
  ];
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  const count = Math.ceil(items.length / size);
  return Array.from({ length: count }, (_, at) => items.slice(at * size, (at + 1) * size));
}
