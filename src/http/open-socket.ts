import {
  connect as connectPlain,
  isIP,
  type LookupFunction,
  type OnReadOpts,
  type Socket,
} from "node:net";
import { connect as connectTls, type SecureContext } from "node:tls";

/** Where connections go to. */
export interface Place {
  readonly isSecure: boolean;
  /** A name, or an address without the brackets that it has in a URL. */
  readonly host: string;
  readonly port: number;
}

/** What connections to one place share. */
export interface SocketOptions {
  readonly lookup: LookupFunction;
  /** How long one address may take when there are others to try, in milliseconds. */
  readonly attemptTimeoutMs: number;
  readonly secureContext: SecureContext | undefined;
  readonly sessions: TlsSessions;
}

/** The last session with a TLS server: with it the next connection needs no certificate and no signature, half of what one costs. */
export interface TlsSessions {
  last: Buffer | undefined;
}

/** How long a connection is silent before TCP asks whether the other end is there, in ms: routers forget one after minutes. */
const keepAliveMs = 60_000;

/** Reads the place out of an origin, as `https://[::1]:9000`. Throws a TypeError for what is none. */
export function placeOf(origin: string): Place {
  const { protocol, hostname, port } = new URL(origin);
  if (protocol !== "https:" && protocol !== "http:") throw new TypeError(`${origin} is not HTTP`);
  const isSecure = protocol === "https:";
  return {
    isSecure,
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? (isSecure ? 443 : 80) : Number(port),
  };
}

/**
 * Begins a connection. `onOpen` is called when it may be written to: with TLS, when the other end has proven who it is, since
 * what is sent has a signature in it.
 */
export function openSocket(
  { isSecure, host, port }: Place,
  { lookup, attemptTimeoutMs, secureContext, sessions }: SocketOptions,
  onread: OnReadOpts,
  onOpen: () => void,
): Socket {
  const options = {
    host,
    port,
    lookup,
    onread,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: attemptTimeoutMs,
  };
  if (!isSecure) {
    return connectPlain(
      { ...options, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs },
      onOpen,
    );
  }
  const socket = connectTls(
    {
      ...options,
      // An address is in no server name indication; the certificate is checked against `host` then.
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(secureContext === undefined ? {} : { secureContext }),
      ...(sessions.last === undefined ? {} : { session: sessions.last }),
      ALPNProtocols: ["http/1.1"],
    },
    onOpen,
  );
  socket.on("session", (session) => {
    sessions.last = session;
  });
  // `tls.connect` does not know these as options.
  socket.setNoDelay(true).setKeepAlive(true, keepAliveMs);
  return socket;
}
