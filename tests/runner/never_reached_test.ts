import assert from "assert";
import { confinedCommand } from "../../runner/host/confined_command.ts";
import { isNeverReached } from "../../runner/host/never_reached.ts";

Deno.test("a metadata server's address is known however a URL writes it", () => {
  const written = [
    "http://169.254.169.254/latest",
    "http://169.254.169.254:8080",
    "http://0xA9FEA9FE/",
    "http://2852039166/",
    "http://169.254.170.2/",
    "http://100.100.100.200/",
    "http://[fd00:ec2::254]/",
    "http://[fd00:0ec2:0:0:0:0:0:254]:80/",
    "http://[::ffff:169.254.169.254]/",
  ];
  for (const url of written) assert.equal(isNeverReached(new URL(url).host), true, url);
  const others = ["api.example.com:443", "127.0.0.1:80", "10.0.0.1", "[::1]:80", "100.100.100.201"];
  for (const host of others) assert.equal(isNeverReached(host), false, host);
});

Deno.test("a compiled genkitd names a sandbox its hosts, and never those", () => {
  assert.deepEqual(
    confinedCommand({
      hosts: ["api.example.com:443", "169.254.169.254:80", "127.0.0.1:8080"],
      heapMegabytes: 256,
    }),
    {
      args: ["sandbox", "api.example.com:443", "127.0.0.1:8080"],
      env: { DENO_V8_FLAGS: "--max-old-space-size=256,--max-semi-space-size=2" },
    },
  );
});
