import { LikelyLength } from "./held-bytes.ts";
import { Slabs } from "./slabs.ts";

/** The memory that bodies of one transport share, and what it has learnt of them. */
export class Memory {
  readonly slabs = new Slabs();
  readonly likely = new LikelyLength();
}
