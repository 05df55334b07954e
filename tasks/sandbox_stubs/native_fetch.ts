/** Stands for `node-fetch` in a sandbox's bundle, so that the sandbox's limits hold for it too. */
export default (...args: Parameters<typeof fetch>): Promise<Response> => globalThis.fetch(...args);
