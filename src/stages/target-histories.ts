import { compareKeys } from "../key.ts";
import { versionPages } from "../listing/version-pages.ts";
import type { Entry } from "../record/entry.ts";
import type { S3Bucket } from "../s3/client.ts";
import { S3Error } from "../s3/error.ts";
import { maxKeyBytes } from "./target-key.ts";

/**
 * Tells which versions a bucket has of keys, as its listing has them: in a listing that is gone on with
 * where the next key is at hand, and begun anew where it is not. So it takes a request a thousand
 * versions for keys that rise, and at most one a key for others.
 */
export class TargetHistories {
  readonly #target: S3Bucket;
  readonly #signal: AbortSignal;
  #pages: AsyncGenerator<readonly Entry[], void> | undefined;
  #page: readonly Entry[] = [];
  #at = 0;
  /** The key that was asked for last: what lies behind it, in the page or after, is not passed over. */
  #asked: string | undefined;
  #isEnd = false;
  #isUnknown = false;

  constructor(target: S3Bucket, signal: AbortSignal) {
    this.#target = target;
    this.#signal = signal;
  }

  /**
   * The versions and delete markers of a key, the newest first. None where the bucket is not there or
   * may not be listed.
   */
  async of(key: string): Promise<readonly Entry[]> {
    if (this.#isUnknown) return [];
    try {
      return await this.#find(key);
    } catch (error) {
      if (!(error instanceof S3Error && (error.status === 403 || error.status === 404)))
        throw error;
      this.#isUnknown = true;
      return [];
    }
  }

  async #find(key: string): Promise<readonly Entry[]> {
    if (!this.#isAtHand(key)) {
      const query = { prefix: "", startAfter: shortlyBefore(key), signal: this.#signal };
      this.#pages = versionPages(this.#target, query);
      await this.#read();
    }
    this.#asked = key;
    while (this.#at < this.#page.length && compareKeys(this.#page[this.#at]!.key, key) < 0) {
      this.#at++;
    }
    const found: Entry[] = [];
    while (!this.#isEnd) {
      const version = this.#page[this.#at];
      if (version === undefined) await this.#read();
      else if (version.key !== key) break;
      else {
        found.push(version);
        this.#at++;
      }
    }
    return found;
  }

  /** Whether the key lies between the one that was asked for last and the last that was read. */
  #isAtHand(key: string): boolean {
    if (this.#asked === undefined || compareKeys(this.#asked, key) >= 0) return false;
    const last = this.#page.at(-1);
    return this.#isEnd || (last !== undefined && compareKeys(key, last.key) <= 0);
  }

  async #read(): Promise<void> {
    const next = await this.#pages?.next();
    this.#isEnd = next === undefined || next.done === true;
    this.#page = next?.value ?? [];
    this.#at = 0;
  }
}

/** A text that comes before a key, and no other key that anybody has between them. */
function shortlyBefore(key: string): string {
  const last = Array.from(key).at(-1) ?? "";
  const rest = key.slice(0, key.length - last.length);
  const code = last.codePointAt(0) ?? 0;
  if (code === 0) return rest;
  // No text has the halves of surrogate pairs alone.
  const before = code === 0xe000 ? 0xd7ff : code - 1;
  const text = rest + String.fromCodePoint(before, 0x10ffff);
  return Buffer.byteLength(text) > maxKeyBytes ? rest : text;
}
