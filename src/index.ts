/**
 * Campanile as a library: the records, the stages that turn them into one another, and the S3
 * client they work with. An S3 for tests is at `campanile/testing`.
 */
export { askObjects, type BothBuckets } from "./compare/ask-objects.ts";
export { type Basis, compareEntries, type Verdict } from "./compare/compare-entries.ts";
export { type CompareMode, compareModes } from "./compare/compare-mode.ts";
export type { Found } from "./compare/found.ts";
export { type ProofLevel, proofLevels } from "./compare/prove-pair.ts";
export { type Sample, sampleTest } from "./compare/sample.ts";
export { verify, type VerifyNeeds } from "./compare/verify.ts";
export { VerifySummary } from "./compare/verify-summary.ts";
export { Counters } from "./counters.ts";
export { exitStatus, type Reason, UserError } from "./errors.ts";
export type { Job, JobKeeper, JobSide, JobWorker } from "./engines/local/job.ts";
export { LocalWorker, type LocalWorkerOptions } from "./engines/local/local-worker.ts";
export {
  type JobDone,
  type RunJobOptions,
  type RunningJob,
  startJob,
} from "./engines/local/run-job.ts";
export { compareKeys } from "./key.ts";
export type { ListAddress } from "./listing-sources/list-address.ts";
export {
  type ListingNeeds,
  type OpenedListing,
  openListing,
} from "./listing-sources/open-listing.ts";
export { version } from "./version.ts";

export { checkCut, type CheckCutOptions, type CheckedCut } from "./ranges/check-cut.ts";
export { type CutFault, cutFaultCodec } from "./ranges/cut-fault.ts";
export type { HiddenReport } from "./ranges/hidden-prefixes.ts";
export type { KeyRange } from "./ranges/key-range.ts";
export { type ListLine, listLineCodec } from "./ranges/list-line.ts";
export { listParallel, type ListParallelOptions } from "./ranges/list-parallel.ts";
export { type NumberedLine, numberedLines } from "./ranges/numbered-line.ts";
export {
  type Partition,
  partitionByListing,
  partitionByProbing,
  type PartitionOptions,
} from "./ranges/partition.ts";
export { rangeLineCodec } from "./ranges/range-line.ts";
export type { PartLine } from "./ranges/part-file.ts";
export { partLineCodec } from "./ranges/part-file.ts";

export { asOf } from "./listing/as-of.ts";
export { versionPages } from "./listing/version-pages.ts";

export type { Attributes } from "./record/attributes.ts";
export type { Codec } from "./record/codec.ts";
export { type Entry, entryCodec } from "./record/entry.ts";
export { escapeColumn, unescapeColumn } from "./record/escape.ts";
export { type Result, resultCodec } from "./record/result.ts";
export { type Side, type Sided, sidedEntryCodec } from "./record/sided.ts";
export { type Part, type Task, taskCodec } from "./record/task.ts";

export type { Stage, StageContext } from "./stage.ts";
export { bucketlist, type BucketlistNeeds } from "./stages/bucketlist.ts";
export { diff, type DiffNeeds } from "./stages/diff.ts";
export { multipartcomplete, type MultipartcompleteNeeds } from "./stages/multipartcomplete.ts";
export {
  multipartlist,
  type MultipartlistNeeds,
  type OnUnknownParts,
} from "./stages/multipartlist.ts";
export { copyEntries, type CopyNeeds } from "./stages/copy-chain.ts";
export { copyArguments, type CopyOptions, type Via } from "./stages/copy-options.ts";
export type { CustomerKeys } from "./stages/copy-rules.ts";
export { CopyWay } from "./stages/copy-way.ts";
export { objectcopy, type ObjectcopyNeeds } from "./stages/objectcopy.ts";
export { versioncopy } from "./stages/versioncopy.ts";
export { objectdelete, type ObjectdeleteNeeds } from "./stages/objectdelete.ts";

export { type LineSource, OutputClosed, readRecords, writeRecords } from "./stream/lines.ts";
export { merge, OutOfOrderError } from "./stream/merge.ts";
export { collect, type Pages, pagesOf } from "./stream/pages.ts";
export { sortByKey } from "./stream/sort.ts";

export type { Addressing, Endpoint } from "./s3/address.ts";
export { type CustomerKey, customerKeyOf } from "./s3/customer-key.ts";
export { parseEndpoint } from "./s3/address.ts";
export type { CallOptions, S3Bucket, S3Client } from "./s3/client.ts";
export {
  connectBucket,
  type ConnectedBucket,
  type ConnectOptions,
  sharedTransports,
  type TransportFactory,
} from "./s3/connect.ts";
export type { ListedObject } from "./s3/list-objects.ts";
export { createS3Client, type S3ClientOptions } from "./s3/create-client.ts";
export { S3Error } from "./s3/error.ts";
export { explain } from "./s3/explain.ts";
export { type Transport, TransportError } from "./s3/transport.ts";
