import assert from "assert";
import { elector, LeaseServer, pass, settle } from "./lease_server.ts";

/** How long a write may take that begins at the last moment: the transport's limit. */
const WRITE_TIMEOUT = 4_000;

Deno.test("lease: no write begins while one of another may be under way, whatever is lost or halted (2,000 random runs)", async () => {
  let seed = 1;
  const random = () => (seed = seed * 48271 % 0x7fffffff) / 0x7fffffff;
  let leaders = 0;
  let changes = 0;
  for (let run = 0; run < 2_000; run++) {
    const server = new LeaseServer();
    const all = ["e0", "e1", "e2"].map((identity) => elector(server, identity));
    const bad = new Map<string, number>();
    let now = 0;
    let last: { writer: typeof all[number]; at: number } | undefined;
    server.lost = (identity) =>
      random() < (bad.get(identity) ?? 0) ? (random() < 0.5 ? "request" : "answer") : "no";
    for (let step = 0; step < 60; step++) {
      const one = Math.floor(random() * 3);
      if (random() < 0.1) bad.set(`e${one}`, random());
      if (random() < 0.1) all[one]!.clock.halted = !all[one]!.clock.halted;
      if (random() < 0.01) all[one]!.stop.abort();
      const ms = Math.floor(random() * 2_000);
      now += ms;
      for (const { clock } of all) clock.advance(ms);
      await settle();
      const writers = all.filter(({ election }) => election.mayWrite());
      assert.ok(writers.length <= 1, `run ${run}, step ${step}: ${writers.length} may write`);
      const [writer] = writers;
      if (writer === undefined) continue;
      leaders++;
      if (last !== undefined && last.writer !== writer) {
        changes++;
        // Who ends cleanly has waited for its writes.
        const over = last.writer.stop.signal.aborted || now - last.at >= WRITE_TIMEOUT;
        assert.ok(over, `run ${run}, step ${step}: a write of ${now - last.at} ms ago goes on`);
      }
      last = { writer, at: now };
    }
    for (const { stop, clock } of all) {
      stop.abort();
      clock.halted = false;
    }
    server.lost = () => "no";
    await pass(12_000, ...all.map(({ clock }) => clock));
    await Promise.all(all.map(({ ended }) => ended));
  }
  assert.ok(changes > 100, `the lease changed hands: ${changes}`);
  assert.ok(leaders > 50_000, `somebody led most of the time: ${leaders}`);
});
