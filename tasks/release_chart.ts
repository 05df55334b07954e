import { VERSION } from "../shared/version.ts";
import { chartArchive } from "./chart_archive.ts";
import { chartIndex } from "./chart_index.ts";
import { ROOT } from "./checkout.ts";
import { sha256 } from "./sha256.ts";

const CHART = `${ROOT}deploy/chart`;
const DOWNLOADS = `https://github.com/genkitd/genkitd/releases/download/v${VERSION}`;

/** How the chart is released. */
export interface ReleaseChartOptions {
  /** The time of the commit, in the form of RFC 3339. */
  created: string;
  /** The index.yaml of the release before, whose versions the new one has too. */
  previousIndex?: string | undefined;
  /** Where the release's files can be had. */
  downloads?: string;
}

/** Gives the chart's files of a release: its archive, and the index.yaml for `helm repo add`. */
export async function releaseChart(
  { created, previousIndex, downloads = DOWNLOADS }: ReleaseChartOptions,
): Promise<{ name: string; content: Uint8Array }[]> {
  const archive = { name: `genkitd-${VERSION}.tgz`, content: await chartArchive(CHART, "genkitd") };
  const index = chartIndex({
    chart: await Deno.readTextFile(`${CHART}/Chart.yaml`),
    url: `${downloads}/${archive.name}`,
    sha256: await sha256(archive.content),
    created,
  }, previousIndex);
  return [archive, { name: "index.yaml", content: new TextEncoder().encode(index) }];
}
