import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { UserError } from "../errors.ts";
import { readCampanileConfig, type ConfigPlaces } from "./campanile-config.ts";

describe("campanile.cfg", () => {
  let root: string;
  before(async () => {
    root = await mkdtemp(join(tmpdir(), "campanile-cfg-"));
  });
  after(() => rm(root, { recursive: true }));

  async function rig(files: Record<string, string>) {
    const cwd = await mkdtemp(join(root, "case-"));
    for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
    const read = (more: Partial<ConfigPlaces> = {}) =>
      readCampanileConfig({ home: cwd, cwd, ...more }, join(cwd, "etc.cfg"));
    return { cwd, read };
  }

  test("may be absent", async () => {
    const { read } = await rig({});
    assert.deepEqual(await read(), { maxTmpSize: 128 * 1024 * 1024, ignored: [] });
  });

  test("is read as the readme shows it", async () => {
    const { cwd, read } = await rig({
      "campanile.cfg": "[DEFAULT]\nmaxtmpsize=134217728\nephemeral=/mnt,/mnt1\n",
    });
    const path = join(cwd, "campanile.cfg");
    assert.deepEqual(await read(), {
      maxTmpSize: 134_217_728,
      ignored: [`ephemeral of "${path}", line 3, has no effect: no temporary files are written`],
    });
  });

  const all = {
    "given.cfg": "[DEFAULT]\nmaxtmpsize=1\n",
    "campanile.cfg": "[DEFAULT]\nmaxtmpsize=2\n",
    "etc.cfg": "[DEFAULT]\nmaxtmpsize=3\n",
  };
  const precedence = [
    {
      name: "the file of --config goes before the others",
      files: all,
      more: { config: "given.cfg" },
      size: 1,
    },
    { name: "the directory's file goes before the machine's", files: all, size: 2 },
    { name: "the machine's file is the last", files: { "etc.cfg": all["etc.cfg"] }, size: 3 },
    {
      name: "an option that a file leaves empty is another's to say",
      files: { ...all, "campanile.cfg": "[DEFAULT]\nmaxtmpsize=\n" },
      size: 3,
    },
  ];
  for (const { name, files, more, size } of precedence) {
    test(name, async () => {
      const { read } = await rig(files);
      assert.equal((await read(more)).maxTmpSize, size);
    });
  }

  test("may hold the original's logging sections, and tells of what is unknown", async () => {
    const { cwd, read } = await rig({
      "etc.cfg":
        "[DEFAULT]\nmaxtmpsiez=5\n\n[loggers]\nkeys=root\n[handler_syslog]\nargs=(1,)\n[formatter_x]\nformat=%(message)s\n[odd]\na=b\n",
    });
    const path = join(cwd, "etc.cfg");
    assert.deepEqual((await read()).ignored, [
      `maxtmpsiez of "${path}", line 2, has no effect: there is no such option`,
      `a of "${path}", line 11, has no effect: there is no section [odd]`,
    ]);
  });

  test("is read once when --config names the file that is read anyway", async () => {
    const { read } = await rig({ "campanile.cfg": "[DEFAULT]\nephemeral=/mnt\n" });
    assert.equal((await read({ config: "./campanile.cfg" })).ignored.length, 1);
  });

  const refused = [
    {
      name: "a size in words",
      text: "[DEFAULT]\n\nmaxtmpsize=128M\n",
      says: "line 3: maxtmpsize is not a number of bytes",
    },
    {
      name: "a size of nothing",
      text: "[DEFAULT]\nmaxtmpsize=0\n",
      says: "line 2: maxtmpsize is not a number of bytes",
    },
    {
      name: "a line without a meaning",
      text: "[DEFAULT]\nmaxtmpsize\n",
      says: 'line 2: neither a [section] nor "name = value"',
    },
    {
      name: "an option above all sections",
      text: "maxtmpsize=1\n",
      says: "line 1: no [section] stands above it",
    },
  ];
  for (const { name, text, says } of refused) {
    test(`with ${name} is refused, naming the line`, async () => {
      const { cwd, read } = await rig({ "given.cfg": text });
      await assert.rejects(read({ config: "given.cfg" }), {
        name: "UserError",
        reason: "usage",
        message: `cannot read "${join(cwd, "given.cfg")}", ${says}`,
      });
    });
  }

  test("given by --config must be there", async () => {
    const { cwd, read } = await rig({ "campanile.cfg": "[DEFAULT]\n" });
    await assert.rejects(read({ config: "~/none.cfg" }), (error) => {
      assert.ok(error instanceof UserError);
      assert.equal(error.reason, "missing");
      assert.equal(error.message, `cannot read "${join(cwd, "none.cfg")}": there is no such file`);
      return true;
    });
  });
});
