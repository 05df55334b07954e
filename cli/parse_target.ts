import { GROUP, VERSION } from "../shared/api/kind.ts";
import { customKinds } from "../shared/api/kinds.ts";
import { suggestion } from "../shared/nearest.ts";
import { UsageError } from "./usage_error.ts";

/**
 * Reads what `kubectl` calls TYPE/NAME: `flow/greeter`, `flowsets/desk`, `gmd/main`, and with the
 * group, as `kubectl get --output name` writes it, `flow.genkit.dev/greeter`.
 *
 * @throws {UsageError} where it is none of genkitd's kinds, or has no name.
 */
export function parseTarget(target: string): { kind: string; name: string } {
  const [, type = "", name = ""] = /^([^/]+)\/([^/]+)$/.exec(target) ?? [];
  const [resource = "", ...rest] = type.toLowerCase().split(".");
  const group = rest.join(".");
  const ours = ["", GROUP, `${VERSION}.${GROUP}`].includes(group);
  const kinds = Object.values(customKinds);
  const found = kinds.find(({ singular, plural, shortNames }) =>
    ours && [singular, plural, ...shortNames].includes(resource)
  );
  if (found !== undefined) return { kind: found.kind, name };
  const names = kinds.map(({ singular }) => singular);
  const kindsOf = `where KIND is one of ${names.join(", ")}${suggestion(type, names)}`;
  throw new UsageError("TARGET", target, `KIND/NAME, such as flow/greeter, ${kindsOf}`);
}
