import semver from "semver";
import { parse, stringify } from "yaml";

/** A version of a chart, as index.yaml lists it: its Chart.yaml, and where its archive is. */
interface ChartEntry {
  version: string;
  [field: string]: unknown;
}

/** The archive that an index lists. */
export interface IndexedChart {
  /** The text of its Chart.yaml. */
  chart: string;
  /** Where it can be had. */
  url: string;
  /** Its SHA-256, in hexadecimal digits. */
  sha256: string;
  /** When it was made, in the form of RFC 3339. */
  created: string;
}

/**
 * Gives the index.yaml of a repository for `helm repo add` (https://helm.sh/docs/topics/chart_repository).
 *
 * @param previous The index.yaml until now, whose other versions stay.
 */
export function chartIndex(
  { chart, url, sha256, created }: IndexedChart,
  previous = "entries: {}",
): string {
  const metadata = parse(chart) as ChartEntry & { name: string };
  const { name, version } = metadata;
  const { entries } = parse(previous) as { entries: Record<string, ChartEntry[]> };
  const others = (entries[name] ?? []).filter((entry) => entry.version !== version);
  const versions = [{ ...metadata, created, digest: sha256, urls: [url] }, ...others]
    .sort((a, b) => semver.rcompare(a.version, b.version));
  return stringify(
    { apiVersion: "v1", entries: { ...entries, [name]: versions }, generated: created },
    { lineWidth: 100 },
  );
}
