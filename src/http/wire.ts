import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";

import { type Transport, TransportError } from "../s3/transport.ts";
import type { Lookup } from "./addresses.ts";
import { Exchange } from "./exchange.ts";
import { Memory } from "./memory.ts";
import { placeOf } from "./open-socket.ts";
import { Pool } from "./pool.ts";

/** What the wire needs to know. */
export interface WireOptions {
  /** Connections to one origin, at most; tries that ask for one of their own come on top. */
  readonly connections: number;
  /** How long a connection may take to come about, TLS included, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Certificates in PEM to trust besides those that Node trusts. */
  readonly ca?: string | undefined;
  /** How long connections are given requests, in milliseconds, less up to a quarter by chance; 5 minutes unless told otherwise. */
  readonly connectionAgeMs?: number | undefined;
  /** Asks for the addresses of a host; the system's, unless told otherwise. */
  readonly lookup?: Lookup | undefined;
}

/**
 * Connections get no new requests after this time, in milliseconds: S3 answers DNS with other addresses every few seconds, and
 * long runs should spread over them.
 */
const defaultConnectionAgeMs = 5 * 60_000;

/**
 * Carries requests over HTTP/1.1 on sockets of its own: a client made for many small requests to few hosts, and for long bodies
 * that go from one socket to another. One request is under way on a connection at a time, and connections are kept.
 *
 * A request that finds its connection closed by the server, before anything of a reply came, is sent once more on a new one, if
 * it can do no harm and its body is at hand. All other failures are the caller's to judge.
 */
export function wireTransport(options: WireOptions): Transport {
  const { connections, connectTimeoutMs, ca, lookup } = options;
  const { connectionAgeMs = defaultConnectionAgeMs } = options;
  const pools = new Map<string, Pool>();
  const memory = new Memory();
  let secureContext: SecureContext | undefined;
  let closed = false;

  function poolOf(origin: string): Pool {
    let pool = pools.get(origin);
    if (pool === undefined) {
      const place = placeOf(origin);
      // Made once: to read the certificates for each connection would take longer than its handshake.
      if (place.isSecure) secureContext ??= contextThatTrusts(ca);
      pool = new Pool({
        place,
        connections,
        connectTimeoutMs,
        connectionAgeMs,
        secureContext,
        lookup,
      });
      pools.set(origin, pool);
    }
    return pool;
  }

  return {
    send(request) {
      return new Promise((resolve, reject) => {
        if (closed) {
          reject(new TransportError("CLOSED", "the client is closed", "unsent"));
        } else if (request.signal?.aborted) {
          reject(request.signal.reason as Error);
        } else {
          poolOf(request.origin).send(new Exchange(request, memory, resolve, reject));
        }
      });
    },

    async close() {
      closed = true;
      await Promise.all(Array.from(pools.values(), (pool) => pool.close()));
    },
  };
}

/** Trusts what Node trusts, and the certificates given besides. */
function contextThatTrusts(ca: string | undefined): SecureContext {
  return createSecureContext(ca === undefined ? {} : { ca: [...getCACertificates("default"), ca] });
}
