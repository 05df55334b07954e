import { ROOT } from "../../shared/contract/paths.ts";
import type { ContentFile } from "./render_config_maps.ts";
import type { ServerContent } from "./server_content.ts";
import type { ServerSettings } from "./server_owner.ts";

/** The name of the volume at /genkit. */
export const CONTENT_VOLUME = "genkit";
const SCRATCH_VOLUME = "tmp";

/**
 * Renders the volumes of a pod: all of /genkit as one, so that it needs no mount a file and changes as
 * a whole; /tmp, since the root is read-only; and the spec's, of which one can take the place of /tmp.
 * A Secret that is missing keeps no pod from starting.
 */
export function renderVolumes(
  spec: ServerSettings,
  files: readonly ContentFile[],
  { secrets }: Pick<ServerContent, "secrets">,
): Record<string, unknown>[] {
  const { volumes = [] } = spec;
  const configMaps = [...new Set(files.map(({ configMap }) => configMap))];
  const sources = [
    ...configMaps.map((name) => ({
      configMap: {
        name,
        items: files.filter(({ configMap }) => configMap === name)
          .map(({ key, path }) => ({ key, path })),
      },
    })),
    ...secrets.map(({ secret, directory, keys }) => ({
      secret: {
        name: secret,
        items: keys.map((key) => ({ key, path: `${directory}/${key}` })),
        optional: true,
      },
    })),
  ];
  return [
    { name: CONTENT_VOLUME, projected: { sources } },
    ...hasOwnScratch(spec) ? [] : [{ name: SCRATCH_VOLUME, emptyDir: { sizeLimit: "256Mi" } }],
    ...volumes,
  ];
}

/** Renders where the container finds the volumes. */
export function renderVolumeMounts(spec: ServerSettings): Record<string, unknown>[] {
  return [
    { name: CONTENT_VOLUME, mountPath: ROOT, readOnly: true },
    ...hasOwnScratch(spec) ? [] : [{ name: SCRATCH_VOLUME, mountPath: "/tmp" }],
    ...spec.volumeMounts ?? [],
  ];
}

/** Whether the spec brings a /tmp along, for example a larger one. */
function hasOwnScratch({ volumeMounts = [] }: ServerSettings): boolean {
  return volumeMounts.some(({ mountPath }) => mountPath === "/tmp");
}
