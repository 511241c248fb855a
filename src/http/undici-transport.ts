import { getCACertificates } from "node:tls";

import { buildConnector, Client, type Dispatcher, Pool, ProxyAgent } from "undici";

import { type Transport, TransportError } from "../s3/transport.ts";
import { UndiciExchange } from "./undici-exchange.ts";

/** What an undici transport needs to know. */
export interface UndiciOptions {
  /** Connections to one origin, at most; tries that ask for one of their own come on top. */
  readonly connections: number;
  /** How long a connection may take to come about, TLS included, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Certificates in PEM to trust besides those that Node trusts. */
  readonly ca?: string | undefined;
  /** The URL of a proxy that all requests go through. */
  readonly proxy?: string | undefined;
  /** How long connections are given requests, in milliseconds; 5 minutes unless told otherwise. */
  readonly connectionAgeMs?: number | undefined;
}

/**
 * Connections get no new requests after this time, in milliseconds: S3 answers DNS with other addresses every few seconds, and
 * long runs should spread over them. All of an origin go together, since undici's own `clientTtl` asks the clock for each
 * connection at each request, which is a seventh of what a small request costs.
 */
const defaultConnectionAgeMs = 5 * 60_000;

/** How long `close` waits for replies under way, in milliseconds, before it breaks them off. */
const closeGraceMs = 5000;

/**
 * Carries requests over undici's pools. It takes undici's `dispatch`, without the streams and promises of `request`: they are half
 * of what a small request costs.
 */
export function undiciTransport(options: UndiciOptions): Transport {
  const pools = new Map<string, { readonly pool: Dispatcher; readonly madeAt: number }>();
  /** Pools that only end what was begun on them, and when they have. */
  const retired = new Map<Dispatcher, Promise<void>>();
  const tls = {
    timeout: options.connectTimeoutMs,
    ...(options.ca === undefined ? {} : { ca: [...getCACertificates("default"), options.ca] }),
  };
  const connect = buildConnector({ ...tls, allowH2: false });
  const { connections, connectionAgeMs = defaultConnectionAgeMs } = options;
  let closed = false;

  function dispatcherTo(origin: string, connections: number): Dispatcher {
    const { proxy } = options;
    if (proxy === undefined) return new Pool(origin, { connect, connections, allowH2: false });
    return new ProxyAgent({
      uri: proxy,
      connections,
      allowH2: false,
      requestTls: tls,
      proxyTls: tls,
    });
  }

  function poolOf(origin: string): Dispatcher {
    const now = performance.now();
    const last = pools.get(origin);
    if (last !== undefined && now - last.madeAt < connectionAgeMs) return last.pool;
    if (last !== undefined) retire(last.pool);
    const pool = dispatcherTo(origin, connections);
    pools.set(origin, { pool, madeAt: now });
    return pool;
  }

  function retire(pool: Dispatcher): void {
    const ended = pool.close().finally(() => retired.delete(pool));
    retired.set(pool, ended);
  }

  return {
    send(request) {
      return new Promise((resolve, reject) => {
        if (closed) {
          reject(new TransportError("CLOSED", "the client is closed", "unsent"));
          return;
        }
        if (request.signal?.aborted) {
          reject(request.signal.reason as Error);
          return;
        }
        const exchange = new UndiciExchange(request, resolve, reject);
        // A proxy finds the address itself, whichever connection it is asked on.
        if (request.fresh && options.proxy === undefined) {
          const client = new Client(request.origin, { connect, allowH2: false });
          exchange.dispatch(client);
          void client.close();
        } else {
          exchange.dispatch(poolOf(request.origin));
        }
      });
    },

    async close() {
      closed = true;
      for (const { pool } of pools.values()) retire(pool);
      pools.clear();
      await Promise.all(Array.from(retired, ([pool, ended]) => endPool(pool, ended)));
    },
  };
}

/** Lets requests under way end; a reply that nobody reads never does. */
async function endPool(pool: Dispatcher, ended: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, closeGraceMs, "late");
  });
  const first = await Promise.race([ended, late]);
  clearTimeout(timer);
  if (first === "late") await pool.destroy();
}
