import { ROOT } from "../shared/contract/paths.ts";
import type { Bundle, FlowDefinition } from "../shared/contract/bundle.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import type { CredentialSource } from "./credentials.ts";

/** The credentials of a pod: files of mounted Secrets, or the environment. */
export interface MountedCredentials {
  /** A flow's credentials, read now. */
  of(flow: FlowDefinition): CredentialSource;
  /** Those of a fallback, read now: files only, for the environment holds the flow's. */
  ofFallback(credentialsDir: string | null | undefined): CredentialSource;
  /** The headers in a folder that the tree names, read now; undefined where it is not there. */
  headers(dir: string): Record<string, string> | undefined;
  /**
   * Gives where a folder that the tree names is on this machine.
   *
   * @throws {Error} where it is not below the tree.
   */
  below(dir: string): string;
  /** Tells whether a file that was read has changed since; looks at most once in 250 ms. */
  changed(): Promise<boolean>;
}

/** The longest credential that is read, in bytes. */
const MAX_BYTES = 1024 * 1024;

/** Milliseconds between two looks at the files. */
const INTERVAL = 250;

/**
 * Makes the credentials of the tree at `root`. The single layout has them in `environment` too, for
 * runners that look there; a file, which follows its Secret, goes first. In the multi layout the
 * environment is nobody's.
 */
export function mountedCredentials({ root, layout, environment, clock = systemClock }: {
  root: string;
  layout: Bundle["layout"];
  environment: (key: string) => string | undefined;
  clock?: Clock;
}): MountedCredentials {
  const seen = new Map<string, string | undefined>();
  let looked = -Infinity;
  const mounted = (
    credentialsDir: string,
    instead: (key: string) => string | undefined,
  ): CredentialSource => {
    const dir = below(root, credentialsDir);
    return {
      get(key) {
        if (!/^[\w.-]+$/.test(key) || key.startsWith("..")) return undefined;
        const text = readText(`${dir}/${key}`);
        seen.set(`${dir}/${key}`, text);
        return text ?? instead(key);
      },
      hint: (keys) =>
        `the Secret that is mounted at "${credentialsDir}" should have the key ` +
        keys.join(" or "),
    };
  };
  const nowhere = () => undefined;
  return {
    of({ config: { credentialsDir } }) {
      if (credentialsDir) {
        return mounted(credentialsDir, layout === "single" ? environment : nowhere);
      }
      return {
        get: environment,
        hint: (keys) => `set the environment variable ${keys.join(" or ")}`,
      };
    },
    ofFallback(credentialsDir) {
      if (credentialsDir) return mounted(credentialsDir, nowhere);
      return {
        get: nowhere,
        hint: (keys) =>
          `name a Secret with the key ${keys.join(" or ")} in its PluginConfig's credentialsRef`,
      };
    },
    headers(dir) {
      const folder = below(root, dir);
      const names = listNames(folder);
      seen.set(`${folder}/`, names?.join("\n"));
      return names && Object.fromEntries(names.flatMap((name) => {
        const path = `${folder}/${name}`;
        const text = readText(path);
        seen.set(path, text);
        return text === undefined ? [] : [[name, text]];
      }));
    },
    below: (dir) => below(root, dir),
    async changed() {
      const now = clock.now();
      if (seen.size === 0 || now - looked < INTERVAL) return false;
      looked = now;
      const reads = await Promise.all(
        [...seen].map(async ([path, text]) =>
          (path.endsWith("/") ? listNames(path)?.join("\n") : await readTextLater(path)) !== text
        ),
      );
      return reads.includes(true);
    },
  };
}

/** The folder where it is on this disk: config.json says where it is in a pod. */
function below(root: string, dir: string): string {
  const path = dir === ROOT || dir.startsWith(`${ROOT}/`)
    ? `${root}${dir.slice(ROOT.length)}`
    : dir;
  const inside = path === root || path.startsWith(`${root}/`);
  if (!inside || path.split("/").includes("..")) {
    throw new Error(`its folder "${dir}" is not below "${root}"`);
  }
  return path;
}

/** The names of a folder's files, without a kubelet's own, which begin with two dots. */
function listNames(dir: string): string[] | undefined {
  try {
    return [...Deno.readDirSync(dir)].map(({ name }) => name)
      .filter((name) => !name.startsWith(".."))
      .sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    if (Deno.statSync(path).size > MAX_BYTES) return undefined;
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function readTextLater(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return undefined;
  }
}
