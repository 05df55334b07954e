const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;

/** A folder of examples/ that is to be copied. */
export interface ExampleFolder {
  /** Such as `providers/echo`. */
  name: string;
  /** Where its objects are, as an absolute path. */
  objects: string;
  /** Whether its flows are served from the folder; else objects have to be put somewhere first. */
  served: boolean;
  /** The globs of its resources. */
  resources: string[];
}

/** Gives every folder of an example. */
export function exampleFolders(): ExampleFolder[] {
  return ["providers", "features", "sources"].flatMap((group) =>
    foldersOf(`${EXAMPLES}${group}`).map((folder) => {
      const name = `${group}/${folder}`;
      const flows = foldersOf(`${EXAMPLES}${name}`).includes("flows");
      return {
        name,
        objects: `${EXAMPLES}${name}${flows ? "/flows" : ""}`,
        // A FlowSource is the operator's; the flows of a node with NATS are those of sources/git.
        served: !folder.startsWith("flowsource") && folder !== "nats",
        resources: folder === "resources" ? ["schemas/**"] : [],
      };
    })
  );
}

function foldersOf(path: string): string[] {
  return [...Deno.readDirSync(path)].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name).sort();
}
