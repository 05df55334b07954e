const KIB = 1024;
const UNITS: Record<string, number> = { Ki: KIB, Mi: KIB ** 2, Gi: KIB ** 3 };

/** The memory of a process in bytes: what it has now, and the most that it ever had. */
export async function memoryOf(pid: number): Promise<{ now: number; most: number }> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const bytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)![1]) * KIB;
  return { now: bytes("VmRSS"), most: bytes("VmHWM") };
}

/** Reads an amount of memory of a manifest, such as `"256Mi"`. */
export function toBytes(amount: string): number {
  const [, count, unit] = /^(\d+)(Ki|Mi|Gi)$/.exec(amount)!;
  return Number(count) * UNITS[unit!]!;
}
