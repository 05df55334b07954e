import { z } from "zod";
import { apiVersionOf, type CustomKind, GROUP, type PrinterColumn, VERSION } from "./kind.ts";
import { objectMeta } from "./object_meta.ts";
import { type Rule, withRules } from "./rule.ts";

/** What tells one of genkitd's own kinds from another. */
export interface KindParts<K extends string, Spec extends z.ZodType, Status extends z.ZodType> {
  kind: K;
  shortName: string;
  description: string;
  spec: Spec;
  status: Status;
  printerColumns: PrinterColumn[];
  /** Whether `kubectl scale` and autoscalers can set `spec.replicas`. */
  scale?: boolean;
  /**
   * Rules about the object's own name, asked of new objects; every other rule stands with the fields
   * that it reads.
   */
  nameRules?: Rule<{ metadata: { name: string } }>[];
}

/** Builds one of genkitd's own kinds: namespaced, of the one group and version. */
export function customKind<K extends string, Spec extends z.ZodType, Status extends z.ZodType>(
  parts: KindParts<K, Spec, Status>,
) {
  const { kind, shortName, description, spec, status, nameRules = [] } = parts;
  const { printerColumns, scale = false } = parts;
  const object = z.object({
    apiVersion: z.literal(apiVersionOf({ group: GROUP, version: VERSION })),
    kind: z.literal(kind),
    metadata: objectMeta,
    spec,
    status: status.optional(),
  }).describe(description);
  const singular = kind.toLowerCase();
  return {
    group: GROUP,
    version: VERSION,
    kind,
    singular,
    plural: `${singular}s`,
    shortNames: [shortName],
    namespaced: true,
    schema: nameRules.length === 0 ? object : withNameRules(object, nameRules),
    printerColumns,
    scale,
  } satisfies CustomKind;
}

/**
 * A name never changes, so that the API server checks it once: else it would refuse every change of an
 * object that is older than the rule, its status too, where the operator says what is wrong with it.
 * A rule that stands with a field needs no such word: one that has not changed is not checked again.
 */
function withNameRules<S extends z.ZodType<{ metadata: { name: string } }>>(
  object: S,
  rules: Rule<{ metadata: { name: string } }>[],
): S {
  return withRules(object, rules, { once: true });
}
