/**
 * Has an empty variable of genkitd's count as not set, as everywhere else: a pod's `value: ""` is one.
 */
export function unsetEmptyVariables(): void {
  for (const [name, value] of Object.entries(Deno.env.toObject())) {
    if (value === "" && name.startsWith("GENKITD_")) Deno.env.delete(name);
  }
}
