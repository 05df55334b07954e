/** Responses that are being read, by their bodies. */
const responses = new WeakMap<ReadableStream, Response>();

/** Deno's own: a sandbox puts one that is made of {@linkcode heldFetch} in its place. */
const { fetch } = globalThis;

/**
 * `fetch` whose signal holds for as long as the body is read.
 *
 * In Deno 2.9.6 nothing but the Response holds what listens to the signal. Whoever reads
 * `response.body` on and on lets go of the Response itself, the garbage collector takes it, and from
 * then on no abort ends the reading: a watch or a stream of tokens would stay open.
 */
export const heldFetch: typeof globalThis.fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (response.body !== null) responses.set(response.body, response);
  return response;
};
