import { createServer, type Server } from "node:net";

/** How far above its HTTP port SeaweedFS opens a second one, for gRPC. */
const grpcOffset = 10_000;

/**
 * Where ports are looked for. Linux takes the ports of outgoing connections from 32768 up, so one that is free
 * now is not taken from us by a request that some process sends before the server has it.
 */
const lowest = 12_000;
const highest = 32_767 - grpcOffset;

/** A busy machine has some hundred listeners among these ten thousand ports; so many misses are no accident. */
const maxAttempts = 100;

/**
 * Finds ports on 127.0.0.1 that nobody listens on, each with the port 10,000 above it free as well.
 * Throws an Error when there seem to be none.
 */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = [];
  const ports: number[] = [];
  try {
    for (let attempt = 0; ports.length < count; attempt++) {
      if (attempt >= count + maxAttempts) throw new Error("there are no free ports on 127.0.0.1");
      const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
      const both = await Promise.allSettled([listen(port), listen(port + grpcOffset)]);
      const open = both.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      // All stay open until the last is found, so that no port is found twice.
      held.push(...open);
      if (open.length === both.length) ports.push(port);
    }
    return ports;
  } finally {
    await Promise.all(held.map(close));
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
