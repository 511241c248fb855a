const highUnit = /[\ud800-\uffff]/;

/**
 * Orders keys as S3 lists them: by their UTF-8 bytes. JavaScript's `<` compares UTF-16 units, which
 * is the same order unless a key has a unit from U+D800 up, so only such keys take the slow way.
 */
export function compareKeys(a: string, b: string): number {
  if (highUnit.test(a) || highUnit.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
