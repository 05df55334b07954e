import type { Eval } from "../../shared/api/eval.ts";
import type { Failure, TrackingReader } from "../engine/controller.ts";

/**
 * Gives what keeps an Eval from being run, beside its Flow and Dataset: its sink and its metrics.
 */
export async function evalFailures(
  { metadata: { name, namespace = "" }, spec: { outputSink: { configMap, s3 }, metrics } }: Eval,
  read: TrackingReader,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const fault = (
    failure: Failure["failure"],
    reason: Failure["reason"],
    what: string,
  ) => void failures.push({ failure, reason, message: `Eval "${name}": ${what}` });
  const given = [configMap, s3].filter((sink) => sink !== undefined).length;
  if (given !== 1) {
    const what = `spec.outputSink: ${given} of configMap and s3 are set, should be exactly one`;
    fault("invalid", "InvalidSpec", what);
  }
  for (const [index, metric] of metrics.entries()) {
    // They are handed over in one variable, with commas between them.
    if (/^[^\s,]+$/.test(metric)) continue;
    const is = JSON.stringify(metric);
    const what = `spec.metrics[${index}]: is ${is}, should be a name without blanks and commas`;
    fault("invalid", "InvalidSpec", what);
  }
  const secret = s3?.credentialsRef.name;
  if (secret && await read.secret(namespace, secret) === undefined) {
    const what = `spec.outputSink.s3.credentialsRef.name: Secret "${secret}" is not found in ` +
      `namespace "${namespace}"`;
    fault("blocked", "MissingDependency", what);
  }
  return failures;
}
