import assert from "assert";
import { sameQuantity } from "../../../../operator/engine/quantity.ts";

const same = [
  ["0.1", "100m"],
  ["1", "1000m"],
  ["1024Mi", "1Gi"],
  ["1e3", "1k"],
  [1, "1"],
  [
    "0.5Gi",
    "512Mi",
  ],
  ["-1", "-1000m"],
  ["1.", "1"],
  [".5", "500m"],
  ["1E", "1000P"],
];
const different = [["1", "2"], ["1M", "1Mi"], ["", "0"], ["a", "a b"], [undefined, "0"], [
  "1",
  "-1",
]];

for (const [a, b] of same) {
  Deno.test(`quantity: ${a} is ${b}`, () => assert.equal(sameQuantity(a, b), true));
}
for (const [a, b] of different) {
  Deno.test(`quantity: ${a} is not ${b}`, () => assert.equal(sameQuantity(a, b), false));
}
