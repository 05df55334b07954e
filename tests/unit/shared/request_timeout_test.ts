import assert from "assert";
import { readTimeout, timeoutHeader } from "../../../shared/request_timeout.ts";

Deno.test("x-request-timeout is in seconds, or has a unit", () => {
  const read = ["30", "2.5", "30s", "1500ms", " 1 ", "0.001"].map((header) => readTimeout(header));
  assert.deepEqual(read, [30_000, 2_500, 30_000, 1_500, 1_000, 1]);
  assert.equal(readTimeout(undefined), undefined);
});

for (
  const header of ["", "0", "0ms", "-1", "1e3", "Infinity", "5m", "1,2", "soon", "1".repeat(10)]
) {
  Deno.test(`x-request-timeout is not ${JSON.stringify(header)}`, () => {
    assert.throws(() => readTimeout(header), {
      status: "INVALID_ARGUMENT",
      message: `The header x-request-timeout is ${JSON.stringify(header)}, should be seconds ` +
        "above 0, for example 30, 2.5 or 500ms",
    });
  });
}

Deno.test("x-request-timeout is told to others in seconds, at least a millisecond", () => {
  const told = [1500, 30_000, 0.2, -5].map((ms) => timeoutHeader(ms)["x-request-timeout"]);
  assert.deepEqual(told, ["1.5", "30", "0.001", "0.001"]);
});
