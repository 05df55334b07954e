import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A server of Gemini's API that answers after a while, and some prompts never. */
export interface HoldingModel extends AsyncDisposable {
  url: string;
  /** When the client of a prompt that is never answered went away, by the name in the prompt. */
  readonly aborted: ReadonlyMap<string, number>;
  /** Resolves when it holds the prompt with this name, such as `gone-7`, from now on. */
  holds(name: string): Promise<void>;
  /** Resolves when no prompt that is never answered is held any more. */
  released(): Promise<void>;
}

const ANSWER = JSON.stringify({
  candidates: [{
    content: { role: "model", parts: [{ text: "Hello Ann, good to see you." }] },
    finishReason: "STOP",
  }],
  usageMetadata: { promptTokenCount: 8, candidatesTokenCount: 8, totalTokenCount: 16 },
});

/** Starts the server. Prompts with a name like `gone-7` get no answer, others one after `delay` ms. */
export async function holdingModel(delay: number): Promise<HoldingModel> {
  const aborted = new Map<string, number>();
  const held = new Set<string>();
  const awaited = new Map<string, PromiseWithResolvers<void>>();
  let empty = Promise.withResolvers<void>();
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => undefined);
    if (body === undefined) return;
    const [name] = /gone-\d+/.exec(body) ?? [];
    if (name === undefined) {
      setTimeout(() => {
        response.writeHead(200, {
          "content-type": "application/json",
          "content-length": ANSWER.length,
        });
        response.end(ANSWER);
      }, delay);
      return;
    }
    held.add(name);
    awaited.get(name)?.resolve();
    const gone = () => {
      if (!held.delete(name)) return;
      aborted.set(name, performance.now());
      if (held.size > 0) return;
      empty.resolve();
      empty = Promise.withResolvers();
    };
    response.on("close", gone);
    if (response.destroyed || request.socket.destroyed) gone();
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    aborted,
    holds(name) {
      const wait = Promise.withResolvers<void>();
      awaited.set(name, wait);
      return wait.promise;
    },
    released: () => held.size === 0 ? Promise.resolve() : empty.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
