import { UserError } from "../errors.ts";
import { inventoryEntries } from "../inventory/inventory-entries.ts";
import type { Keyed } from "../inventory/keyed.ts";
import type { InventoryReport } from "../inventory/report.ts";
import type { Pages } from "../stream/pages.ts";

/** Reads the keys of a bucket from an S3 Inventory report. Throws a UserError when it is another bucket's. */
export async function* inventoryKeys(
  open: () => Promise<InventoryReport>,
  bucket: string,
  directory: string,
): Pages<Keyed> {
  const report = await open();
  const { sourceBucket } = report.manifest;
  if (sourceBucket !== bucket) {
    throw new UserError(
      "usage",
      `cannot cut "s3://${bucket}" by ${JSON.stringify(report.name)}: it is of "s3://${sourceBucket}"`,
    );
  }
  yield* inventoryEntries(report, { keysOnly: true, directory });
}
