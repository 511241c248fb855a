import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { UserError } from "./errors.ts";
import { parseIni, readIniFile, refuseMalformed } from "./ini-file.ts";

describe("an INI file", () => {
  const cases = [
    {
      name: "has options with = and with :",
      text: "[s]\na = 1\nb: 2",
      found: { s: { a: "1", b: "2" } },
    },
    { name: "takes = inside a value", text: "[s]\na=b=c==", found: { s: { a: "b=c==" } } },
    { name: "keeps # and ; inside a value", text: "[s]\na=x#y;z", found: { s: { a: "x#y;z" } } },
    {
      name: "drops a comment after a blank",
      text: "[s]\na=x ; y\nb=x # y",
      found: { s: { a: "x", b: "x" } },
    },
    {
      name: "skips comment lines",
      text: "# c\n[s]\n; c\nrem c\na=1\nremote=2",
      found: { s: { a: "1", remote: "2" } },
    },
    {
      name: "keeps dots in a section's name",
      text: "[profile a.b]\na=1",
      found: { "profile a.b": { a: "1" } },
    },
    {
      name: "joins the lines of one value",
      text: "[s]\nx =\n  a = 1\n  b = 2",
      found: { s: { x: "\na = 1\nb = 2" } },
    },
    {
      name: "lets the later of two options count",
      text: "[s]\na=1\n[t]\n[s]\nA=2",
      found: { s: { a: "2" }, t: {} },
    },
    {
      name: "takes CRLF and a byte order mark",
      text: "\uFEFF[s]\r\na=1\r\n",
      found: { s: { a: "1" } },
    },
    {
      name: "is not confused by names of objects",
      text: "[__proto__]\nconstructor=1",
      found: { ["__proto__"]: { constructor: "1" } },
    },
    {
      name: "takes true and lists as text",
      text: "[s]\na=true\nb[]=1",
      found: { s: { a: "true", "b[]": "1" } },
    },
  ];
  for (const { name, text, found } of cases) {
    test(name, () => {
      const { sections, malformed } = parseIni(text, "f");
      const plain = [...sections].map(([title, options]) => [
        title,
        [...options].map(([k, v]) => [k, v.value]),
      ]);
      assert.deepEqual(
        plain,
        Object.entries(found).map(([title, options]) => [title, Object.entries(options ?? {})]),
      );
      assert.deepEqual(malformed, []);
    });
  }

  test("knows the line of each option and of what it cannot read", () => {
    const { sections, malformed } = parseIni("\nstray=1\n[s]\na=1\n  more\nnonsense\nb=2", "f");
    assert.equal(sections.get("s")?.get("a")?.line, 4);
    assert.equal(sections.get("s")?.get("b")?.line, 7);
    assert.deepEqual(
      malformed.map(({ line }) => line),
      [2, 6],
    );
  });
});

describe("reading an INI file", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "campanile-ini-"));
  });
  after(() => rm(directory, { recursive: true }));

  test("gives nothing for a file that is not there", async () => {
    assert.equal(await readIniFile(join(directory, "none")), undefined);
  });

  test("refuses a directory", async () => {
    await assert.rejects(readIniFile(directory), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.message, `cannot read ${JSON.stringify(directory)}: it is a directory`);
      return true;
    });
  });

  test("sees whether all may read it", async () => {
    const path = join(directory, "mode");
    await writeFile(path, "[s]\n");
    await chmod(path, 0o600);
    assert.equal((await readIniFile(path))?.worldReadable, false);
    await chmod(path, 0o644);
    assert.equal((await readIniFile(path))?.worldReadable, true);
  });

  test("names file and line of what is malformed, and keeps its text to itself", async () => {
    const path = join(directory, "bad");
    await writeFile(path, "[s]\nwJalrXUtnFEMI\n");
    const file = await readIniFile(path);
    assert.ok(file);
    assert.throws(() => refuseMalformed(file), {
      name: "UserError",
      reason: "usage",
      message: `cannot read ${JSON.stringify(path)}, line 2: neither a [section] nor "name = value"`,
    });
  });
});
