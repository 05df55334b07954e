/** What stands for an image: a command of this machine and the files that it sees. */
export interface Image {
  /** The program and its first arguments; a container's `command` replaces it. */
  entrypoint: string[];
  /** Its further arguments; a container's `args` or `command` replaces them. */
  args?: string[];
  env?: Record<string, string>;
  /** Files and folders of this machine, read-only, by their path in the container. */
  files?: Record<string, string>;
  /** Folders of this machine, by their path in the container, that may be written. */
  writable?: Record<string, string>;
  workingDir?: string;
}

/** The images that can be pulled, by name; every other one cannot. */
export type Images = Record<string, Image>;
