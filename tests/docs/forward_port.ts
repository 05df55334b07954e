/**
 * What stands for `kubectl port-forward`: the kubelet of the tests has no streaming API, which the
 * real one asks for. It takes the same arguments (`[-n NAMESPACE] service/NAME [LOCAL:]PORT`, or
 * pod/NAME), waits for a pod as that does, says the same words, and connects to its own address.
 */
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: { namespace: { type: "string", short: "n", default: "default" } },
});
const [target = "", ports = ""] = positionals;
const [kind = "", name = ""] = target.split("/");
const [local = "", remote = local] = ports.split(":");

/** Where a port of a pod or of a Service leads to. */
async function destination(): Promise<{ hostname: string; port: number }> {
  if (["pod", "pods", "po"].includes(kind)) {
    const { status } = await get<{ status: { podIP: string } }>("pod", name);
    return { hostname: status.podIP, port: Number(remote) };
  }
  if (!["service", "svc"].includes(kind)) throw new Error(`Nothing is known of a "${kind}" here`);
  const { spec } = await get<{ spec: { ports: { name?: string; port: number }[] } }>("svc", name);
  const port = spec.ports.find(({ port }) => port === Number(remote));
  if (!port) throw new Error(`Service ${name} does not have a service port ${remote}`);
  // A slice follows its pods, whatever is said of them elsewhere; kubectl waits for a minute too.
  for (const end = performance.now() + 60_000; performance.now() < end;) {
    const slices = await get<{
      items: {
        endpoints: { addresses: string[]; conditions: { ready: boolean } }[] | null;
        ports: { name?: string; port: number }[] | null;
      }[];
    }>("endpointslices", "-l", `kubernetes.io/service-name=${name}`);
    for (const { endpoints, ports } of slices.items) {
      const ready = endpoints?.find(({ conditions }) => conditions.ready);
      const target = ports?.find((one) => (one.name ?? "") === (port.name ?? ""));
      if (ready && target) return { hostname: ready.addresses[0]!, port: target.port };
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Service ${name} has no pod that is ready`);
}

async function get<T>(...what: string[]): Promise<T> {
  const { success, stdout, stderr } = await new Deno.Command("kubectl", {
    args: ["get", ...what, "-n", values.namespace, "-o", "json"],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const to = await destination();
const listener = Deno.listen({ hostname: "127.0.0.1", port: Number(local) });
console.log(`Forwarding from 127.0.0.1:${local} -> ${to.port}`);
for await (const from of listener) {
  const connection = await Deno.connect(to).catch(() => undefined);
  if (connection === undefined) {
    // As kubectl's, it goes on where a pod refuses a connection.
    from.close();
    continue;
  }
  const lost = () => {};
  from.readable.pipeTo(connection.writable).catch(lost);
  connection.readable.pipeTo(from.writable).catch(lost);
}
