import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { seededRandom } from "../../test/support/random.ts";
import { openRig, type Rig } from "../../test/support/rig.ts";
import { measureSides, type SidesMeasures } from "./measure-sides.ts";

describe("the measures of two sides", () => {
  let rig: Rig;
  before(async () => {
    rig = await openRig({ pageSize: 20 });
    for (let i = 0; i < 1000; i++) {
      const key = `${Math.floor(i / 100)}/${Math.floor(i / 10) % 10}/${i % 10}`;
      rig.server.putObject(rig.source.name, `from/${key}`, Buffer.from("abc"));
      if (i % 5 === 0) continue;
      const body = i % 10 === 3 ? "changed" : "abc";
      rig.server.putObject(rig.target.name, `to/${key}`, Buffer.from(body));
    }
  });
  after(() => rig.close());

  function measure(maxRequests: number, isAlone = false): Promise<SidesMeasures> {
    return measureSides(
      { bucket: rig.source, prefix: "from/" },
      isAlone ? undefined : { bucket: rig.target, prefix: "to/" },
      { maxRequests, random: seededRandom(1), signal: new AbortController().signal },
    );
  }
  const exact = { objects: 1000, bytes: 3000, same: 700, added: 200, changed: 100, copies: 300 };

  test("are exact where half of the requests list all", async () => {
    const { source, target, error, requests } = await measure(1000);
    for (const [name, value] of Object.entries(exact)) assert.equal(source[name], value, name);
    assert.deepEqual(target, { objects: 800, bytes: 2400 + 400 });
    assert.equal(error, 0);
    assert.ok(requests >= 50 + 40 && requests < 250, `${requests} requests`);
  });

  test("are near where samples of both have to do, and take no request more than allowed", async () => {
    rig.server.requests.clear();
    const { source, target, error, requests } = await measure(120);
    // The tree is even, and so are the changes.
    for (const [name, value] of Object.entries(exact)) {
      assert.ok(Math.abs(source[name]! / value - 1) < 0.1, `${name}: ${source[name]}`);
    }
    assert.ok(Math.abs(target!["objects"]! / 800 - 1) < 0.1, `${target!["objects"]}`);
    assert.ok(error < 0.1);
    assert.equal(requests, rig.server.requests.count("ListObjectsV2"));
    assert.ok(requests <= 123, `${requests} requests`);
  });

  test("of the source alone are those of a copy of all", async () => {
    const { source, target } = await measure(1000, true);
    assert.deepEqual([source["copies"], source["added"], target], [1000, 1000, undefined]);
  });
});
