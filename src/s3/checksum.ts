import type { Headers } from "./bucket-request.ts";
import type { XmlElement } from "./xml.ts";

/** The algorithms whose values are carried from one object to another. */
export const checksumAlgorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

/** Whether a checksum is over the object's bytes, or over the checksums of its parts. */
export type ChecksumType = "FULL_OBJECT" | "COMPOSITE";

/** A checksum that S3 keeps with an object, besides its ETag. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined where the server does not say, as servers older than the header do. */
  readonly type: ChecksumType | undefined;
  /** Base64; a composite one may end in `-N`, the number of parts. */
  readonly value: string;
}

/** A checksum to send with bytes: S3 refuses the bytes if it is not theirs. */
export type BodyChecksum = Pick<Checksum, "algorithm" | "value">;

/**
 * What a checksum is called in headers and in documents. Every copy is looked through for all of
 * them.
 */
const names = checksumAlgorithms.map((algorithm) => ({
  algorithm,
  header: headerName(algorithm),
  element: `Checksum${algorithm}`,
}));

/** Reads the checksum from a reply's headers; a reply has at most one. */
export function checksumOfHeaders(headers: Headers): Checksum | undefined {
  for (const { algorithm, header } of names) {
    const value = headers[header];
    if (value !== undefined) {
      return { algorithm, type: typeOf(headers["x-amz-checksum-type"]), value };
    }
  }
  return undefined;
}

/**
 * Reads the checksum from an element that has one: a CopyObjectResult, a CopyPartResult, a Part.
 */
export function checksumOfElement(parent: Pick<XmlElement, "text">): Checksum | undefined {
  for (const { algorithm, element } of names) {
    const value = parent.text(element);
    if (value) return { algorithm, type: typeOf(parent.text("ChecksumType")), value };
  }
  return undefined;
}

/** The header by which a checksum is sent with a body, as `x-amz-checksum-crc32`. */
export function checksumHeader(checksum: BodyChecksum | undefined): Record<string, string> {
  return checksum ? { [headerName(checksum.algorithm)]: checksum.value } : {};
}

function headerName(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

function typeOf(text: string | undefined): ChecksumType | undefined {
  return text === "FULL_OBJECT" || text === "COMPOSITE" ? text : undefined;
}
