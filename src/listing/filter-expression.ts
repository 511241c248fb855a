import { createRequire } from "node:module";
import { UserError } from "../errors.ts";
import type { Entry } from "../record/entry.ts";

/** A test of entries, as somebody has written it. */
type Test = (entry: Entry) => unknown;

/** Whether a text is the path of a module, and no expression. */
export function isModulePath(text: string): boolean {
  return /^[^'"`(]*\.[cm]?[jt]s$/.test(text);
}

/**
 * Makes a test of an expression of JavaScript over `key`, `etag`, `size`, `mtime`, `storageClass` and `attributes`, or of the function
 * that a module, named by its absolute path, exports by default. Throws a UserError for what is neither, and the test one for an entry
 * that it cannot take.
 */
export function expressionTest(text: string): (entry: Entry) => boolean {
  const test = isModulePath(text) ? testOfModule(text) : testOfExpression(text);
  return (entry) => {
    try {
      return Boolean(test(entry));
    } catch (error) {
      throw refused(text, `${reasonOf(error)}, for the key ${JSON.stringify(entry.key)}`, error);
    }
  };
}

function testOfModule(path: string): Test {
  let loaded: unknown;
  try {
    // By require, which is at once, and since Node 22 takes modules of both kinds.
    loaded = createRequire(import.meta.url)(path);
  } catch (error) {
    throw refused(path, reasonOf(error), error);
  }
  const exported = (loaded as { readonly default?: unknown }).default ?? loaded;
  if (typeof exported === "function") return exported as Test;
  throw refused(path, "it exports no function by default");
}

function testOfExpression(text: string): Test {
  const names = "const { key, etag, size, mtime, attributes = {} } = entry;";
  const more = 'const storageClass = attributes.class ?? "STANDARD";';
  try {
    // What it runs is what the user of this machine has typed.
    // oxlint-disable-next-line typescript/no-implied-eval
    return new Function("entry", `"use strict"; ${names} ${more} return (${text}\n);`) as Test;
  } catch (error) {
    throw refused(text, reasonOf(error), error);
  }
}

function refused(text: string, why: string, cause?: unknown): UserError {
  return new UserError("usage", `cannot filter by ${JSON.stringify(text)}: ${why}`, {
    hint: `it is an expression, as 'size > 1e6 && key.endsWith(".jpg")', or a module that exports a function of an entry`,
    cause,
  });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.split("\n", 1)[0]! : String(error);
}
