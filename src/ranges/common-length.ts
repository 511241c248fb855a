/** How many bytes two keys have in common from their beginnings. */
export function commonLength(a: Uint8Array, b: Uint8Array): number {
  const least = Math.min(a.length, b.length);
  let length = 0;
  while (length < least && a[length] === b[length]) length++;
  return length;
}
