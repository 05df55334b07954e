import fengari from "fengari";

const { lauxlib, lua, lualib, to_luastring: toLua, to_jsstring: fromLua } = fengari;

/**
 * Runs a Lua script as Argo CD does: the global `obj` is an object, and the script returns a table.
 * Gives the table's texts `status` and `message`.
 *
 * @throws {Error} where the script fails.
 */
export function runHealthScript(
  script: string,
  obj: unknown,
): { status: string | undefined; message: string | undefined } {
  const state = lauxlib.luaL_newstate();
  // Argo CD opens few libraries; of these, a script of ours uses the basic one.
  lauxlib.luaL_requiref(state, toLua("_G"), lualib.luaopen_base, 1);
  lua.lua_pop(state, 1);
  push(state, obj);
  lua.lua_setglobal(state, toLua("obj"));
  if (lauxlib.luaL_loadstring(state, toLua(script)) || lua.lua_pcall(state, 0, 1, 0)) {
    throw new Error(`Cannot run the script: ${fromLua(lua.lua_tostring(state, -1))}`);
  }
  const field = (name: string) => {
    lua.lua_getfield(state, -1, toLua(name));
    const text = lua.lua_tostring(state, -1);
    lua.lua_pop(state, 1);
    return text === null ? undefined : fromLua(text) as string;
  };
  return { status: field("status"), message: field("message") };
}

/** Puts JSON on Lua's stack; lists count from 1. */
function push(state: unknown, value: unknown): void {
  if (typeof value === "string") lua.lua_pushstring(state, toLua(value));
  else if (typeof value === "number") lua.lua_pushnumber(state, value);
  else if (typeof value === "boolean") lua.lua_pushboolean(state, value);
  else if (value === null || typeof value !== "object") lua.lua_pushnil(state);
  else {
    lua.lua_newtable(state);
    const entries = Array.isArray(value)
      ? value.map((each, index): [number, unknown] => [index + 1, each])
      : Object.entries(value);
    for (const [key, each] of entries) {
      push(state, key);
      push(state, each);
      lua.lua_settable(state, -3);
    }
  }
}
