import { UserError } from "../errors.ts";
import { printable } from "./printable.ts";
import type { Transport } from "./transport.ts";

/** What can carry requests: the project's own wire, or undici. */
export const httpClients = ["wire", "undici"] as const;
export type HttpClient = (typeof httpClients)[number];

/** What carries requests when nobody says otherwise. */
const defaultClient: HttpClient = "undici";

/** Makes a transport, for so many connections to one host, which trusts these certificates too. */
export type TransportFactory = (options: {
  readonly connections: number;
  readonly ca: string | undefined;
  readonly client: HttpClient;
}) => Promise<Transport>;

/** How long a connection may take to come about, in ms: TLS across the world takes one second, and a lost packet another. */
const connectTimeoutMs = 10_000;

/** Makes a transport of either kind. Each is loaded only when it is wanted: undici takes as long to load as all of Campanile. */
export const openTransport: TransportFactory = async ({ connections, ca, client }) => {
  if (client === "wire") {
    const { wireTransport } = await import("../http/wire.ts");
    return wireTransport({ connections, connectTimeoutMs, ca });
  }
  const { undiciTransport } = await import("./undici-transport.ts");
  return undiciTransport({ connections, connectTimeoutMs, ca });
};

/** Which client to take: the one given, or that of CAMPANILE_HTTP, or the default. Throws a UserError where the variable names none. */
export function chooseHttpClient(
  given: HttpClient | undefined,
  env: NodeJS.ProcessEnv,
): HttpClient {
  const name = given ?? (env.CAMPANILE_HTTP || defaultClient);
  const client = httpClients.find((each) => each === name);
  if (client !== undefined) return client;
  throw new UserError("usage", `cannot carry requests by "${printable(name)}"`, {
    hint: `CAMPANILE_HTTP is ${httpClients.join(" or ")}`,
  });
}
