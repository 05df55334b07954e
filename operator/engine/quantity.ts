/** The suffixes of quantities and what they multiply by, as powers of ten or of two. */
const DECIMAL = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 } as const;
const BINARY = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 } as const;

/** Whether two values are the same Kubernetes quantity, however they are written. */
export function sameQuantity(a: unknown, b: unknown): boolean {
  const [x, y] = [nano(a), nano(b)];
  return x !== undefined && x === y;
}

/** A quantity in thousand-millionths (rounded up, as Kubernetes does); undefined if it is none. */
function nano(value: unknown): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE])([+-]?\d{1,3})|([KMGTPE]i|[numkMGTPE]?))$/
    .exec(String(value));
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", , exponent, suffix = ""] = match;
  if (whole + fraction === "") return undefined;
  const binary = (BINARY as Record<string, number>)[suffix] ?? 0;
  const power = exponent !== undefined
    ? Number(exponent)
    : (DECIMAL as Record<string, number>)[suffix] ?? 0;
  const scale = power + 9 - fraction.length;
  let digits = BigInt(whole + fraction) << BigInt(binary);
  if (scale >= 0) digits *= 10n ** BigInt(scale);
  else digits = (digits + 10n ** BigInt(-scale) - 1n) / 10n ** BigInt(-scale);
  return sign === "-" ? -digits : digits;
}
