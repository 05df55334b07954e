import { event, geminiServer } from "../runner/gemini_server.ts";

/** A server of Gemini's API that says prompts back, in two pieces. */
export interface PausingModel extends AsyncDisposable {
  url: string;
  /** From now on answers stop after their beginning; as they do at first. */
  pause(): void;
  /** Lets all answers that have stopped go on, and others not stop. */
  goOn(): void;
}

/** Starts the server. All of its answers are streams that begin with `beginning`, as prompts do. */
export async function pausingModel(beginning: string): Promise<PausingModel> {
  let pause = Promise.withResolvers<void>();
  const server = await geminiServer(({ body }) => {
    const rest: string = body.contents[0].parts[0].text.slice(beginning.length);
    const over = pause.promise;
    const events = async function* () {
      yield event([{ text: beginning }]);
      await over;
      yield event([{ text: rest }], true);
    };
    return new Response(ReadableStream.from(events()).pipeThrough(new TextEncoderStream()), {
      headers: { "content-type": "text/event-stream" },
    });
  });
  return {
    url: server.url,
    pause() {
      pause = Promise.withResolvers();
    },
    goOn: () => pause.resolve(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
