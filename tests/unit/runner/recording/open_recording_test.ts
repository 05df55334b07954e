import assert from "assert";
import { createLog } from "../../../../shared/log.ts";
import { openRecording } from "../../../../runner/recording/open_recording.ts";
import { exchangeLine, headerLine } from "../../../../runner/recording/recording_text.ts";
import { exchange, turn } from "./asked.ts";

const log = createLog({ write() {} });
const one = exchange(turn("Hi"), "Hello 🦊");
const two = exchange(turn("Bye"), "Bye");

async function inFolder(run: (file: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "genkitd-recording-" });
  try {
    await run(`${folder}/answers.jsonl`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("an exchange is in the file as soon as it is noted", () =>
  inFolder(async (file) => {
    using recording = await openRecording({ file, mode: "record" }, log);
    assert.equal(await Deno.readTextFile(file), headerLine());
    recording.of("f").note(one.asked, one.answer);
    assert.equal(await Deno.readTextFile(file), headerLine() + exchangeLine(one));
  }));

Deno.test("a recording goes on where it ended, without the line that was broken off", () =>
  inFolder(async (file) => {
    const broken = exchangeLine(two).slice(0, 40);
    await Deno.writeTextFile(file, headerLine() + exchangeLine(one) + broken);
    {
      using recording = await openRecording({ file, mode: "record" }, log);
      recording.of("f").note(one.asked, one.answer);
      recording.of("f").note(two.asked, two.answer);
    }
    const text = headerLine() + exchangeLine(one) + exchangeLine(two);
    assert.equal(await Deno.readTextFile(file), text);
    using replay = await openRecording({ file, mode: "replay" }, log);
    assert.deepEqual(replay.of("f").recall(one.asked), one.answer);
    replay.of("f").note(turn("new"), two.answer);
    assert.equal(await Deno.readTextFile(file), text);
  }));

Deno.test("a file that cannot be used is an error with its name, and is left alone", () =>
  inFolder(async (file) => {
    const open = (mode: "record" | "replay") => openRecording({ file, mode }, log);
    await assert.rejects(open("replay"), /^Error: Cannot replay ".*answers.jsonl": No such file/);
    await Deno.writeTextFile(file, "my notes\n");
    await assert.rejects(open("replay"), /^Error: Cannot replay ".*": line 1 is not JSON$/);
    await assert.rejects(open("record"), /^Error: Cannot record in ".*": line 1 is not JSON$/);
    assert.equal(await Deno.readTextFile(file), "my notes\n");
    await Deno.writeTextFile(file, "my notes without an end");
    await assert.rejects(open("record"), /^Error: Cannot record in ".*": it is no recording/);
    assert.equal(await Deno.readTextFile(file), "my notes without an end");
    await Deno.writeTextFile(file, "");
    await assert.rejects(open("replay"), /^Error: Cannot replay ".*": it is empty$/);
  }));
