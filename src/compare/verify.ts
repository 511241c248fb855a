import type { Entry } from "../record/entry.ts";
import type { Side, Sided } from "../record/sided.ts";
import { S3Error } from "../s3/error.ts";
import { TransportError } from "../s3/transport.ts";
import { mapConcurrent } from "../stream/map-concurrent.ts";
import type { Pages } from "../stream/pages.ts";
import type { BothBuckets } from "./ask-objects.ts";
import { type BothSides, bothSides } from "./both-sides.ts";
import { type ProofLevel, provePair } from "./prove-pair.ts";
import type { Verified, VerifySummary } from "./verify-summary.ts";

/** How two sides are verified. */
export interface VerifyNeeds {
  readonly level: ProofLevel;
  /** Which keys are proved on this level, by their relative key; all others by the listings. Left out: all. */
  readonly isSampled?: ((key: string) => boolean) | undefined;
  /** Where the objects are; undefined where that is not known, and then lists are all there is. */
  readonly openBuckets: (() => Promise<BothBuckets>) | undefined;
  /** What stands before the keys. */
  readonly prefixes: Readonly<Record<Side, string>>;
  /** Pairs that are asked about at a time. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** All that was found is summed up in it, but for what `merge` leaves out. */
  readonly summary: VerifySummary;
}

/**
 * Proves two listings, read as one, equal: gives a row for each key that is not, whole keys, with `change` and `by` as `diff` writes
 * them, and for what could not be compared with `outcome=failed` and its code.
 */
export function verify(entries: Pages<Sided<Entry>>, needs: VerifyNeeds): Pages<Entry> {
  const { prefixes, concurrency, summary } = needs;
  const whole = (entry: Entry | undefined, side: Side): Entry | undefined =>
    entry && { ...entry, key: prefixes[side] + entry.key };
  return mapConcurrent(bothSides(entries), { concurrency, ordered: true }, async (key) => {
    const both = { source: whole(key.source, "source"), target: whole(key.target, "target") };
    const level = isDeep(key, needs) ? needs.level : "listing";
    const verified = await verifyKey(both, level, needs);
    summary.add(verified, (both.source ?? both.target)!);
    return rowOf(verified, both);
  });
}

function isDeep({ source, target }: BothSides, { level, isSampled }: VerifyNeeds): boolean {
  if (level === "listing" || source === undefined || target === undefined) return false;
  return isSampled?.(source.key) ?? true;
}

async function verifyKey(
  { source, target }: BothSides,
  level: ProofLevel,
  { openBuckets, signal }: VerifyNeeds,
): Promise<Verified> {
  if (source === undefined) return { kind: "removed" };
  if (target === undefined) return { kind: "added" };
  try {
    const proof = await provePair(source, target, level, await openBuckets?.(), { signal });
    if (proof.kind === "equal") return proof;
    if (proof.kind === "unproved") return { kind: "unproved", code: "NoProof" };
    return { kind: "changed", by: proof.by, at: proof.at };
  } catch (error) {
    if (signal.aborted) throw error;
    const isAboutOne = error instanceof S3Error && error.isAboutOneObject;
    if (!isAboutOne && !(error instanceof TransportError)) throw error;
    return { kind: "unproved", code: error.code };
  }
}

function rowOf(verified: Verified, { source, target }: BothSides): readonly Entry[] {
  const entry = (source ?? target)!;
  const withAttributes = (attributes: Entry["attributes"]): readonly Entry[] => [
    { ...entry, attributes: { ...entry.attributes, ...attributes } },
  ];
  switch (verified.kind) {
    case "equal":
      return [];
    case "unproved":
      return withAttributes({ outcome: "failed", code: verified.code });
    case "changed": {
      const { by, at } = verified;
      return withAttributes({
        change: "changed",
        by: by === "etag" ? undefined : by,
        at: at?.toString(),
        replaces: target?.etag,
      });
    }
    default:
      return withAttributes({ change: verified.kind });
  }
}
