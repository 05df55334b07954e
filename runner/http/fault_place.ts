/**
 * Says what an error of the server is and where it arose, as `TypeError at flow_route.ts:93`. Its
 * message may quote a prompt or a key, and its stack is nobody's but a debugger's.
 */
export function faultPlace(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { name, message, stack = "" } = error;
  const frames = stack.slice(stack.indexOf(message) + message.length);
  const [, file, line] = /\n\s+at [^\n]*?([\w.-]+):(\d+):\d+/.exec(frames) ?? [];
  return file === undefined ? name : `${name} at ${file}:${line}`;
}
