import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { flatXml } from "./flat-xml.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";
import { parseXml } from "./xml.ts";

const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
const etag = "<ETag>&quot;9b2cf535f27731c974343645a3985328&quot;</ETag>";

describe("a flat reply", () => {
  const whole = [
    { name: "as Amazon S3 writes it", text: `${head}<R xmlns="http://s3">${etag}</R>` },
    { name: "without a declaration", text: `<R>${etag}</R>` },
    { name: "after the white space of a long operation", text: `\n \n ${head}<R>${etag}</R>\n` },
    { name: "with white space and comments", text: `<R >\n <!-- <a> -->\n ${etag}\n</R >\n` },
    { name: "with an empty element", text: `<R><ChecksumType/>${etag}</R>` },
    {
      name: "with an element that has no text",
      text: `<R><ChecksumType></ChecksumType>${etag}</R>`,
    },
    { name: "with attributes", text: `<R a="<>"><ETag b='/>'>x</ETag></R>`.replace("<>", "&lt;") },
    { name: "with elements in an element", text: `<R><O><ID>1</ID><ETag>no</ETag></O>${etag}</R>` },
    { name: "with two of a name", text: `<R><ETag>first</ETag>${etag}</R>` },
    { name: "with letters of many bytes", text: `<R><ETag>é&#x1F600;😀&amp;lt;</ETag></R>` },
    { name: "with nothing in it", text: "<R/>" },
    { name: "with no text in it", text: "<R></R>" },
  ];
  for (const { name, text } of whole) {
    test(`${name} has the texts that the general parser finds`, () => {
      const flat = flatXml(Buffer.from(text), "R");
      const general = parseXml(Buffer.from(text), "R");
      for (const element of ["ETag", "ChecksumType", "LastModified"]) {
        assert.equal(flat.text(element), general.text(element), element);
      }
    });
  }

  const document = `${head}<R><LastModified>2026-11-24T17:32:03.000Z</LastModified>${etag}</R>`;

  test("cut anywhere is refused", () => {
    for (let length = 0; length < document.length; length++) {
      assert.throws(
        () => flatXml(Buffer.from(document.slice(0, length)), "R"),
        UnexpectedReplyError,
        document.slice(0, length),
      );
    }
    assert.ok(flatXml(Buffer.from(document), "R").text("ETag"));
  });

  const refused = [
    { name: "of another root", text: `<Error>${etag}</Error>` },
    { name: "with more behind it", text: `<R>${etag}</R><R/>` },
    { name: "with a wrong closing tag", text: `<R><ETag>x</Etag></R>` },
    { name: "with text beside the elements", text: `<R>x${etag}</R>` },
    { name: "with a DOCTYPE", text: `<!DOCTYPE R><R>${etag}</R>` },
    { name: "with CDATA", text: `<R><ETag><![CDATA[x]]></ETag></R>` },
    { name: "with an entity that is none", text: `<R><ETag>&nbsp;</ETag></R>` },
    { name: "of no bytes", text: "" },
    { name: "that is HTML", text: "<html><body>busy</body></html>" },
  ];
  for (const { name, text } of refused) {
    test(`${name} is refused`, () => {
      assert.throws(() => flatXml(Buffer.from(text), "R"), UnexpectedReplyError);
    });
  }
});
