import { UserError } from "../errors.ts";
import { printable } from "./printable.ts";
import type { Transport } from "./transport.ts";

/** What can carry requests: the project's own wire, or undici. */
export const httpClients = ["wire", "undici"] as const;
export type HttpClient = (typeof httpClients)[number];

/** Makes a transport, for so many connections to one host, which trusts these certificates too. */
export type TransportFactory = (options: {
  readonly connections: number;
  readonly ca: string | undefined;
  readonly client: HttpClient;
  /** The URL of a proxy that all requests go through; only undici knows how. */
  readonly proxy: string | undefined;
}) => Promise<Transport>;

/** How long a connection may take to come about, in ms: TLS across the world takes one second, and a lost packet another. */
const connectTimeoutMs = 10_000;

/** Makes a transport of either kind. Each is loaded only when it is wanted: undici takes as long to load as all of Campanile. */
export const openTransport: TransportFactory = async ({ connections, ca, client, proxy }) => {
  if (client === "wire") {
    const { wireTransport } = await import("../http/wire.ts");
    return wireTransport({ connections, connectTimeoutMs, ca });
  }
  const { undiciTransport } = await import("../http/undici-transport.ts");
  return undiciTransport({ connections, connectTimeoutMs, ca, proxy });
};

/**
 * Which client to take: the one given, or that of CAMPANILE_HTTP, or the wire; through a proxy always undici, which has what it
 * takes. Throws a UserError where the variable names none, or the wire is asked for and there is a proxy.
 */
export function chooseHttpClient(
  given: HttpClient | undefined,
  env: NodeJS.ProcessEnv,
  proxy: string | undefined,
): HttpClient {
  const name = given ?? (env.CAMPANILE_HTTP || (proxy === undefined ? "wire" : "undici"));
  const client = httpClients.find((each) => each === name);
  if (client === undefined) {
    throw new UserError("usage", `cannot carry requests by "${printable(name)}"`, {
      hint: `CAMPANILE_HTTP is ${httpClients.join(" or ")}`,
    });
  }
  if (client === "wire" && proxy !== undefined) {
    throw new UserError("usage", "cannot carry requests by the wire through a proxy", {
      hint: "take undici for it (--http undici), or exempt the endpoint's host by NO_PROXY",
    });
  }
  return client;
}
