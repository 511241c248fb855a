/**
 * By what two objects of one key are compared:
 *
 * | mode | the same when | asks S3 |
 * | --- | --- | --- |
 * | `auto` | size and ETag are equal; where ETags cannot tell, by checksum, else by time | 2 HEADs for such a pair |
 * | `etag` | size and ETag are equal | never |
 * | `size` | the size is equal | never |
 * | `size+mtime` | the size is equal, and the target not older than the source | never |
 * | `checksum` | the size and the checksums that S3 keeps are equal; where there are none, as `auto` | 2 HEADs for a pair of one size |
 */
export const compareModes = ["auto", "etag", "size", "size+mtime", "checksum"] as const;
export type CompareMode = (typeof compareModes)[number];
