const highUnit = /[\ud800-\uffff]/;

/**
 * Orders keys by their UTF-8 bytes, as S3 does. The rest of the project has the same rule in
 * `key.ts`; this server does not share it, so that a mistake in one is not repeated by the other
 * and shows in the tests.
 */
export function compareBytes(a: string, b: string): number {
  if (highUnit.test(a) || highUnit.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
