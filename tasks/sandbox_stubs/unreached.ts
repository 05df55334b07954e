/**
 * Stands in a sandbox's bundle for packages that Genkit imports and a sandbox never calls: its
 * developer server and its OpenTelemetry exporters. Left in, they would take 24 MB of each sandbox.
 */
function unreached(): never {
  throw new Error("This part of Genkit is left out of sandboxes: see tasks/sandbox_stubs");
}

export {
  unreached as BatchLogRecordProcessor,
  unreached as BatchSpanProcessor,
  unreached as default,
  unreached as makeRange,
  unreached as NodeSDK,
  unreached as SimpleLogRecordProcessor,
  unreached as SimpleSpanProcessor,
};
