import type { S3Bucket } from "../s3/client.ts";
import { type ListedObject, listObjects, type ListPage } from "../s3/list-objects.ts";
import { RequestsSpent } from "../ranges/request-limit.ts";

/** What is to be found out. */
export interface TreeOptions {
  readonly prefix: string;
  /** A number from 0 up to 1. */
  readonly random: () => number;
  readonly signal?: AbortSignal | undefined;
  /** Measures all objects whose keys begin with a prefix, or those of them that go on without a slash; numbers are added up by name. */
  readonly measure: (objects: readonly ListedObject[], part: TreePart) => Promise<Measures>;
}

/** Objects that are seen whole. */
export interface TreePart {
  readonly prefix: string;
  /** Whether they are only those without a further slash. */
  readonly isLevel: boolean;
}

export type Measures = Readonly<Record<string, number>>;

/** What is thought to be in all. */
export interface TreeEstimate {
  readonly means: Measures;
  /** How many times a path was taken; from two on the errors are known. */
  readonly descents: number;
  /** By how much the means may be wrong, as a part of them: the standard error. */
  readonly errors: Measures;
}

/** More children of a node than these are not looked for: keys whose next character is one of thousands are in scripts like Han. */
const maxCharacters = 64;

/** The greatest there is; no key has it in its midst. */
const lastCharacter = "\u{10ffff}";

/** Enough for any distribution that can be estimated so at all. */
const maxDescents = 1000;

/**
 * Estimates sums over all keys from few of them, by Knuth's method ("Estimating the efficiency of backtrack programs", 1975): goes down
 * the tree of the keys' beginnings, at each node by one of its children, until a page shows all there is, and takes what it finds there
 * times the numbers of children passed. The mean of that is right, whatever the keys are; how near one comes depends on how even
 * the tree is. Children take turns, in an order of chance, so that those near the root are all seen.
 *
 * Goes on until the client throws RequestsSpent.
 */
export async function sampleTree(bucket: S3Bucket, options: TreeOptions): Promise<TreeEstimate> {
  const { prefix, random, signal, measure } = options;
  const root = new Node(prefix);
  const all = new Samples();
  try {
    while (all.count < maxDescents && !(root.isLeaf && all.count > 0)) {
      signal?.throwIfAborted();
      const sums: Record<string, number> = {};
      let weight = 1;
      for (let node: Node | undefined = root; node !== undefined;) {
        await node.open(bucket, random, measure, signal);
        for (const [name, value] of Object.entries(node.measures)) {
          sums[name] = (sums[name] ?? 0) + weight * value;
        }
        weight *= node.children.length;
        node = node.next();
      }
      all.add(sums);
    }
  } catch (error) {
    if (!(error instanceof RequestsSpent) || all.count === 0) throw error;
  }
  return { means: all.means(), descents: all.count, errors: all.errors() };
}

/** All keys with a prefix. */
class Node {
  readonly prefix: string;
  isLeaf = false;
  /** Of objects that are in no child. */
  measures: Measures = {};
  children: readonly Node[] = [];
  #isOpen = false;
  #turn = 0;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** The child whose turn it is. */
  next(): Node | undefined {
    return this.children[this.#turn++ % Math.max(1, this.children.length)];
  }

  async open(
    bucket: S3Bucket,
    random: () => number,
    measure: TreeOptions["measure"],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    if (this.#isOpen) return;
    const { prefix } = this;
    const list = (query: Parameters<typeof listObjects>[1]): Promise<ListPage> =>
      listObjects(bucket, { prefix, restoreStatus: true, ...query }, { signal });
    const page = await list({});
    if (page.nextToken === undefined) {
      this.measures = await measure(page.objects, { prefix, isLevel: false });
      this.isLeaf = true;
    } else {
      const level = hasSlash(page, prefix) ? await list({ delimiter: "/" }) : undefined;
      if (level !== undefined && level.nextToken === undefined) {
        this.measures = await measure(level.objects, { prefix, isLevel: true });
        this.children = shuffled(level.commonPrefixes, random).map((name) => new Node(name));
      } else {
        const beginnings = await beginningsOf(page, prefix, list);
        // A key that is the prefix itself has no next character.
        const own = page.objects.filter(({ key }) => key === prefix);
        if (own.length > 0) this.measures = await measure(own, { prefix, isLevel: true });
        this.children = shuffled(beginnings, random).map((name) => new Node(name));
      }
    }
    this.#isOpen = true;
  }
}

function hasSlash({ objects }: ListPage, prefix: string): boolean {
  return objects.some(({ key }) => key.includes("/", prefix.length));
}

/** The prefix and each character that may follow it: those on the page, and by a request for each those behind it. */
async function beginningsOf(
  page: ListPage,
  prefix: string,
  list: (query: { startAfter: string; maxKeys: number }) => Promise<ListPage>,
): Promise<readonly string[]> {
  const found = new Set<string>();
  /** Gives the key's beginning; of a key that is the prefix itself, the key. */
  const add = (key: string): string => {
    const code = key.codePointAt(prefix.length);
    const beginning = prefix + (code === undefined ? "" : String.fromCodePoint(code));
    if (code !== undefined) found.add(beginning);
    return beginning;
  };
  let last = prefix;
  for (const { key } of page.objects) last = add(key);
  for (let asked = 0; asked < maxCharacters; asked++) {
    const { objects } = await list({ startAfter: last + lastCharacter, maxKeys: 1 });
    const next = objects[0]?.key;
    if (next === undefined) break;
    const { size } = found;
    const beginning = add(next);
    // One that is there already has the greatest character behind it.
    last = found.size > size ? beginning : next;
  }
  return [...found];
}

function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const all = items.map((item) => ({ item, at: random() }));
  return all.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

/** Sums of several descents. */
class Samples {
  count = 0;
  readonly #sums = new Map<string, { sum: number; squares: number }>();

  add(sums: Measures): void {
    this.count++;
    for (const [name, value] of Object.entries(sums)) {
      const of = this.#sums.get(name) ?? { sum: 0, squares: 0 };
      of.sum += value;
      of.squares += value * value;
      this.#sums.set(name, of);
    }
  }

  means(): Measures {
    return this.#each(({ sum }) => sum / this.count);
  }

  errors(): Measures {
    if (this.count < 2) return {};
    return this.#each(({ sum, squares }) => {
      const mean = sum / this.count;
      const variance = Math.max(0, squares / this.count - mean * mean);
      return mean === 0 ? 0 : Math.sqrt(variance / (this.count - 1)) / mean;
    });
  }

  #each(of: (sums: { readonly sum: number; readonly squares: number }) => number): Measures {
    return Object.fromEntries([...this.#sums].map(([name, sums]) => [name, of(sums)]));
  }
}
