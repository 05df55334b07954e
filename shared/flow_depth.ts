/** The header that says how many flows have called one another, as tools, to get to this call. */
export const DEPTH_HEADER = "x-genkitd-depth";

/** How many flows may call one another; the next one would be a circle more likely than a need. */
export const MAX_DEPTH = 8;

/** Reads {@linkcode DEPTH_HEADER}; what is no number there counts as 0, as for any other caller. */
export function flowDepth(header: string | null | undefined): number {
  return /^\d{1,3}$/.test(header ?? "") ? Number(header) : 0;
}
