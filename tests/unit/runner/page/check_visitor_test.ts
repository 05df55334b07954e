import assert from "assert";
import { checkHost, checkOrigin } from "../../../../runner/page/check_visitor.ts";

const nobody = { host: undefined, origin: undefined, site: undefined };

Deno.test("the page is shown under an address, localhost and its own name, and under no other", () => {
  const hosts: [host: string | undefined, listening: string, shown: boolean][] = [
    ["127.0.0.1:8080", "127.0.0.1", true],
    ["localhost:8080", "127.0.0.1", true],
    ["LOCALHOST", "127.0.0.1", true],
    ["flows.localhost:80", "127.0.0.1", true],
    ["[::1]:8080", "::1", true],
    ["192.168.1.7:8080", "0.0.0.0", true],
    ["2130706433:80", "127.0.0.1", true],
    ["box.lan:8080", "box.lan", true],
    ["box.lan:8080", "Box.lan", true],
    ["box.lan:8080", "0.0.0.0", false],
    ["evil.example", "127.0.0.1", false],
    ["localhost.evil.example", "127.0.0.1", false],
    ["127.0.0.1.evil.example", "127.0.0.1", false],
    ["notlocalhost", "127.0.0.1", false],
    ["", "127.0.0.1", false],
    ["a b", "127.0.0.1", false],
    [undefined, "127.0.0.1", false],
  ];
  for (const [host, listening, shown] of hosts) {
    const check = () => checkHost({ ...nobody, host }, listening);
    if (shown) assert.doesNotThrow(check, `${host} at ${listening}`);
    else assert.throws(check, { status: "PERMISSION_DENIED", http: 403 }, `${host}`);
  }
});

Deno.test("what the page asks for is for the page alone", () => {
  const host = "127.0.0.1:8080";
  const visitors: [origin: string | undefined, site: string | undefined, told: boolean][] = [
    [undefined, undefined, true],
    [undefined, "same-origin", true],
    [undefined, "none", true],
    ["http://127.0.0.1:8080", "same-origin", true],
    ["http://127.0.0.1:9090", "same-site", false],
    [undefined, "same-site", false],
    [undefined, "cross-site", false],
    ["http://evil.example", undefined, false],
    ["null", undefined, false],
    ["", undefined, false],
  ];
  for (const [origin, site, told] of visitors) {
    const check = () => checkOrigin({ host, origin, site });
    if (told) assert.doesNotThrow(check, `${origin} ${site}`);
    else assert.throws(check, { status: "PERMISSION_DENIED" }, `${origin} ${site}`);
  }
});
