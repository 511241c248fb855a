import {
  CopyObjectCommand,
  CreateBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";

import { newBucketName } from "../../support/servers.ts";
import { isRefused, newClient, type Probes } from "./probe.ts";

const hourMs = 3_600_000;

/** Who may do what, and how S3 knows who is asking. */
export const accessProbes: Probes<"copySourceAccess" | "bodyHash" | "clockSkew"> = {
  async copySourceAccess({ server, s3, Bucket }) {
    await s3.send(new PutObjectCommand({ Bucket, Key: "k", Body: "secret" }));
    const other = newClient(server, server.target);
    const own = { Bucket: newBucketName(server.target) };
    await other.send(new CreateBucketCommand(own));
    const copy = new CopyObjectCommand({ ...own, Key: "copy", CopySource: `${Bucket}/k` });
    const refused = await isRefused(other.send(copy), 403);
    other.destroy();
    return refused;
  },

  async bodyHash({ s3, Bucket }) {
    const put = new PutObjectCommand({ Bucket, Key: "k", Body: "hello" });
    // Added before signing, so that the signature is right and only the body does not fit.
    put.middlewareStack.add(
      (next) => (args) => {
        const { headers } = args.request as { headers: Record<string, string> };
        headers["x-amz-content-sha256"] = "0".repeat(64);
        return next(args);
      },
      { step: "build" },
    );
    return isRefused(s3.send(put), 400);
  },

  async clockSkew({ server, Bucket }) {
    const late = newClient(server, server.source, { systemClockOffset: -hourMs });
    const refused = await isRefused(late.send(new ListObjectsV2Command({ Bucket })), 403);
    late.destroy();
    return refused;
  },
};
