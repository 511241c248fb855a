import { request } from "node:http";
import { buffer } from "node:stream/consumers";

/** Asks the synthetic S3 by other means than the clients that are measured, and gives the body of its answer. */
export function ask(method: "GET" | "POST", url: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    request(url, { method, agent: false }, (reply) => {
      buffer(reply).then(resolve, reject);
    })
      .on("error", reject)
      .end();
  });
}
