import { readFileSync } from "node:fs";
import { request } from "node:http";
import { request as requestOverTls } from "node:https";
import { buffer } from "node:stream/consumers";

import type { Server } from "./server.ts";

/** Asks the synthetic S3 by other means than the clients that are measured, and gives the body of its answer. */
export function ask(
  { endpoint, caFile }: Omit<Server, "wire">,
  method: "GET" | "POST",
  path: string,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { method, agent: false } as const;
    const url = endpoint + path;
    const asked =
      caFile === undefined
        ? request(url, options)
        : requestOverTls(url, { ...options, ca: readFileSync(caFile) });
    asked.on("response", (reply) => void buffer(reply).then(resolve, reject));
    asked.on("error", reject).end();
  });
}
