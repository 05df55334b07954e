import { replaceFile } from "./replace_file.ts";

/** A /genkit tree on disk, removed at the end. */
export interface GenkitTree extends AsyncDisposable {
  root: string;
  /** Writes a file whole, as a kubelet does: nobody reads half of it. */
  write(path: string, text: string): Promise<void>;
}

/** Writes a tree into a new folder; `files` is path to text, or to a value that becomes JSON. */
export async function genkitTree(files: Record<string, unknown>): Promise<GenkitTree> {
  const root = await Deno.makeTempDir({ prefix: "genkitd-tree-" });
  const write = async (path: string, text: string) => {
    await Deno.mkdir(`${root}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await replaceFile(`${root}/${path}`, text);
  };
  for (const [path, content] of Object.entries(files)) {
    await write(path, typeof content === "string" ? content : JSON.stringify(content));
  }
  return { root, write, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

/** A multi-layout tree of flows that echo answers: name to the files of the flow. */
export function echoFlows(flows: Record<string, Record<string, unknown>>): Promise<GenkitTree> {
  const files: Record<string, unknown> = {
    "manifest.json": {
      flows: Object.keys(flows).map((name) => ({
        name,
        entrypoint: name,
        dir: `/genkit/flows/${name}`,
      })),
    },
  };
  for (const [name, content] of Object.entries(flows)) {
    files[`flows/${name}/config.json`] = {
      defaultModel: { provider: "echo", model: "echo" },
      plugin: { type: "echo" },
    };
    files[`flows/${name}/prompts/${name}.prompt`] = `Hello {{name}} from ${name}`;
    for (const [path, text] of Object.entries(content)) files[`flows/${name}/${path}`] = text;
  }
  return genkitTree(files);
}

/** A tool whose host puts its flow into a sandbox of its own. */
export function toolOf(host: string): Record<string, unknown> {
  return {
    definition: { name: "look", description: "Looks" },
    implementation: { http: { url: `http://${host}/look` } },
  };
}
