import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";

import { hasGo } from "../bench/go.ts";
import type { ListingRow } from "../bench/listings.ts";
import type { Row } from "../bench/measured.ts";
import type { Question } from "../bench/question.ts";
import { questions } from "../bench/questions.ts";
import { needsPeers } from "./support/peers.ts";
import { inCheckout } from "./support/servers/checkout.ts";

const bench = (...args: readonly string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, [inCheckout("bench/run.ts"), ...args]);

const names = questions.map(({ name }) => name);

describe("the benchmarks", { skip: !hasGo() && "Go is not installed, and they need it" }, () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "campanile-bench-test-"));
  });
  after(() => rm(directory, { recursive: true }));

  /** Measures at a size that only shows that it works. */
  async function measured(
    ...args: readonly string[]
  ): Promise<{ table: string; rows: readonly Row[]; listings: readonly ListingRow[] }> {
    const file = join(directory, "found.json");
    const { stdout } = await bench("--smoke", "--json", file, ...args);
    const found = JSON.parse(await readFile(file, "utf8")) as {
      rows: readonly Row[];
      listings: readonly ListingRow[];
    };
    return { table: stdout, ...found };
  }

  for (const wire of ["plain", "tls"] as const) {
    test(`measure each of our clients at every question, ${wire}`, async () => {
      const asked = questions.filter(({ onlyPlain }) => wire === "plain" || onlyPlain !== true);
      const { table, rows } = await measured(`--${wire}`, ...asked.map(({ name }) => name));
      const expected = asked.flatMap((question) =>
        clientsOf(question).map((client) => `${question.name} ${client}`),
      );
      assert.deepEqual(
        rows.map(({ question, client }) => `${question} ${client}`),
        expected,
      );
      for (const row of rows) {
        const { question, client, requests, idealRequests } = row;
        const title = `${question} ${client}`;
        assert.equal(row.wire, wire, title);
        assert.ok(row.cpuMs > 0 && row.wallMs > 0 && row.peakBytes > 1e7, title);
        // Listings are split before they are known to be short: a page more a split, of which so short ones have many.
        assert.ok(requests <= idealRequests * 1.25 + 20, `${title}: ${requests} requests`);
        assert.ok(table.includes(` ${requests} (${idealRequests}) |`), title);
      }
    });
  }

  test("list whole buckets from a slow server, and compare with the least there can be", async () => {
    const { table, rows, listings } = await measured("listings");
    assert.deepEqual(rows, []);
    assert.deepEqual(
      listings.map(({ shape, ordered }) => `${shape} ${ordered}`),
      ["logs true", "skew false"],
    );
    for (const { requests, leastRequests, wallMs, leastMs } of listings) {
      assert.equal(leastRequests, 3);
      assert.ok(requests >= leastRequests && requests < 10);
      // The server waits before each answer, so nothing can be sooner.
      assert.ok(wallMs > leastMs);
    }
    assert.match(table, /^\| logs-3000 +\| campanile \| of keys \|/m);
  });

  test("measure peers at the same work", needsPeers("aws", "rclone", "s5cmd"), async () => {
    const asked = ["ls", "copy-server", "copy-small", "sync"];
    const { table, rows } = await measured("--plain", "--peers", "--markdown", ...asked);
    const peers = rows.filter(({ client }) => !client.startsWith("campanile"));
    assert.deepEqual(
      peers.map(({ question, client }) => `${question} ${client}`),
      [
        "ls s5cmd",
        "ls rclone",
        "ls aws",
        "copy-server s5cmd",
        "copy-server rclone",
        "copy-server aws",
        "copy-small rclone",
        "sync s5cmd",
        "sync rclone",
        "sync aws",
      ],
    );
    assert.match(table, /^On 20.* cores of .*, s5cmd v.*, rclone v.*, aws-cli\//);
  });

  test("tell of a client that fails, go on with the others, and end with status 1", async () => {
    const program = join(directory, "fails.mjs");
    await writeFile(program, `console.error("no luck");\nprocess.exit(3);\n`);
    const asked = ["--smoke", "--plain", "--program", program, "ls", "sync"];
    await assert.rejects(
      bench(...asked),
      ({ code, stderr }: { code?: unknown; stderr: string }) => {
        assert.equal(code, 1, stderr);
        assert.equal(stderr.match(/ended with status 3:\nno luck/g)?.length, 4, stderr);
        return true;
      },
    );
  });

  const mistakes = [
    { args: "nothing", says: /there is no question "nothing"; there are copy-request, .*listings/ },
    { args: "--fast", says: /--fast.*--help/ },
    { args: "--runs 0", says: /--runs takes a number of 1 or more, not "0"/ },
    { args: "--quick --smoke", says: /exclude each other/ },
    { args: "--tls start-up", says: /start-up is measured without TLS only/ },
    { args: "--client nobody ls", says: /no client "nobody"/ },
  ];
  for (const { args, says } of mistakes) {
    test(`refuse ${args} with one sentence`, async () => {
      const refused = bench(...args.split(" "));
      await assert.rejects(refused, ({ code, stderr }: { code?: unknown; stderr: string }) => {
        assert.equal(code, 2, stderr);
        assert.match(stderr, says);
        assert.match(stderr, /^bench: [^\n]+\n$/);
        return true;
      });
    });
  }

  test("name all questions in their help", async () => {
    const { stdout } = await bench("--help");
    for (const name of [...names, "listings"]) assert.ok(stdout.includes(`\n  ${name} `), name);
  });
});

/** All but peers. */
function clientsOf(question: Question): readonly string[] {
  if (question.kind === "path") return Object.keys(question.contenders);
  return Object.entries(question.clients).flatMap(([name, { peer }]) =>
    peer === undefined ? [name] : [],
  );
}
