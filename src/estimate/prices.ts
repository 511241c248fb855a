import { UserError } from "../errors.ts";
import { printable } from "../s3/printable.ts";
import ours from "./prices.json" with { type: "json" };

/** What S3 charges, in one currency: `src/estimate/prices.json` is the table that is used where no other is given. */
export interface Prices {
  /** Of when they are, and of which region. */
  readonly date: string;
  readonly region: string;
  readonly currency: string;
  readonly listPerThousand: number;
  /** By storage class. One that is not named costs what STANDARD does. */
  readonly classes: Readonly<Record<string, ClassPrices | undefined>>;
  /** From the source, by where to. */
  readonly transferPerGiB: Readonly<Record<TransferKind, number>>;
}

/** What the objects of a class cost. */
export interface ClassPrices {
  /** PUT, COPY, POST. */
  readonly writesPerThousand: number;
  /** GET and HEAD. */
  readonly readsPerThousand: number;
  readonly retrievalPerGiB: number;
}

export type TransferKind = "sameRegion" | "otherRegion" | "internet";

/** The table that comes with the program. */
export const defaultPrices: Prices = ours;

/** Reads a table of the same form. Throws a UserError that names what is missing. */
export function readPrices(text: string, name: string): Prices {
  const refuse = (why: string): UserError =>
    new UserError("usage", `cannot read ${JSON.stringify(name)}: ${why}`, {
      hint: "a table of prices has the form of src/estimate/prices.json",
    });
  let table: unknown;
  try {
    table = JSON.parse(text);
  } catch (error) {
    throw refuse(`it is no JSON: ${printable(String(error))}`);
  }
  const at = (...path: readonly string[]): unknown =>
    path.reduce<unknown>(
      (value, field) =>
        typeof value === "object" && value !== null
          ? (value as Record<string, unknown>)[field]
          : undefined,
      table,
    );
  const classes = at("classes");
  const names = typeof classes === "object" && classes !== null ? Object.keys(classes) : [];
  const numbers = [
    ["listPerThousand"],
    ...["sameRegion", "otherRegion", "internet"].map((kind) => ["transferPerGiB", kind]),
    ...["STANDARD", ...names].flatMap((of) =>
      ["writesPerThousand", "readsPerThousand", "retrievalPerGiB"].map((field) => [
        "classes",
        of,
        field,
      ]),
    ),
  ];
  for (const path of numbers) {
    const value = at(...path);
    if (typeof value !== "number" || value < 0) throw refuse(`it has no price ${path.join(".")}`);
  }
  for (const field of ["date", "region", "currency"]) {
    if (typeof at(field) !== "string") throw refuse(`it does not say its ${field}`);
  }
  return table as Prices;
}
