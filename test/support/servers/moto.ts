import { existsSync } from "node:fs";

import { inCheckout } from "./checkout.ts";
import { answers, startDaemon } from "./daemon.ts";
import { freePorts } from "./free-ports.ts";
import type { InstallableServer } from "./installable.ts";
import { type Account, accounts, region } from "./running.ts";

const motoServer = inCheckout(".servers/venv/bin/moto_server");

/** Moto's server, with its IAM made to check every request. */
export const moto: InstallableServer = {
  name: "moto",

  isInstalled: () => existsSync(motoServer),

  async start(directory, signal) {
    const [port = 0] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const daemon = await startDaemon({
      command: inCheckout("scripts/servers/while-open.sh"),
      args: [motoServer, "--host", "127.0.0.1", "--port", String(port)],
      directory,
      ready: () => answers(`${url}/moto-api/data.json`, 200),
      signal,
    });
    try {
      const source = await createUser(url, "source", accounts.source.bucketPrefix);
      const target = await createUser(url, "target", accounts.target.bucketPrefix);
      await checkEveryRequest(url);
      return {
        url,
        region,
        source,
        target,
        stop: () => daemon.stop(),
      };
    } catch (error) {
      await daemon.stop();
      throw error;
    }
  },
};

/** Makes a user who may do everything with the buckets whose names begin with the prefix. */
async function createUser(url: string, name: string, bucketPrefix: string): Promise<Account> {
  const policy = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: "s3:*", Resource: `arn:aws:s3:::${bucketPrefix}*` },
      { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" },
    ],
  };
  await iam(url, { Action: "CreateUser", UserName: name });
  await iam(url, {
    Action: "PutUserPolicy",
    UserName: name,
    PolicyName: "own-buckets",
    PolicyDocument: JSON.stringify(policy),
  });
  const reply = await iam(url, { Action: "CreateAccessKey", UserName: name });
  return {
    accessKeyId: textOf("AccessKeyId", reply),
    secretAccessKey: textOf("SecretAccessKey", reply),
    bucketPrefix,
  };
}

/**
 * Calls moto's IAM, which takes any signature until it is told to check them. It wants to see one all the same:
 * the service that a request is for is read from its credential scope.
 */
async function iam(url: string, parameters: Readonly<Record<string, string>>): Promise<string> {
  const scope = `none/20260101/${region}/iam/aws4_request`;
  const reply = await fetch(url, {
    method: "POST",
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
    },
    body: new URLSearchParams({ Version: "2010-05-08", ...parameters }),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`cannot set up moto: ${parameters["Action"]}: ${text}`);
  return text;
}

/** From here on moto checks signatures and policies. Sent as a form, the number is answered with a 500. */
async function checkEveryRequest(url: string): Promise<void> {
  const reply = await fetch(`${url}/moto-api/reset-auth`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: "0",
  });
  if (!reply.ok) throw new Error(`cannot set up moto: reset-auth: ${await reply.text()}`);
}

function textOf(element: string, xml: string): string {
  const text = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];
  if (text === undefined) throw new Error(`cannot set up moto: no ${element} in ${xml}`);
  return text;
}
