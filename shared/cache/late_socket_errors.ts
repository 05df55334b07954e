import { NodeTransport } from "@nats-io/transport-node/lib/node_transport.js";

let done = false;

/**
 * Keeps a socket's late error from ending the process. The NATS client 3.4 takes its listeners away
 * and destroys the socket, where Node emits no error any more; Deno 2.9 does, when the server has
 * reset the connection, as it does to who may not come in.
 */
export function passOverLateSocketErrors(): void {
  if (done) return;
  done = true;
  const setUp = NodeTransport.prototype.setupHandlers;
  NodeTransport.prototype.setupHandlers = function () {
    setUp.call(this);
    const { socket } = this;
    const remove = socket.removeAllListeners.bind(socket);
    socket.removeAllListeners = (event?: string | symbol) => remove(event).on("error", () => {});
  };
}
