import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { createMultipartUpload } from "../s3/create-multipart-upload.ts";
import { bucketFiles } from "./bucket-files.ts";
import type { Files } from "./files.ts";
import { localFiles } from "./local-files.ts";

let root: string;
let rig: Rig;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "campanile-files-"));
  rig = await openRig();
});
after(async () => {
  await rig.close();
  await rm(root, { recursive: true });
});
afterEach(() => rig.server.faults.clear());

let count = 0;

/** A new place of each kind, and what leaves a file there that nobody finished. */
const kinds: Readonly<
  Record<string, () => { files: Files; leave: (name: string) => Promise<unknown>; left: Left }>
> = {
  "on a disk": () => {
    const path = join(root, String(count++));
    return {
      files: localFiles(path, path),
      leave: async (name) => {
        await mkdir(path, { recursive: true });
        await writeFile(join(path, `.${name}.unfinished`), "half");
      },
      left: async () =>
        (await readdir(path).catch(() => [])).filter((name) => name.endsWith(".unfinished")),
    };
  },
  "in a bucket": () => {
    const folder = `place-${count++}`;
    return {
      files: bucketFiles(rig.target, folder, "the listing"),
      leave: (name) => createMultipartUpload(rig.target, `${folder}/${name}`),
      left: () =>
        Promise.resolve(
          [...rig.server.store.uploads(rig.target.name)]
            .map(({ key }) => key)
            .filter((key) => key.startsWith(`${folder}/`)),
        ),
    };
  },
};

type Left = () => Promise<readonly string[]>;

for (const [where, newPlace] of Object.entries(kinds)) {
  describe(`files ${where}`, () => {
    let files: Files;
    let leave: (name: string) => Promise<unknown>;
    let left: Left;
    beforeEach(() => {
      ({ files, leave, left } = newPlace());
    });

    test("are read as they were written, in whatever way", async () => {
      await files.replace("a", Buffer.from("old"));
      await files.replace("a", Buffer.from("new"));
      assert.equal(await files.create("b", Buffer.from("first")), true);
      assert.equal(await files.create("b", Buffer.from("second")), false);
      await files.stream("folder/c", async (sink) => {
        for (const word of ["bit ", "by ", "bit"]) sink.write(word);
      });
      const texts = ["a", "b", "folder/c"].map(async (name) => String(await files.read(name)));
      assert.deepEqual(await Promise.all(texts), ["new", "first", "bit by bit"]);
      assert.equal(await files.read("d"), undefined);
      assert.deepEqual(await files.list(""), ["a", "b", "folder"]);
      assert.deepEqual(await files.list("", 2), ["a", "b"]);
      assert.deepEqual(await files.list("folder"), ["c"]);
      assert.deepEqual(await files.within("folder").list(""), ["c"]);
      assert.deepEqual(await files.list("nowhere"), []);
    });

    test("are not there when who writes them fails, and one before is left", async () => {
      await files.replace("a", Buffer.from("old"));
      const fails = files.stream("a", async (sink) => {
        sink.write("half");
        throw new RangeError("no more");
      });
      await assert.rejects(fails, new RangeError("no more"));
      assert.equal(String(await files.read("a")), "old");
      assert.deepEqual(await left(), []);
    });

    test("that were left unfinished are removed, those of others not", async () => {
      await leave("part-1");
      await leave("other");
      assert.equal((await left()).length, 2);
      await files.removeUnfinished((name) => name.startsWith("part-"));
      const rest = await left();
      assert.equal(rest.length, 1);
      assert.match(rest[0]!, /other/);
      assert.deepEqual(await files.list(""), []);
    });
  });
}

test("a file in a bucket that refuses it is told as an error for people", async () => {
  const files = bucketFiles(rig.target, "lists", "the listing");
  rig.server.faults.add({ kind: "error", code: "AccessDenied", operation: "PutObject" });
  const write = files.stream("a", async (sink) => {
    sink.write("text");
  });
  await assert.rejects(write, {
    name: "UserError",
    message: 'cannot write the listing in "s3://target-bucket/lists/": access denied',
  });
});

test("who may not list uploads leaves what is unfinished", async () => {
  const files = bucketFiles(rig.target, "lists", "the listing");
  rig.server.faults.add({ kind: "error", code: "AccessDenied", operation: "ListMultipartUploads" });
  await files.removeUnfinished(() => true);
});

test("a file on a disk whose folder cannot be made is told as an error for people", async () => {
  await writeFile(join(root, "file"), "");
  for (const place of ["file", "file/lists"]) {
    const files = localFiles(place, join(root, place));
    await assert.rejects(
      files.stream("a", async () => {}),
      {
        name: "UserError",
        message: /^cannot write .*: there is a file where a directory should be$/,
      },
    );
  }
});
