import { KeySpace } from "../../../src/ranges/key-space.ts";
import { Splitter, type SplitterRequest } from "../../../src/ranges/splitter.ts";
import { seededRandom } from "../random.ts";
import { indexBehind, KeysPage, namesIn, type SortedKeys } from "./sorted-keys.ts";

/** What a simulated listing took. */
export interface Simulated {
  readonly requests: number;
  /** Requests with a delimiter; they are among all requests. */
  readonly folders: number;
  /** Requests to the least number there can be. */
  readonly requestRatio: number;
  /** Time to that of the least number of requests, evenly over all slots. */
  readonly wallRatio: number;
  /** Pages that were held back, at most. */
  readonly mostHeld: number;
}

export interface SimulateOptions {
  readonly slots: number;
  readonly pageSize?: number;
  readonly ordered?: boolean;
  readonly windowPages?: number;
  readonly seed?: number;
}

/**
 * Lists keys by a splitter in virtual time: each request takes 60 to 100 ms and an exponential tail of 10 ms on average. Throws unless
 * every key came exactly once, and in order where that was asked for.
 */
export function simulate(
  keys: SortedKeys,
  { slots, pageSize = 1000, ordered = false, windowPages = 2560, seed = 1 }: SimulateOptions,
): Simulated {
  const random = seededRandom(seed);
  const latency = (): number => 60 + 40 * random() - 10 * Math.log(1 - random());
  const splitter = new Splitter<KeysPage, KeysPage>({
    slots,
    pageSize,
    ordered,
    windowPages,
    space: new KeySpace(),
    hold: (page) => page,
  });
  const underWay = new Queue<{ request: SplitterRequest<KeysPage>; from: number }>();
  const listed: KeysPage[] = [];
  let now = 0;
  let requests = 0;
  let folders = 0;
  let mostHeld = 0;
  let end = 0;
  for (;;) {
    let request;
    while ((request = splitter.next(0)) !== undefined) {
      requests++;
      if (request.kind === "folder") folders++;
      const from = request.kind === "page" ? indexBehind(keys, request.range.after) : 0;
      underWay.push(now + latency(), { request, from });
    }
    const next = underWay.shift();
    if (next === undefined) break;
    now = next.time;
    const { request: answered, from } = next.item;
    if (answered.kind === "folder") {
      splitter.receivedFolder(answered.folder, namesIn(keys, answered.folder, pageSize));
      continue;
    }
    const page = new KeysPage(keys, from, Math.min(from + pageSize, keys.size));
    for (const written of splitter.received(answered.range, page)) {
      if (ordered && written.from !== end) throw new Error(`key ${written.from} out of order`);
      end = written.to;
      listed.push(written);
    }
    mostHeld = Math.max(mostHeld, splitter.heldPages);
  }
  splitter.check();
  listed.sort((a, b) => a.from - b.from);
  let at = 0;
  for (const { from, to } of listed) {
    if (from !== at) throw new Error(`keys ${at} to ${from} are missing or doubled`);
    at = to;
  }
  if (at !== keys.size) throw new Error(`only ${at} of ${keys.size} keys were listed`);
  const pages = Math.max(1, Math.ceil(keys.size / pageSize));
  return {
    requests,
    folders,
    requestRatio: requests / pages,
    wallRatio: now / (Math.max(1, pages / slots) * meanLatencyMs),
    mostHeld,
  };
}

const meanLatencyMs = 90;

/** Items by time, the earliest first: a binary heap. */
class Queue<Item> {
  readonly #items: { readonly time: number; readonly item: Item }[] = [];

  push(time: number, item: Item): void {
    const items = this.#items;
    let at = items.push({ time, item }) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (items[above]!.time <= time) break;
      [items[at], items[above]] = [items[above]!, items[at]!];
      at = above;
    }
  }

  shift(): { readonly time: number; readonly item: Item } | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || items.length === 0) return first;
    items[0] = last!;
    for (let at = 0; ;) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2]) {
        if (below < items.length && items[below]!.time < items[least]!.time) least = below;
      }
      if (least === at) return first;
      [items[at], items[least]] = [items[least]!, items[at]!];
      at = least;
    }
  }
}
