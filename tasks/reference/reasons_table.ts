import { KIND_REASONS, type KindReasons } from "../../operator/kind_reasons.ts";
import { type Reason, REASONS } from "../../shared/reason.ts";
import { paddedTable } from "../table.ts";
import { toldConditions } from "./told_conditions.ts";

/** Writes the table of all reasons: what they mean, of which kinds they are, what tells them. */
export function reasonsTable(): string {
  const kinds: [string, KindReasons][] = Object.entries(KIND_REASONS);
  const rows = (Object.keys(REASONS) as Reason[]).map((reason) => {
    const having = kinds.filter(([, reasons]) => reasons[reason] !== undefined);
    const told = new Set(
      having.flatMap(([, reasons]) =>
        reasons[reason]!.map((telling) => toldConditions(reason, telling))
      ),
    );
    const names = having.length === kinds.length ? "all" : having.map(([kind]) => kind).join(", ");
    return [
      `[${reason}](#${reason.toLowerCase()})`,
      [...told].join("; or "),
      REASONS[reason],
      names,
    ];
  });
  return paddedTable(["reason", "told by", "means", "kinds"], rows);
}
