import { readDuration } from "../../read_duration.ts";
import { type PollingOptions, pollingSource } from "../polling_source.ts";
import type { Source } from "../source.ts";
import { OciFetcher, type OciFetcherOptions } from "./oci_fetcher.ts";

/** Options of {@linkcode ociSource}. */
export interface OciSourceSettings
  extends OciFetcherOptions, Omit<PollingOptions, "fetcher" | "interval" | "timeout"> {}

/** Makes a source of an OCI artifact. */
export function ociSource(settings: OciSourceSettings): Source {
  const { oci } = settings;
  return pollingSource({
    ...settings,
    fetcher: new OciFetcher(settings),
    interval: readDuration(oci.interval)!,
    timeout: readDuration(oci.timeout)!,
  });
}
