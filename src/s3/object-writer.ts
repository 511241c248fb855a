import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import { abortMultipartUpload } from "./abort-multipart-upload.ts";
import { beginUpload } from "./begin-upload.ts";
import type { S3Bucket } from "./client.ts";
import type { CompletedPart } from "./complete-multipart-upload.ts";
import { completeUpload } from "./complete-upload.ts";
import type { UploadIdentity } from "./create-multipart-upload.ts";
import { multipartEtag } from "./multipart-etag.ts";
import { type BodySent, putObject } from "./put-object.ts";
import { uploadPart } from "./upload-part.ts";

/** The 10,000 parts that an upload may have are 80 GB then; S3 takes none below 5 MiB but the last. */
const defaultPartBytes = 8 * 1024 * 1024;

/** So many parts are on their way at most, while the next is gathered: 32 MiB of memory. */
const maxUnderWay = 3;

/**
 * Writes an object whose bytes come bit by bit: by one PUT if they are few, otherwise by an upload in
 * parts of equal size. The object is there when the stream has finished; a stream that is destroyed
 * before leaves none, and no upload.
 */
export class ObjectWriter extends Writable {
  readonly #bucket: S3Bucket;
  readonly #key: string;
  readonly #partBytes: number;
  /** What is gathered for the next part. */
  #gathered: Buffer;
  #length = 0;
  #bytesSent = 0;
  #upload: Promise<UploadIdentity> | undefined;
  readonly #parts: CompletedPart[] = [];
  #partsSent = 0;
  /** What is on its way, the oldest first. */
  readonly #underWay: Promise<void>[] = [];
  #isDone = false;

  constructor(
    bucket: S3Bucket,
    key: string,
    { partBytes = defaultPartBytes }: { readonly partBytes?: number } = {},
  ) {
    super();
    this.#bucket = bucket;
    this.#key = key;
    this.#partBytes = partBytes;
    this.#gathered = Buffer.allocUnsafe(partBytes);
  }

  override _write(chunk: Buffer, _encoding: string, callback: (error?: Error) => void): void {
    void tell(this.#take(chunk), callback);
  }

  override _final(callback: (error?: Error) => void): void {
    void tell(this.#end(), callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    void tell(this.#giveUp(), (failure) => callback(error ?? failure ?? null));
  }

  async #take(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      // An upload is begun only when there is more than one part.
      if (this.#length === this.#partBytes) await this.#sendPart();
      const taken = chunk.copy(this.#gathered, this.#length, at);
      this.#length += taken;
      at += taken;
    }
  }

  async #sendPart(): Promise<void> {
    this.#upload ??= beginUpload(this.#bucket, this.#key);
    const { uploadId } = await this.#upload;
    const partNumber = ++this.#partsSent;
    const body = this.#body();
    this.#gathered = Buffer.allocUnsafe(this.#partBytes);
    this.#length = 0;
    const sending = (async () => {
      const part = { uploadId, partNumber, ...body };
      const { etag } = await uploadPart(this.#bucket, this.#key, part);
      this.#parts[partNumber - 1] = { partNumber, etag };
    })();
    // It is met when its turn comes.
    sending.catch(() => {});
    this.#underWay.push(sending);
    if (this.#underWay.length >= maxUnderWay) await this.#underWay.shift();
  }

  async #end(): Promise<void> {
    if (this.#upload === undefined) {
      await putObject(this.#bucket, this.#key, this.#body());
    } else {
      await this.#sendPart();
      await Promise.all(this.#underWay);
      const { uploadId } = await this.#upload;
      const etag = multipartEtag(this.#parts.map((part) => part.etag));
      const complete = { uploadId, parts: this.#parts };
      const expected = { etag, size: this.#bytesSent };
      await completeUpload(this.#bucket, this.#key, complete, expected);
    }
    this.#isDone = true;
  }

  /** What is gathered, with the MD5 by which S3 refuses other bytes. */
  #body(): BodySent {
    const body = this.#gathered.subarray(0, this.#length);
    this.#bytesSent += body.length;
    const contentMd5 = createHash("md5").update(body).digest("hex");
    return { body, length: body.length, contentMd5 };
  }

  async #giveUp(): Promise<void> {
    if (this.#isDone || this.#upload === undefined) return;
    // One that did not begin has been told.
    const upload = await this.#upload.catch(() => undefined);
    if (upload === undefined) return;
    await Promise.allSettled(this.#underWay);
    await abortMultipartUpload(this.#bucket, this.#key, upload);
  }
}

/** Calls back when the work is done, or with what it failed by. */
async function tell(work: Promise<void>, callback: (error?: Error) => void): Promise<void> {
  let failure: Error | undefined;
  try {
    await work;
  } catch (error) {
    failure = error as Error;
  }
  callback(failure);
}
