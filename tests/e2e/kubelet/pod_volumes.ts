import { Buffer } from "node:buffer";
import type { BindMount } from "./container_process.ts";
import type { Container, Volume, VolumeMount } from "./pod.ts";
import { type VolumeFile, volumeFiles, type VolumeFilesOptions } from "./volume_files.ts";
import { writeVolume } from "./write_volume.ts";

/** Options of {@linkcode PodVolumes}. */
export interface PodVolumesOptions extends VolumeFilesOptions {
  /** A folder for this pod's volumes alone. */
  folder: string;
}

/** The volumes of a pod, on disk. */
export class PodVolumes {
  readonly #options: PodVolumesOptions;
  readonly #written = new Map<string, string>();
  /** Ends with the update under way: one at a time. */
  #updated: Promise<unknown> = Promise.resolve();

  constructor(options: PodVolumesOptions) {
    this.#options = options;
  }

  /**
   * Brings the volumes to what their objects say now. Where nothing changed, nothing is written.
   *
   * @throws {MissingReference} where an object that is not optional is not there.
   */
  update(): Promise<void> {
    const updated = this.#updated.then(async () => {
      for (const volume of this.#options.pod.spec.volumes ?? []) await this.#write(volume);
    });
    this.#updated = updated.catch(() => {});
    return updated;
  }

  /** Where a container sees the volumes. A `subPath` is what stands there now, for good. */
  async mounts({ volumeMounts = [] }: Container): Promise<BindMount[]> {
    // Kubelets make the folders in a volume that others are mounted to: it is read-only later.
    for (const { name, mountPath } of volumeMounts) {
      for (const inner of volumeMounts) {
        if (!inner.mountPath.startsWith(`${mountPath}/`)) continue;
        const path = this.#folder(name) + inner.mountPath.slice(mountPath.length);
        if (inner.subPath === undefined) await Deno.mkdir(path, { recursive: true });
      }
    }
    return await Promise.all(volumeMounts.map((mount) => this.#mount(mount)));
  }

  async #write(volume: Volume): Promise<void> {
    const { pod } = this.#options;
    const root = this.#folder(volume.name);
    const before = this.#written.get(volume.name);
    // A token is not asked for again; the test kubelet does not rotate them.
    if (before !== undefined && hasToken(volume)) return;
    const files = await volumeFiles(volume, this.#options);
    const digest = files === undefined ? "" : digestOf(files);
    if (digest === before) return;
    if (before === undefined) await Deno.mkdir(root, { recursive: true });
    const group = pod.spec.securityContext?.fsGroup;
    if (files === undefined) await Deno.chmod(root, 0o777);
    else await writeVolume(root, files, group);
    this.#written.set(volume.name, digest);
  }

  async #mount({ name, mountPath, subPath, readOnly = false }: VolumeMount): Promise<BindMount> {
    const { pod } = this.#options;
    const folder = this.#folder(name);
    const empty = pod.spec.volumes?.find((volume) => volume.name === name)?.emptyDir !== undefined;
    let source = folder;
    if (subPath !== undefined) {
      if (empty) await Deno.mkdir(`${folder}/${subPath}`, { recursive: true, mode: 0o777 });
      source = await Deno.realPath(`${folder}/${subPath}`);
    }
    return { source, target: mountPath, readOnly: readOnly || !empty };
  }

  #folder(volume: string): string {
    return `${this.#options.folder}/${volume}`;
  }
}

function hasToken({ projected }: Volume): boolean {
  return projected?.sources.some((source) => source.serviceAccountToken) ?? false;
}

/** A text that differs where the files do. */
function digestOf(files: Map<string, VolumeFile>): string {
  return JSON.stringify(
    [...files].map((
      [path, { content, mode }],
    ) => [path, mode, Buffer.from(content).toString("base64")]),
  );
}
