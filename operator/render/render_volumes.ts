import { ROOT } from "../../shared/contract/paths.ts";
import type { ContentFile } from "./render_config_maps.ts";
import type { ServerContent } from "./server_content.ts";

/** The name of the volume at /genkit. */
export const CONTENT_VOLUME = "genkit";
const SCRATCH_VOLUME = "tmp";

/**
 * The volumes of a pod: all of /genkit as one, so that it needs no mount a file and changes as a
 * whole; and /tmp, since the root is read-only. A Secret that is missing keeps no pod from starting.
 */
export function renderVolumes(
  files: readonly ContentFile[],
  { secrets }: Pick<ServerContent, "secrets">,
): Record<string, unknown>[] {
  const configMaps = [...new Set(files.map(({ configMap }) => configMap))];
  const sources = [
    ...configMaps.map((name) => ({
      configMap: {
        name,
        items: files.filter(({ configMap }) => configMap === name)
          .map(({ key, path }) => ({ key, path })),
      },
    })),
    // Without items, all keys would stand at the root.
    ...secrets.filter(({ keys }) => keys.length > 0).map(({ secret, directory, keys }) => ({
      secret: {
        name: secret,
        items: keys.map((key) => ({ key, path: `${directory}/${key}` })),
        optional: true,
      },
    })),
  ];
  return [
    { name: CONTENT_VOLUME, projected: { sources } },
    { name: SCRATCH_VOLUME, emptyDir: { sizeLimit: "256Mi" } },
  ];
}

/** Where the container finds the volumes. */
export function renderVolumeMounts(): Record<string, unknown>[] {
  return [
    { name: CONTENT_VOLUME, mountPath: ROOT, readOnly: true },
    { name: SCRATCH_VOLUME, mountPath: "/tmp" },
  ];
}
