import { NodeTransport } from "@nats-io/transport-node/lib/node_transport.js";

/** The host that each connection goes to. */
const hosts = new WeakMap<NodeTransport, string>();
let done = false;

/**
 * Lets a NATS server that is named by its IP address be verified by the address in its certificate.
 * The client 3.4 gives TLS no name for an address (no SNI has one, RFC 6066, section 3), and puts TLS
 * upon a socket that is open already, of which Node then knows the host; Deno 2.9 takes
 * "localhost" in its place.
 */
export function verifyAddresses(): void {
  if (done) return;
  done = true;
  const { connect, startTLS } = NodeTransport.prototype;
  NodeTransport.prototype.connect = function (server, options) {
    hosts.set(this, server.hostname);
    return connect.call(this, server, options);
  };
  NodeTransport.prototype.startTLS = function () {
    const host = hosts.get(this);
    if (this.tlsName === "" && host !== undefined) {
      const tls = { ...this.options.tls, host };
      this.options = { ...this.options, tls };
    }
    return startTLS.call(this);
  };
}
