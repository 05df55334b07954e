import { z } from "zod";
import type { BucketEntry } from "../cache/bucket.ts";
import type { SourceStatus } from "./source.ts";

const problem = z.object({
  file: z.string(),
  line: z.number().optional(),
  column: z.number().optional(),
  message: z.string(),
});

/** What is kept of a snapshot; each text stands apart, under its hash. */
const snapshotSchema = z.object({
  revision: z.string(),
  files: z.array(z.tuple([z.string(), z.string()])),
  resources: z.array(z.string()).optional(),
  problems: z.array(problem),
  warnings: z.array(problem).optional(),
});

const headSchema = z.object({
  /** The hash of the snapshot. */
  snapshot: z.string(),
  /** The one before: who reads it just now still finds its texts. */
  before: z.string().optional(),
  /** Changed by each leader, so that what a former one still writes is refused. */
  term: z.string(),
});

const statusSchema = z.object({
  /** Whose word it is: it counts while the head is of the same term. */
  term: z.string(),
  revision: z.string().optional(),
  lastSuccess: z.coerce.date().optional(),
  lastError: z.object({ at: z.coerce.date(), message: z.string() }).optional(),
  nextPoll: z.coerce.date().optional(),
  /** What it reads, where it says so. */
  reads: z.string().optional(),
});

/** What the key that changes with each snapshot holds. */
export type Head = z.infer<typeof headSchema>;
/** What is kept of a snapshot. */
export type KeptSnapshot = z.infer<typeof snapshotSchema>;
/** What a leader says of its source. */
export interface KeptStatus {
  term: string;
  status: Omit<SourceStatus, "name">;
  /** What it reads, such as `{"url":"https://git.example/flows.git"}`; not all leaders say so. */
  reads?: string;
}

/** Reads a head; undefined where it is damaged, or of a version that writes another form. */
export function headOf({ value }: BucketEntry): Head | undefined {
  return parsed(headSchema, new TextDecoder().decode(value));
}

/** Reads what is kept of a snapshot; undefined where a {@linkcode headOf} would be, too. */
export function snapshotOf(content: string): KeptSnapshot | undefined {
  return parsed(snapshotSchema, content);
}

/**
 * Reads a status.
 *
 * @throws {Error} where it is none.
 */
export function statusOf({ value }: BucketEntry): KeptStatus {
  const { term, reads, revision, lastSuccess, lastError, nextPoll } = statusSchema.parse(
    JSON.parse(new TextDecoder().decode(value)),
  );
  return {
    term,
    ...reads !== undefined && { reads },
    status: {
      ...revision !== undefined && { revision },
      ...lastSuccess !== undefined && { lastSuccess },
      ...lastError !== undefined && { lastError },
      ...nextPoll !== undefined && { nextPoll },
    },
  };
}

function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
