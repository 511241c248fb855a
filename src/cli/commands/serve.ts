import { Command, InvalidArgumentError } from "commander";
import { UserError } from "../../errors.ts";
import type { Account, Fault, FaultKind, S3Server } from "../../testing/server.ts";
import { type Io, say } from "../io.ts";

interface Values {
  readonly port: number;
  readonly credentials?: readonly Account[];
  readonly region: string;
  readonly fault?: readonly Fault[];
  readonly sample?: true;
}

const tryingAccount: Account = { accessKeyId: "campanile", secretAccessKey: "campanile-secret" };

export function serveCommand(io: Io): Command {
  return new Command("serve")
    .description(
      "Runs an S3 in this process, on 127.0.0.1, until it is interrupted. It is for trying and testing: it holds everything in memory and loses it at the end. Each key pair is an account of its own, whose buckets the others cannot read.",
    )
    .option("--port <number>", "the port to listen on; 0 takes any that is free", portOf, 9000)
    .option(
      "--credentials <id:secret>",
      "a key pair of an account; may be given several times. These are for this server only: give it none that are used elsewhere",
      (text, before?: readonly Account[]) => [...(before ?? []), accountOf(text)],
    )
    .option("--region <region>", "the region of its buckets", "us-east-1")
    .option(
      "--sample",
      "begin with two buckets of the first account: photos, with the objects of the demo, and copies, with none",
    )
    .option(
      "--fault <kind,...>",
      "something to go wrong: KIND,NAME=VALUE… as in slowDown,ratePerSecond=100 or resetAfter,operation=PutObject,chance=0.1; may be given several times",
      (text, before?: readonly Fault[]) => [...(before ?? []), faultOf(text)],
    )
    .addHelpText(
      "after",
      "\nExample:\n  campanile serve --port 9000 --credentials me:secret --sample",
    )
    .action((values: Values) => serve(io, values));
}

async function serve(
  io: Io,
  { port, credentials = [tryingAccount], region, fault = [], sample }: Values,
): Promise<void> {
  const { startServer } = await import("../../testing/server.ts");
  await refuseUnknown(fault);
  let server: S3Server;
  try {
    server = await startServer({ port, accounts: credentials, region });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
    const why = code === "EACCES" ? "permission denied" : "something else listens there";
    throw new UserError("failed", `cannot listen on port ${port}: ${why}`, {
      hint: "take any that is free: campanile serve --port 0",
      cause: error,
    });
  }
  if (sample) await fill(server, credentials[0]!);
  // Not sooner: they are not meant for the sample.
  server.faults.add(...fault);
  say(io, `campanile serve: an S3 for trying things out, at ${server.url}`);
  say(io, "It holds everything in memory and loses it at the end; stop it with Ctrl-C. To use it:");
  say(io, `  export AWS_ENDPOINT_URL_S3=${server.url} AWS_REGION=${region}`);
  if (credentials.length === 1 && credentials[0] === tryingAccount) {
    const { accessKeyId, secretAccessKey } = tryingAccount;
    say(io, `  export AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`);
  }
  // To be stopped is how it ends in order.
  await new Promise<void>((resolve) => {
    if (io.interrupted.aborted) resolve();
    else io.interrupted.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.close();
}

/** What never comes would fail in silence. */
async function refuseUnknown(faults: readonly Fault[]): Promise<void> {
  const { isOperationName } = await import("../../testing/route.ts");
  const { isRefusalCode } = await import("../../testing/errors.ts");
  for (const { operation, code } of faults) {
    if (operation !== undefined && !isOperationName(operation)) {
      throw new UserError(
        "usage",
        `cannot let ${operation} fail: there is no such operation here`,
        {
          hint: "it is named as S3's API reference has it, as GetObject or ListObjectsV2",
        },
      );
    }
    if (code !== undefined && !isRefusalCode(code)) {
      throw new UserError("usage", `cannot answer with ${code}: there is no such error here`, {
        hint: "it is named as S3's API reference has it, as AccessDenied or NoSuchKey",
      });
    }
  }
}

async function fill(server: S3Server, account: Account): Promise<void> {
  const { fillSample, openSample } = await import("../sample.ts");
  const photos = openSample(server, account, "photos");
  const copies = openSample(server, account, "copies");
  await fillSample(photos, copies);
  await Promise.all([photos.s3.close(), copies.s3.close()]);
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("It is a number from 0 to 65535.");
  return port;
}

function accountOf(text: string): Account {
  const colon = text.indexOf(":");
  if (colon < 1 || colon === text.length - 1)
    throw new InvalidArgumentError("It is written ID:SECRET.");
  return { accessKeyId: text.slice(0, colon), secretAccessKey: text.slice(colon + 1) };
}

const faultKinds: ReadonlySet<string> = new Set<FaultKind>([
  "slowDown",
  "internalError",
  "error",
  "resetBefore",
  "resetAfter",
  "delay",
  "stall",
  "cutBody",
  "stallBody",
  "flipBody",
  "tornRead",
  "early200",
  "errorInside200",
]);
const texts = new Set(["operation", "bucket", "key", "code"]);
const numbers = new Set(["chance", "count", "after", "ratePerSecond", "delayMs", "afterBytes"]);

function faultOf(text: string): Fault {
  const [kind = "", ...pairs] = text.split(",");
  if (!faultKinds.has(kind)) {
    throw new InvalidArgumentError(
      `There is no "${kind}"; there are ${[...faultKinds].join(", ")}.`,
    );
  }
  const fault: Record<string, string | number> = { kind };
  for (const pair of pairs) {
    const [name = "", value = ""] = pair.split("=", 2);
    if (texts.has(name) && value !== "") fault[name] = value;
    else if (numbers.has(name) && isAmount(name, value)) fault[name] = Number(value);
    else {
      const names = [...texts, ...numbers].join(", ");
      throw new InvalidArgumentError(
        `"${pair}" is none of its settings; they are ${names}, each NAME=VALUE, a chance from 0 to 1.`,
      );
    }
  }
  return fault as unknown as Fault;
}

function isAmount(name: string, value: string): boolean {
  const most = name === "chance" ? 1 : Number.POSITIVE_INFINITY;
  return value !== "" && Number(value) >= 0 && Number(value) <= most;
}
