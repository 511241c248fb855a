import type { SecureContext } from "node:tls";

import { Addresses, type Lookup, maxTried } from "./addresses.ts";
import { CoarseClock } from "./coarse-clock.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import type { Exchange, Holder } from "./exchange.ts";
import { openSocket, type Place, type TlsSessions } from "./open-socket.ts";

/** What a pool needs to know. */
export interface PoolOptions {
  readonly place: Place;
  /** Connections at a time, at most; those for tries that ask for one of their own come on top. */
  readonly connections: number;
  /** How long a connection may take to come about, TLS included, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** How long a connection is given requests, in milliseconds. */
  readonly connectionAgeMs: number;
  /** What to trust, besides or instead of what Node trusts. */
  readonly secureContext: SecureContext | undefined;
  /** Asks for the addresses of a host; the system's, unless told otherwise. */
  readonly lookup: Lookup | undefined;
}

/** How long `close` waits for replies under way, in milliseconds, before it breaks them off. */
const closeGraceMs = 5000;

/** The connections to one origin, and the exchanges that wait for one. */
export class Pool implements ConnectionOwner, Holder {
  readonly clock = new CoarseClock(() => this.#onTick());
  readonly connectTimeoutMs: number;

  readonly #options: PoolOptions;
  readonly #addresses: Addresses;
  readonly #sessions: TlsSessions = { last: undefined };
  readonly #all = new Set<Connection>();
  /** The last one used comes first, so that those not needed grow idle and are closed. */
  readonly #idle: Connection[] = [];
  /** Connections that count against the limit. */
  #pooled = 0;
  readonly #waiting: Exchange[] = [];
  #isClosing = false;
  #onEmpty: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.connectTimeoutMs = options.connectTimeoutMs;
    this.#addresses = new Addresses({ lookup: options.lookup });
  }

  /** Sends the exchange as soon as there is a connection for it. */
  send(exchange: Exchange): void {
    if (exchange.request.fresh === true) {
      this.#open(exchange, false);
      return;
    }
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (!this.#isOfAge(idle)) {
        idle.send(exchange);
        return;
      }
      idle.close();
    }
    if (this.#pooled >= this.#options.connections) this.#letOldGo();
    if (this.#pooled < this.#options.connections) {
      this.#open(exchange, true);
    } else {
      exchange.holder = this;
      this.#waiting.push(exchange);
    }
  }

  /** Closes idle connections at once, and the others when their replies have ended, or after five seconds. */
  close(): Promise<void> {
    this.#isClosing = true;
    for (const idle of this.#idle.splice(0)) idle.close();
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        for (const exchange of this.#waiting.splice(0)) {
          exchange.fail("CLOSED", "the client is closed");
        }
        for (const connection of this.#all) connection.close();
      }, closeGraceMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  // What an exchange asks that waits here.

  giveUp(exchange: Exchange): void {
    const at = this.#waiting.indexOf(exchange);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  pause(): void {}

  resume(): void {}

  // What a connection tells.

  released(connection: Connection): void {
    if (!connection.isPooled && this.#pooled < this.#options.connections) {
      connection.isPooled = true;
      this.#pooled++;
    }
    if (!connection.isPooled || this.#isOfAge(connection)) {
      connection.close();
      return;
    }
    const next = this.#waiting.shift();
    if (next !== undefined) connection.send(next);
    else if (this.#isClosing) connection.close();
    else this.#idle.push(connection);
  }

  closed(connection: Connection): void {
    this.#all.delete(connection);
    const at = this.#idle.lastIndexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    if (connection.isPooled) this.#pooled--;
    if (connection.isOpen) this.#addresses.closed(connection.address!);
    const next = this.#pooled < this.#options.connections ? this.#waiting.shift() : undefined;
    if (next !== undefined) {
      this.#open(next, true);
    } else if (this.#all.size === 0) {
      this.clock.stop();
      this.#onEmpty?.();
    }
  }

  opened(connection: Connection): void {
    this.#addresses.opened(connection.address!);
  }

  failed(address: string): void {
    this.#addresses.failed(address);
  }

  resend(exchange: Exchange): void {
    exchange.isResent = true;
    exchange.stage = "unsent";
    this.#open(exchange, this.#pooled < this.#options.connections);
  }

  #open(exchange: Exchange, isPooled: boolean): void {
    const { place, connectionAgeMs, connectTimeoutMs, secureContext } = this.#options;
    this.clock.start();
    // Not all at once: connections that came about together would all have to be made anew together.
    const ageMs = connectionAgeMs * (0.75 + Math.random() / 4);
    const connection = new Connection(this, exchange, {
      isPooled,
      retiresAt: this.clock.now + ageMs,
    });
    this.#all.add(connection);
    if (isPooled) this.#pooled++;
    connection.open((onread, onOpen) =>
      openSocket(
        place,
        {
          lookup: this.#addresses.lookup(exchange.request.fresh === true),
          attemptTimeoutMs: Math.max(250, connectTimeoutMs / maxTried),
          secureContext,
          sessions: this.#sessions,
        },
        onread,
        onOpen,
      ),
    );
  }

  #isOfAge({ retiresAt }: Connection): boolean {
    return this.clock.now >= retiresAt;
  }

  /** Lets connections that are of age end what they do on top of the limit, so that new ones can take their places. */
  #letOldGo(): void {
    for (const connection of this.#all) {
      if (connection.isPooled && this.#isOfAge(connection)) {
        connection.isPooled = false;
        this.#pooled--;
      }
    }
  }

  #onTick(): void {
    for (const connection of this.#all) {
      if (connection.isIdle && this.#isOfAge(connection)) connection.close();
      else connection.onTick(this.clock.now);
    }
  }
}
