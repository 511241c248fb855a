import { randomKey } from "../random.ts";
import { type SortedKeys, sortedKeys } from "./sorted-keys.ts";

/** A bucket of about so many keys of one of many shapes, each as chance has it. */
export function randomBucket(
  random: () => number,
  size: number,
): { readonly name: string; readonly keys: SortedKeys } {
  const int = (below: number): number => Math.floor(random() * below);
  const hex = (digits: number): string => {
    let text = "";
    while (text.length < digits) text += int(16).toString(16);
    return text;
  };
  /** Some are taken often, most hardly ever. */
  const skewed = (below: number): number => Math.floor(below * random() ** 4);
  const words = Array.from({ length: 40 }, () => randomKey(random).replaceAll("/", "-"));
  const word = (): string => words[skewed(words.length)]!;
  const kinds: Readonly<Record<string, (index: number) => string>> = {
    flat: (index) => `file-${index}`,
    padded: (index) => String(index).padStart(9, "0"),
    dated: () => `log/2024-${String(1 + int(12)).padStart(2, "0")}-${1 + int(28)}/${hex(8)}`,
    hex: () => hex(20),
    folders: () => Array.from({ length: 1 + int(5) }, () => word()).join("/"),
    heavyFolder: (index) => (random() < 0.97 ? `m/m/m/${hex(12)}` : `${word()}/${index}`),
    odd: () => randomKey(random) + randomKey(random),
    astral: () => String.fromCodePoint(0xff00 + int(0x200), 0x10000 + int(0x100000)),
    tabs: (index) => `${"\t".repeat(int(4))}${index}\n${word()}`,
    longPrefix: (index) => `${"a/very-long-".repeat(70)}${index}`,
    longest: (index) => `${"é".repeat(505)}${index}`,
    bits: () => Array.from({ length: 30 }, () => (random() < 0.9 ? "a" : "b")).join(""),
    slashes: () => "/".repeat(1 + int(300)),
    same: () => "only this one",
  };
  const names = Object.keys(kinds);
  const name = names[int(names.length)]!;
  return { name, keys: sortedKeys(Array.from({ length: size }, (_, i) => kinds[name]!(i))) };
}
