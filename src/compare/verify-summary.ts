import type { Entry } from "../record/entry.ts";
import type { ComparedSum } from "./diff-summary.ts";
import type { ProofBasis } from "./prove-pair.ts";

/** What comes of a key that is verified. */
export type Verified =
  | { readonly kind: "equal"; readonly by: ProofBasis }
  | { readonly kind: "added" | "removed" }
  | { readonly kind: "changed"; readonly by: ProofBasis; readonly at?: number | undefined }
  /** It could not be compared: S3's error code, or one of ours. */
  | { readonly kind: "unproved"; readonly code: string };

/** Sums up what was verified. Of what both sides have, the bytes are the source's. */
export class VerifySummary {
  readonly equal = nothing();
  readonly added = nothing();
  readonly changed = nothing();
  readonly removed = nothing();
  readonly unproved = nothing();
  /** Of the equal ones, by what that was proved. */
  readonly equalBy: Readonly<Record<ProofBasis, ComparedSum>> = {
    etag: nothing(),
    checksum: nothing(),
    bytes: nothing(),
    size: nothing(),
  };
  /** How many could not be compared, by why. */
  readonly codes = new Map<string, number>();

  add(verified: Verified, { size }: Entry): void {
    if (verified.kind === "equal") return this.addEqual(verified.by, 1, size);
    addTo(this[verified.kind], 1, size);
    if (verified.kind !== "unproved") return;
    this.codes.set(verified.code, (this.codes.get(verified.code) ?? 0) + 1);
  }

  addEqual(by: ProofBasis, objects: number, bytes: number): void {
    addTo(this.equal, objects, bytes);
    addTo(this.equalBy[by], objects, bytes);
  }

  /** What the sides are proved to be: `unproved` where they may be equal, but for what could not be compared. */
  get verdict(): "equal" | "different" | "unproved" {
    const { added, changed, removed, unproved } = this;
    if (added.objects + changed.objects + removed.objects > 0) return "different";
    return unproved.objects > 0 ? "unproved" : "equal";
  }
}

function nothing(): ComparedSum {
  return { objects: 0, bytes: 0 };
}

function addTo(sum: ComparedSum, objects: number, bytes: number): void {
  sum.objects += objects;
  sum.bytes += bytes;
}
