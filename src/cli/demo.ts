import { createHash } from "node:crypto";
import { performance } from "node:perf_hooks";
import { Counters } from "../counters.ts";
import { UserError } from "../errors.ts";
import type { Entry } from "../record/entry.ts";
import { entryCodec } from "../record/entry.ts";
import type { Result } from "../record/result.ts";
import type { S3Bucket } from "../s3/client.ts";
import { getObject } from "../s3/get-object.ts";
import { listMultipartUploads } from "../s3/list-multipart-uploads.ts";
import { carriedHeaders } from "../s3/object-head.ts";
import { getObjectTagging } from "../s3/tagging.ts";
import { bucketlist } from "../stages/bucketlist.ts";
import { diff } from "../stages/diff.ts";
import { multipartcomplete } from "../stages/multipartcomplete.ts";
import { multipartlist } from "../stages/multipartlist.ts";
import { objectcopy } from "../stages/objectcopy.ts";
import type { StageContext } from "../stage.ts";
import { merge } from "../stream/merge.ts";
import { collect, type Pages, pagesOf } from "../stream/pages.ts";
import { upload } from "../testing/demo-data.ts";
import { type Account, type S3Server, startServer } from "../testing/server.ts";
import { fillSample, openSample } from "./sample.ts";

const concurrency = 16;

/** The two accounts; their keys are good for this server only. */
const jeff: Account = { accessKeyId: "jeff", secretAccessKey: "secret-of-jeff" };
const jassy: Account = { accessKeyId: "jassy", secretAccessKey: "secret-of-jassy" };

/**
 * Copies a bucket from one account to another, and tells what it does. Throws a UserError if the
 * copy is not the same.
 */
export async function runDemo(io: {
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const server = await startServer({ accounts: [jeff, jassy] });
  const source = openSample(server, jeff, "photos");
  const target = openSample(server, jassy, "copies");
  try {
    await new Demo(server, source, target, io).run();
  } finally {
    await Promise.all([source.s3.close(), target.s3.close()]);
    await server.close();
  }
}

class Demo {
  readonly #server: S3Server;
  readonly #source: S3Bucket;
  readonly #target: S3Bucket;
  readonly #print: (text: string) => void;
  readonly #context: StageContext;

  constructor(
    server: S3Server,
    source: S3Bucket,
    target: S3Bucket,
    { print, signal }: { readonly print: (text: string) => void; readonly signal: AbortSignal },
  ) {
    this.#server = server;
    this.#source = source;
    this.#target = target;
    this.#print = print;
    this.#context = { counters: new Counters(), concurrency, signal };
  }

  async run(): Promise<void> {
    const print = this.#print;
    print("Campanile copies a bucket of one account to a bucket of another. Both are on an S3");
    print("inside this process: nothing leaves this machine, and nothing is left at the end.");

    const objects = await fillSample(this.#source, this.#target);
    const bytes = objects.reduce((sum, { body }) => sum + body.length, 0);
    const inParts = objects.filter(({ partBytes }) => partBytes !== undefined).length;
    this.#step("Jeff has a bucket");
    print(`   s3://photos: ${count(objects.length)} objects, ${count(bytes)} bytes.`);
    print(
      `   ${inParts} were uploaded in parts, and some have keys with tabs, newlines and emoji.`,
    );

    this.#step("List it", "echo , | campanile bucketlist --bucket photos > photos.tsv");
    const listed = await this.#counted(() => this.#list(this.#source));
    this.#sample(listed.value.map((entry) => entryCodec.encode(entry)));
    print(`   ${count(listed.value.length)} entries, with ${listed.requests}`);

    this.#step(
      "Copy what is missing",
      "campanile diff --to-copy photos.tsv copies.tsv | campanile multipartlist … > tasks.tsv",
      "campanile objectcopy … < tasks.tsv | campanile multipartcomplete … > done.tsv",
    );
    await this.#sync();

    this.#step("Once more: there is nothing to do", "campanile diff photos.tsv copies.tsv");
    await this.#sync();

    this.#step("Jeff changes one object and adds another");
    await upload(this.#source, { key: "fe", body: Buffer.from("changed\n") });
    await upload(this.#source, { key: "fff", body: Buffer.from("added\n") });
    await this.#sync();

    this.#step("Read all of both buckets and compare");
    await this.#prove();
    print("");
    print("To try it by hand: campanile serve. To use it on buckets of yours: campanile --help.");
  }

  /** Compares both listings and copies what differs. */
  async #sync(): Promise<void> {
    const print = this.#print;
    const source = await this.#list(this.#source);
    const target = await this.#list(this.#target);
    const counters = new Counters();
    const context = { ...this.#context, counters };
    const changes = await collect(diff.run(merge(pagesOf(source), pagesOf(target)), context));
    const number = (name: string): string => count(counters.get("diff", name));
    print(`   missing ${number("added")}, different ${number("changed")}, same ${number("same")}`);
    if (changes.length === 0) return;

    const start = performance.now();
    const copied = await this.#counted(() => collect(this.#copy(changes)));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const undone = copied.value.filter(({ attributes }) => attributes !== undefined);
    if (undone.length > 0)
      throw new UserError("failed", "the demo could not copy everything as it is");
    print(`   copied in ${seconds} s, with ${copied.requests}`);
  }

  #copy(changes: readonly Entry[]): Pages<Result> {
    const context = { ...this.#context, source: this.#source, target: this.#target };
    const tasks = multipartlist.run(pagesOf(changes), context);
    return multipartcomplete.run(objectcopy.run(tasks, context), context);
  }

  async #list(bucket: S3Bucket): Promise<Entry[]> {
    const all = { delimiter: "", prefix: "" };
    return collect(bucketlist.run(pagesOf([all]), { ...this.#context, bucket }));
  }

  async #prove(): Promise<void> {
    const source = await this.#list(this.#source);
    const target = await this.#list(this.#target);
    const different = [];
    for (const [i, { key, etag }] of source.entries()) {
      const other = target[i];
      const same =
        other?.key === key &&
        other.etag === etag &&
        (await contentOf(this.#source, key)) === (await contentOf(this.#target, key));
      if (!same) different.push(key);
    }
    const { uploads } = await listMultipartUploads(this.#target);
    if (different.length > 0 || source.length !== target.length || uploads.length > 0) {
      throw new UserError("different", `the copy is not the same: ${JSON.stringify(different)}`);
    }
    const print = this.#print;
    print(
      `   All ${count(source.length)} objects are the same: bytes, ETags, metadata, tags and storage`,
    );
    print("   classes. No unfinished upload is left.");
  }

  /** Tells which requests a piece of work took, from the server's own log. */
  async #counted<T>(
    work: () => Promise<T>,
  ): Promise<{ readonly value: T; readonly requests: string }> {
    this.#server.requests.clear();
    const value = await work();
    const operations = Object.entries(this.#server.requests.byOperation());
    const requests = operations.map(([name, n]) => `${count(n)} ${name}`).join(", ");
    return { value, requests };
  }

  #step(title: string, ...commands: readonly string[]): void {
    this.#print(`\n${title}`);
    for (const command of commands) this.#print(`   $ ${command}`);
  }

  #sample(lines: readonly string[]): void {
    const shown = [...lines.slice(0, 2), "…", ...lines.slice(-4)];
    for (const line of shown) this.#print(`   ${line}`);
  }
}

/** All that a copy must keep of an object. */
async function contentOf(bucket: S3Bucket, key: string): Promise<string> {
  const { head, reply } = await getObject(bucket, key);
  const hash = createHash("sha256");
  for await (const chunk of reply.stream()) hash.update(chunk);
  const tags = head.tagCount > 0 ? await getObjectTagging(bucket, key) : [];
  return JSON.stringify([hash.digest("hex"), carriedHeaders(head), tags]);
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
