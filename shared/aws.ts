/** The settings of a PluginConfig that say in which of AWS's regions it works. */
export interface AwsSettings {
  region?: string | undefined;
  extraConfig?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The region that the settings ask for: `region`, else `extraConfig.region`, else us-east-1.
 *
 * @throws {Error} where it does not look like one, as it becomes part of a host's name.
 */
export function awsRegion({ region, extraConfig = {} }: AwsSettings): string {
  const found = region || extraConfig.region || "us-east-1";
  if (typeof found !== "string" || !/^[a-z]{2,4}(-[a-z]+){1,3}-\d{1,2}$/.test(found)) {
    throw new Error(
      `Cannot use the region ${JSON.stringify(found)}: it should be like "us-east-1"`,
    );
  }
  return found;
}

/** The base URL of one of AWS's services in a region; China's have a domain of their own. */
export function awsUrl(service: string, region: string): string {
  return `https://${service}.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}
