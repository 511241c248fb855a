import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { childText, parseXml, writeXml } from "./xml.ts";

describe("parseXml", () => {
  const cases = [
    { name: "keeps white space at either end", xml: "<D><Key> a \n</Key></D>", key: " a \n" },
    { name: "does not take numbers for numbers", xml: "<D><Key>0012.0</Key></D>", key: "0012.0" },
    { name: "decodes a reference once", xml: "<D><Key>&amp;lt;</Key></D>", key: "&lt;" },
    {
      name: "decodes control characters",
      xml: "<D><Key>a&#x1;&#13;&#10;b</Key></D>",
      key: "a\u0001\r\nb",
    },
    {
      name: "leaves CDATA as it is",
      xml: "<D><Key>x<![CDATA[&amp;<]]>y</Key></D>",
      key: "x&amp;<y",
    },
    { name: "reads an empty element", xml: "<D><Key/></D>", key: "" },
    { name: "sees through a namespace", xml: '<a:D xmlns:a="x"><a:Key>k</a:Key></a:D>', key: "k" },
    { name: "finds no element that is not there", xml: "<D></D>", key: undefined },
    {
      name: "is not misled by names of Object's own",
      xml: "<D><Key>toString</Key></D>",
      key: "toString",
    },
  ];
  for (const { name, xml, key } of cases) {
    test(name, () => assert.equal(childText(parseXml(Buffer.from(xml), "D"), "Key"), key));
  }

  test("gives repeated elements in order, a thousand of them with references", () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `&&${index}`);
    const xml = `<D>${keys.map((key) => `<O>${key.replaceAll("&", "&amp;")}</O>`).join("\n")}</D>`;
    const { children } = parseXml(Buffer.from(xml), "D");
    assert.deepEqual(
      children["O"]?.map(({ text }) => text),
      keys,
    );
  });

  for (const bad of [
    "",
    "no",
    "<D>",
    "<D></E>",
    "<Other/>",
    '<!DOCTYPE D [<!ENTITY x "y">]><D>&x;</D>',
  ]) {
    test(`refuses ${JSON.stringify(bad)}`, () => {
      assert.throws(() => parseXml(Buffer.from(bad), "D"), { code: "MalformedXML" });
    });
  }
});

describe("writeXml", () => {
  test("writes what it can be read back from, and leaves out what is undefined", () => {
    const xml = writeXml("D", { A: undefined, Key: "a<&>\"'\u0001\r\n b", N: 3, B: false });
    const read = parseXml(Buffer.from(xml), "D");
    assert.equal(childText(read, "Key"), "a<&>\"'\u0001\r\n b");
    assert.equal(childText(read, "N"), "3");
    assert.equal(childText(read, "B"), "false");
    assert.equal(read.children["A"], undefined);
  });

  test("writes a list as the same element again and again", () => {
    const xml = writeXml("D", { P: [{ Q: "1" }, { Q: "2" }] }, { plain: true });
    assert.match(xml, /<D><P><Q>1<\/Q><\/P><P><Q>2<\/Q><\/P><\/D>$/);
  });
});
