import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { CurrentFolder, FolderSizes } from "./folder-sizes.ts";

/** Lists folders, as `a/:100 b/:50`, one after another in one range; gives where it is then. */
function listed(sizes: FolderSizes, folders: string): { folder: CurrentFolder; keys: number } {
  const folder = new CurrentFolder(sizes);
  let keys = 0;
  for (const each of folders.split(" ")) {
    const [path, count] = each.split(":");
    // Some keys of each page are looked at.
    for (let i = 0; i < Number(count); i += 10) {
      folder.goTo(Buffer.from(`${path}${String(i).padStart(6, "0")}`), keys + i);
    }
    keys += Number(count);
  }
  return { folder, keys };
}

describe("CurrentFolder", () => {
  const cases = [
    { name: "is typical until it has had its keys", folders: "f/:20", rest: 80 },
    { name: "is none after that", folders: "f/:120", rest: undefined },
    { name: "is taken to begin where it was first seen", folders: "e/:100 f/:30", rest: 70 },
    { name: "tells nothing of a depth that was not seen", folders: "e/f/:20", rest: undefined },
  ];
  for (const { name, folders, rest } of cases) {
    test(name, () => {
      const sizes = new FolderSizes();
      // The first is not known from its beginning, and the last not to its end.
      listed(sizes, "z/:7 a/:100 b/:100 c/:100 d/:100 e/:5");
      const { folder, keys } = listed(sizes, folders);
      assert.equal(folder.typicalRest(keys)?.keys, rest);
    });
  }

  test("is one whole of what several ranges list of it", () => {
    const sizes = new FolderSizes();
    const { folder, keys } = listed(sizes, "z/:7 a/:30");
    const rest = ["a/000030", "a/000060"].map((key) => folder.splitAt(Buffer.from(key)));
    for (const part of rest) {
      for (let i = 0; i < 30; i++) part.goTo(Buffer.from(`a/${i}`), i);
      part.goTo(Buffer.from("b/"), 30);
    }
    listed(sizes, "z/:7 b/:90 c/:90 d/:90 e/:5");
    const other = listed(sizes, "z/:7 y/:10");
    assert.equal(other.folder.typicalRest(other.keys), undefined, "a range is still in it");
    folder.leave(keys);
    assert.equal(other.folder.typicalRest(other.keys)?.keys, 80);
  });

  test("is not shared with a range that begins elsewhere", () => {
    const sizes = new FolderSizes();
    const { folder, keys } = listed(sizes, "z/:7 a/:30");
    for (const key of ["a/b/c", "a0", "b/"]) folder.splitAt(Buffer.from(key)).leave(1000);
    folder.leave(keys);
    listed(sizes, "z/:7 b/:30 c/:30 d/:30 e/:5");
    const other = listed(sizes, "z/:7 y/:10");
    assert.equal(other.folder.typicalRest(other.keys)?.keys, 20);
  });

  test("is not typical of anything before some are known", () => {
    const sizes = new FolderSizes();
    const { folder, keys } = listed(sizes, "a/:100 b/:100 c/:100 d/:100 e/:10");
    assert.equal(folder.typicalRest(keys), undefined);
    listed(sizes, "d/:100 e/:100 f/:100");
    assert.deepEqual(folder.typicalRest(keys), { depth: 2, keys: 90 });
  });
});
