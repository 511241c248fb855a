import { UserError } from "../errors.ts";
import type { Endpoint } from "./address.ts";
import { printable } from "./printable.ts";

/**
 * The proxy that requests to an endpoint go through, as the AWS CLI and curl find it: `HTTPS_PROXY` or `HTTP_PROXY` by the
 * endpoint's scheme, unless `NO_PROXY` names its host or a domain that it is in; names in lower case come first. Throws a UserError
 * for one that is no URL of HTTP.
 */
export function proxyOf({ protocol, host }: Endpoint, env: NodeJS.ProcessEnv): string | undefined {
  const name = protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const proxy = env[name.toLowerCase()] || env[name];
  if (!proxy || isExempt(host, env["no_proxy"] || env["NO_PROXY"] || "")) return undefined;
  const url = URL.parse(proxy.includes("://") ? proxy : `http://${proxy}`);
  if (url?.protocol === "http:" || url?.protocol === "https:") return url.href;
  // It may have a password in it.
  throw new UserError("usage", `cannot use the proxy of ${name}: it is no URL of HTTP`, {
    hint: `give it as http://HOST:PORT, or exempt ${printable(host)} by NO_PROXY`,
  });
}

function isExempt(host: string, list: string): boolean {
  const { hostname, port } = new URL(`http://${host}`);
  return list.split(/[\s,]+/).some((entry) => {
    if (entry === "*") return true;
    const [, domain = "", only] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    if (domain === "" || (only !== undefined && only !== port)) return false;
    return hostname === domain || hostname.endsWith(`.${domain}`);
  });
}
