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
    assert.deepEqual(await read(), {
      ephemeral: ["/tmp"],
      maxTmpSize: 128 * 1024 * 1024,
      files: [],
      ignored: [],
    });
  });

  test("is read as the readme shows it", async () => {
    const { cwd, read } = await rig({
      "campanile.cfg": "[DEFAULT]\nmaxtmpsize=134217728\nephemeral=/mnt,/mnt1\n",
    });
    const path = join(cwd, "campanile.cfg");
    assert.deepEqual(await read(), {
      ephemeral: ["/mnt", "/mnt1"],
      maxTmpSize: 134_217_728,
      files: [path],
      ignored: [`ephemeral of "${path}", line 3, has no effect: no temporary files are written`],
    });
  });

  const all = {
    "given.cfg": "[DEFAULT]\nmaxtmpsize=1\n",
    "campanile.cfg": "[DEFAULT]\nmaxtmpsize=2\nephemeral=/here\n",
    "etc.cfg": "[DEFAULT]\nmaxtmpsize=3\nephemeral=/etc\n",
  };
  const { "etc.cfg": etc } = all;
  const precedence: readonly {
    readonly name: string;
    readonly files: Record<string, string>;
    readonly more?: Partial<ConfigPlaces>;
    readonly size: number;
    readonly directory: string;
  }[] = [
    {
      name: "an option goes before all files",
      files: all,
      more: { config: "given.cfg", options: { maxTmpSize: 9 } },
      size: 9,
      directory: "/here",
    },
    {
      name: "the file of --config goes before the others",
      files: all,
      more: { config: "given.cfg" },
      size: 1,
      directory: "/here",
    },
    {
      name: "the directory's file goes before the machine's",
      files: all,
      size: 2,
      directory: "/here",
    },
    {
      name: "the machine's file is the last",
      files: { "etc.cfg": etc },
      size: 3,
      directory: "/etc",
    },
  ];
  for (const { name, files, more, size, directory } of precedence) {
    test(name, async () => {
      const { read } = await rig(files);
      const { maxTmpSize, ephemeral } = await read(more);
      assert.deepEqual([maxTmpSize, ephemeral], [size, [directory]]);
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
    const { cwd, read } = await rig({ "campanile.cfg": "[DEFAULT]\nmaxtmpsize=7\n" });
    assert.deepEqual((await read({ config: "./campanile.cfg" })).files, [
      join(cwd, "campanile.cfg"),
    ]);
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
