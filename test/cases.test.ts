import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { describeBucket, startCaseServer } from "./support/case-server.ts";
import { accounts } from "./support/servers/running.ts";
import { openShell } from "./support/shell.ts";

/**
 * Command lines as a user types them, each a directory in `test/cases`:
 *
 * | file | is |
 * | --- | --- |
 * | `cmd` | lines of bash; `campanile` runs from the sources |
 * | `stdin` | what they read; absent: nothing |
 * | `stdout`, `stderr`, `status` | what they must write, to the byte, and end with |
 * | `copies` | the objects and unfinished uploads they must leave in the bucket `copies`; absent: none |
 *
 * Each case has an S3 of its own (support/case-server.ts), an empty home as its working directory, and in its `.boto` the profiles `jeff`, who
 * owns `photos`, and `jassy`, who owns `copies`; jeff's is the one that is used where none is named. What is another each time is replaced:
 * `<ENDPOINT>`, `<HOME>`, `<UPLOAD>`, and `<NOW>` for a date of today. `<ANY>` in an expectation stands for anything in a line.
 *
 * `UPDATE=1 node --test test/cases.test.ts` writes the expectations anew. Read the difference before it is committed.
 */
const cases = join(import.meta.dirname, "cases");
const isUpdate = process.env["UPDATE"] === "1";

describe("the command line", { concurrency: availableParallelism() }, async () => {
  let compiled: string;
  before(async () => {
    compiled = await mkdtemp(join(tmpdir(), "campanile-compiled-"));
  });
  after(() => rm(compiled, { recursive: true }));

  for (const name of (await readdir(cases)).sort()) {
    test(name.replaceAll("-", " "), async () => {
      const files = await readCase(join(cases, name));
      assert.ok(files["cmd"] !== undefined, `test/cases/${name} has no cmd`);
      const found = await runCase(files["cmd"], files["stdin"] ?? "", compiled);
      if (isUpdate) await update(join(cases, name), files, found);
      else assert.deepEqual(found, expectationsOf(files, found));
    });
  }
});

/** What a case is compared by; one of no bytes need not be there, except for those that every case has. */
const compared = ["stdout", "stderr", "status", "copies"] as const;
const always: readonly string[] = ["stdout", "stderr", "status"];

type Outputs = Readonly<Record<(typeof compared)[number], string>>;

async function readCase(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(directory);
  const known: readonly string[] = ["cmd", "stdin", ...compared];
  for (const name of names) assert.ok(known.includes(name), `${directory}/${name} means nothing`);
  const files = names.map(async (name) => [name, await readFile(join(directory, name), "utf8")]);
  return Object.fromEntries(await Promise.all(files)) as Record<string, string>;
}

async function runCase(cmd: string, stdin: string, compiled: string): Promise<Outputs> {
  const server = await startCaseServer();
  const shell = await openShell({ url: server.url, ...accounts });
  try {
    const { stdout, stderr, status } = await shell.run(cmd, {
      stdin,
      env: {
        AWS_PROFILE: "jeff",
        AWS_ENDPOINT_URL_S3: server.url,
        NODE_COMPILE_CACHE: compiled,
      },
    });
    for (const { secretAccessKey } of Object.values(accounts)) {
      assert.ok(!(stdout + stderr).includes(secretAccessKey), "a secret key is shown");
    }
    const replace = (text: string): string =>
      text
        .replaceAll(server.url, "<ENDPOINT>")
        .replaceAll(server.url.replace("http://", ""), "<ENDPOINT>")
        .replaceAll(shell.home, "<HOME>")
        .replace(/[\w-]{128}|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/g, "<UPLOAD>")
        .replace(/20(?:2[6-9]|[3-8]\d)-\d\d-\d\d \d\d:\d\d:\d\d/g, "<NOW>");
    return {
      stdout: replace(stdout),
      stderr: replace(stderr),
      status: `${status}\n`,
      copies: describeBucket(server, "copies"),
    };
  } finally {
    await shell.close();
    await server.close();
    assert.deepEqual(server.bugs, [], "errors of the server's own");
  }
}

function expectationsOf(files: Readonly<Record<string, string>>, found: Outputs): Outputs {
  const expected = compared.map((name) => {
    const text = files[name] ?? "";
    return [name, matches(text, found[name]) ? found[name] : text];
  });
  return Object.fromEntries(expected) as Outputs;
}

/** Compares a text with one in which `<ANY>` stands for anything in a line. */
function matches(expected: string, found: string): boolean {
  const pieces = expected
    .split("<ANY>")
    .map((piece) => piece.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${pieces.join("[^\\n]*")}$`).test(found);
}

async function update(
  directory: string,
  files: Readonly<Record<string, string>>,
  found: Outputs,
): Promise<void> {
  for (const name of compared) {
    const path = join(directory, name);
    if (matches(files[name] ?? "", found[name]) && files[name] !== undefined) continue;
    if (found[name] !== "" || always.includes(name)) await writeFile(path, found[name]);
    else await rm(path, { force: true });
  }
}
