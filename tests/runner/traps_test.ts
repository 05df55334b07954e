/** Each test is a trap of Genkit on Deno, named after the page that lists them. */
import assert from "assert";
import { loadFlow } from "../../runner/sandbox/flow.ts";
import { StreamWindow } from "../../runner/sandbox/stream_window.ts";
import { callMain, echoFlow, flowDefinition, runningCall, textOf } from "./flow_definition.ts";
import { geminiServer, KEY } from "./gemini_server.ts";

Deno.test("trap 1: partials and helpers are process-global", async (t) => {
  const main = "{{>greeting}} from {{name}}";
  const first = await echoFlow({ _greeting: "Hello", main });
  const second = await echoFlow({ _greeting: "Bonjour", main });
  await t.step("partials of the same name in two flows do not meet", async () => {
    assert.equal(await textOf(first, { name: "Ann" }), "Hello from Ann");
    assert.equal(await textOf(second, { name: "Ann" }), "Bonjour from Ann");
  });
  await t.step("a flow does not see the partials of another", async () => {
    await assert.rejects(echoFlow({ main }), /includes the partial "greeting"/);
  });
  await t.step("a template cannot change what another flow's helpers do", async () => {
    const inline = '{{#*inline "greeting"}}Own{{/inline}}{{>greeting}}';
    assert.equal(await textOf(await echoFlow({ _greeting: "Ciao", main: inline })), "Own");
    assert.equal(await textOf(first, { name: "Bob" }), "Hello from Bob");
  });
});

Deno.test("trap 4: input.default of the frontmatter is ignored", async () => {
  const flow = await echoFlow({
    main: "---\ninput:\n  schema:\n    name: string\n    from: string\n  default:\n    " +
      "from: Bob\n---\nHi {{name}} from {{from}}",
  });
  assert.equal(await textOf(flow, { name: "Ann" }), "Hi Ann from Bob");
  assert.equal(await textOf(flow, { name: "Ann", from: "Eve" }), "Hi Ann from Eve");
});

Deno.test("trap 5: the input is not validated", async () => {
  const flow = await echoFlow({
    main: "---\ninput:\n  schema:\n    name: string\n    age?: integer\n---\nHi {{name}}",
  });
  await assert.rejects(textOf(flow, { name: 1 }), {
    status: "INVALID_ARGUMENT",
    message: 'The input is not valid: at "name": it must be string',
  });
  await assert.rejects(textOf(flow, {}), {
    message: 'The input is not valid: it must have "name"',
  });
  await assert.rejects(textOf(flow, { name: "Ann", ages: 1 }), {
    message: 'The input is not valid: it must not have "ages" (did you mean "age"?); ' +
      'it may have "name", "age"',
  });
});

Deno.test("trap 6: config on the default model is dropped", async () => {
  await using gemini = await geminiServer(() => [{ text: "ok" }]);
  const definition = flowDefinition({
    main: "---\nconfig:\n  temperature: 0.9\n---\nHi",
    other: "---\nmodel: googleai/gemini-2.5-pro\n---\nHi",
  }, {
    config: {
      plugin: { type: "googleai", extraConfig: { baseURL: gemini.url } },
      defaultModel: {
        provider: "googleai",
        model: "gemini-2.0-flash",
        config: { temperature: 0.1, topP: 0.5 },
      },
    },
  });
  const flow = await loadFlow({ definition, credentials: { GEMINI_API_KEY: KEY } });
  await callMain(flow);
  await flow.call("other", { input: {} }, runningCall());
  const [main, other] = gemini.requests;
  assert.equal(main!.body.generationConfig.temperature, 0.9, "the prompt's own config wins");
  assert.equal(main!.body.generationConfig.topP, 0.5, "the Model's config is used");
  assert.match(other!.path, /gemini-2\.5-pro:/, "the frontmatter's model wins");
  assert.equal(other!.body.generationConfig.topP, undefined, "another model gets no such config");
});

Deno.test("trap 7: a prompt's config sends the key elsewhere", async () => {
  await using gemini = await geminiServer(() => [{ text: "ok" }]);
  await using thief = await geminiServer(() => [{ text: "thanks" }]);
  const stolen = { apiKey: "x", baseUrl: thief.url, customHeaders: { "x-a": "b" }, temperature: 0 };
  const definition = flowDefinition({ main: `---\nconfig: ${JSON.stringify(stolen)}\n---\nHi` }, {
    config: {
      plugin: { type: "googleai", extraConfig: { baseUrl: gemini.url } },
      defaultModel: {
        provider: "googleai",
        model: "gemini-2.0-flash",
        config: { baseUrl: thief.url },
      },
    },
  });
  const flow = await loadFlow({ definition, credentials: { GEMINI_API_KEY: KEY } });
  assert.equal(await textOf(flow), "ok");
  assert.equal(thief.requests.length, 0);
  assert.deepEqual(gemini.requests.map(({ key }) => key), [KEY]);
  assert.equal(gemini.requests[0]!.body.generationConfig.temperature, 0);
  const settings = ["apiKey", "baseUrl", "customHeaders"];
  assert.deepEqual(
    flow.warnings.filter((warning) => warning.startsWith("prompts/main.prompt")),
    settings.map((setting) =>
      `prompts/main.prompt: the frontmatter's "config.${setting}" has no effect: ` +
      "only the operator sets it, in a PluginConfig"
    ),
  );
});

Deno.test("trap 8: bad YAML in the frontmatter becomes the template", async (t) => {
  const refused: Record<string, [source: string, reason: RegExp]> = {
    "bad YAML": ["---\nmodel: [\n---\nHi", /^prompts\/main\.prompt: line \d: .*YAML/],
    "a frontmatter without an end": ["---\nmodel: a/b\nHi", /not closed/],
    "a list": ["---\n- a\n---\nHi", /must be a mapping/],
  };
  for (const [name, [source, reason]] of Object.entries(refused)) {
    await t.step(`${name} is refused`, async () => {
      await assert.rejects(echoFlow({ main: source }), (error: Error) => {
        assert.match(error.message, reason);
        assert.doesNotMatch(error.message, /Hi/);
        return true;
      });
    });
  }
  await t.step("an empty frontmatter is none", async () => {
    assert.equal(await textOf(await echoFlow({ main: "---\n---\nHi" })), "Hi");
  });
  await t.step("a template that begins like a frontmatter is not one", async () => {
    const flow = await echoFlow({ main: "---\nmodel: echo/echo\n---\n---\na: b\n---\nHi" });
    assert.equal(await textOf(flow), "---\na: b\n---\nHi");
  });
});

Deno.test("trap 9: abort is weak on googleAI", async (t) => {
  const tool = {
    definition: { name: "look", description: "Looks", inputSchema: { type: "object" } },
  };
  const setUp = async (url: string, toolUrl = url) => {
    const definition = flowDefinition({ main: "Hi" }, {
      config: {
        plugin: { type: "googleai", extraConfig: { baseURL: url } },
        defaultModel: { provider: "googleai", model: "gemini-2.0-flash" },
      },
      tools: [{ ...tool, implementation: { http: { url: toolUrl, method: "POST" } } }],
    });
    return await loadFlow({ definition, credentials: { GEMINI_API_KEY: KEY } });
  };
  const cancelled = { status: "CANCELLED", message: "The call was cancelled" };

  await t.step("a call that is cancelled already asks nobody", async () => {
    await using gemini = await geminiServer(() => [{ text: "ok" }]);
    const flow = await setUp(gemini.url);
    const call = flow.call("main", { input: {} }, runningCall(AbortSignal.abort()));
    await assert.rejects(call, cancelled);
    assert.equal(gemini.requests.length, 0);
  });

  for (const stream of [false, true]) {
    const how = stream ? "streamed" : "whole";
    await t.step(`cancelling a ${how} answer ends the request to the provider`, async () => {
      const stalled = Promise.withResolvers<void>();
      await using gemini = await geminiServer(async ({ signal }) => {
        signal.addEventListener("abort", () => stalled.resolve(), { once: true });
        await stalled.promise;
        return [];
      });
      const flow = await setUp(gemini.url);
      const controller = new AbortController();
      const requested = gemini.nextRequest();
      const window = stream ? new StreamWindow(() => {}) : undefined;
      const call = flow.call("main", { input: {} }, {
        ...runningCall(controller.signal),
        ...window && { window },
      });
      await requested;
      controller.abort();
      await assert.rejects(call, cancelled);
      await stalled.promise;
    });
  }

  await t.step(
    "cancelling during a tool ends the tool, and the model is not asked again",
    async () => {
      const reached = Promise.withResolvers<void>();
      const gone = Promise.withResolvers<void>();
      const slowTool = Deno.serve(
        { hostname: "127.0.0.1", port: 0, onListen() {} },
        async (request) => {
          request.signal.addEventListener("abort", () => gone.resolve(), { once: true });
          reached.resolve();
          await gone.promise;
          return new Response("late");
        },
      );
      await using gemini = await geminiServer(() => [{ functionCall: { name: "look", args: {} } }]);
      const flow = await setUp(gemini.url, `http://127.0.0.1:${slowTool.addr.port}/`);
      const controller = new AbortController();
      const call = flow.call("main", { input: {} }, runningCall(controller.signal));
      await reached.promise;
      controller.abort();
      await assert.rejects(call, cancelled);
      await gone.promise;
      await slowTool.shutdown();
      assert.equal(gemini.requests.length, 1);
    },
  );
});

Deno.test("trap 10: without promptDir: null Genkit reads ./prompts", async () => {
  const dir = await Deno.makeTempDir();
  const before = Deno.cwd();
  try {
    await Deno.mkdir(`${dir}/prompts`);
    await Deno.writeTextFile(`${dir}/prompts/_greeting.prompt`, "from disk");
    Deno.chdir(dir);
    await assert.rejects(echoFlow({ main: "{{>greeting}}" }), /includes the partial "greeting"/);
    const flow = await echoFlow({ main: "Hi" });
    assert.deepEqual(flow.prompts.map(({ name }) => name), ["main"]);
  } finally {
    Deno.chdir(before);
    await Deno.remove(dir, { recursive: true });
  }
});
