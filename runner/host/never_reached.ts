import { BlockList, isIP } from "node:net";

/**
 * Addresses that no sandbox reaches: link-local with the clouds' metadata servers (AWS, GCP, Azure
 * 169.254.169.254, AWS on IPv6 fd00:ec2::254, Alibaba 100.100.100.200). In Deno's notation.
 */
export const NEVER_REACHED: readonly string[] = [
  "169.254.0.0/16",
  "100.100.100.200",
  "[fd00:ec2::254]",
  "[::ffff:169.254.169.254]",
];

const blocked = new BlockList();
blocked.addSubnet("169.254.0.0", 16);
blocked.addAddress("100.100.100.200");
blocked.addAddress("fd00:ec2::254", "ipv6");
blocked.addSubnet("::ffff:169.254.0.0", 112, "ipv6");
blocked.addAddress("::ffff:100.100.100.200", "ipv6");

/** Tells whether a host, as `host:port` of a URL, is one of these addresses itself. */
export function isNeverReached(host: string): boolean {
  const address = host.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  const version = isIP(address);
  return version !== 0 && blocked.check(address, version === 6 ? "ipv6" : "ipv4");
}
