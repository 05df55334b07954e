import { pack } from "tar-stream";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";

/** A file of an archive. */
export interface ArchivedFile {
  name: string;
  content: Uint8Array;
  /** Whether it is a program. */
  executable?: boolean;
}

/**
 * Packs files into a .tar.gz. The same files give the same bytes: no time, no owner and no name of
 * this machine goes in.
 */
export async function releaseArchive(files: readonly ArchivedFile[]): Promise<Uint8Array> {
  const tar = pack();
  const bytes = new Response(ReadableStream.from(tar as AsyncIterable<Uint8Array>)).bytes();
  for (const { name, content, executable = false } of files) {
    tar.entry({ name, mode: executable ? 0o755 : 0o644, mtime: new Date(0) }, Buffer.from(content));
  }
  tar.finalize();
  return gzipSync(await bytes, { level: 9 });
}
