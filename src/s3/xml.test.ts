import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { randomKey, seededRandom } from "../../test/support/random.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";
import { decodeEntities, encodeEntities, isXmlText } from "./xml-entities.ts";
import { parseXml } from "./xml.ts";

describe("a small reply", () => {
  const texts = [
    { name: "digits with a zero before them", xml: "0123", text: "0123" },
    { name: "what might be a number", xml: "1e3", text: "1e3" },
    { name: "what might be a truth", xml: "true", text: "true" },
    { name: "spaces at both ends", xml: " a ", text: " a " },
    { name: "spaces alone", xml: "  ", text: "  " },
    { name: "named entities", xml: "&lt;&gt;&amp;&quot;&apos;", text: `<>&"'` },
    { name: "an escaped escape", xml: "&amp;lt;", text: "&lt;" },
    { name: "references by number", xml: "&#10;&#13;&#x9;&#x1F600;", text: "\n\r\t😀" },
    { name: "a reference to a control character", xml: "&#1;&#x1f;", text: "\u0001\u001f" },
    { name: "a comment in it", xml: "a<!-- b -->c", text: "ac" },
    { name: "nothing", xml: "", text: "" },
    {
      name: "more entities than a cautious parser resolves",
      xml: "&amp;".repeat(5000),
      text: "&".repeat(5000),
    },
  ];
  for (const { name, xml, text } of texts) {
    test(`keeps a text of ${name} as it is`, () => {
      assert.equal(root(`<R><Key>${xml}</Key></R>`).text("Key"), text);
    });
  }

  test("gives children by name, in their order, however many there are", () => {
    const reply = root("<R>\n <A><B>1</B></A><C/> <A>\n<B>2</B><B>3</B></A>\n</R>");
    assert.deepEqual(
      reply.children("A").map((each) => each.texts("B")),
      [["1"], ["2", "3"]],
    );
    assert.equal(reply.child("A")?.text("B"), "1");
    assert.deepEqual(
      [reply.text("C"), reply.text("D"), reply.child("D")],
      ["", undefined, undefined],
    );
    assert.deepEqual([reply.children("D"), reply.texts("D")], [[], []]);
  });

  test("has no children but its own", () => {
    const reply = root("<R><A>x</A></R>");
    for (const name of ["toString", "__proto__", "#text", "length"]) {
      assert.equal(reply.text(name), undefined, name);
    }
    assert.equal(root("<R/>").text("A"), undefined);
  });

  test("may have white space, a byte order mark and a declaration before it, and attributes", () => {
    const xml = `\ufeff \n\n<?xml version="1.0"?>\n<R xmlns="urn:x"><A b="c">x</A></R>\n`;
    assert.equal(root(xml).text("A"), "x");
  });

  const refused = [
    { name: "nothing", xml: "" },
    { name: "no XML", xml: "upstream connect error" },
    { name: "another root", xml: "<Error><Code>SlowDown</Code></Error>" },
    { name: "two roots", xml: "<R><A/></R><R><A/></R>" },
    { name: "a second document", xml: "<R><A/></R><S/>" },
    { name: "an element that is not closed", xml: "<R><A>x</R>" },
    { name: "a DOCTYPE", xml: `<!DOCTYPE R [<!ENTITY a "b">]><R><A>&a;</A></R>` },
    { name: "CDATA", xml: "<R><A><![CDATA[x]]></A></R>" },
    { name: "a name that would be a trap", xml: "<R><constructor>x</constructor></R>" },
  ];
  for (const { name, xml } of refused) {
    test(`is an error: ${name}`, () => {
      assert.throws(() => root(xml), UnexpectedReplyError);
    });
  }

  for (const text of ["&nbsp;", "&", "&#xd800;", "&#x110000;", "&#;", "&constructor;"]) {
    test(`is an error where ${text} is in a text`, () => {
      assert.throws(() => root(`<R><A>${text}</A></R>`).text("A"), UnexpectedReplyError);
    });
  }

  test("is an error wherever it is cut", () => {
    const xml = `<?xml version="1.0"?><R><A a="1"><B>x</B></A><C/></R>`;
    assert.equal(root(xml).child("A")?.text("B"), "x");
    for (let length = 0; length < xml.length; length++) {
      assert.throws(() => root(xml.slice(0, length)), UnexpectedReplyError, `at ${length}`);
    }
  });
});

describe("text in XML", () => {
  test("comes back from its escapes, and from a parser", () => {
    const random = seededRandom(3);
    for (let i = 0; i < 500; i++) {
      const key = randomKey(random);
      assert.equal(decodeEntities(encodeEntities(key)), key);
      assert.equal(root(`<R><A>${encodeEntities(key)}</A></R>`).text("A"), key);
    }
  });

  const texts = [
    { text: "\t\n\r ~", can: true },
    { text: "\u0085\ud7ff\ue000\ufffd😀\u007f", can: true },
    { text: "", can: true },
    { text: "a\u0000", can: false },
    { text: "\u0008", can: false },
    { text: "\u000b", can: false },
    { text: "\u001f", can: false },
    { text: "\ufffe", can: false },
    { text: "\uffff", can: false },
    { text: "\ud800", can: false },
  ];
  for (const { text, can } of texts) {
    test(`${can ? "can" : "cannot"} be ${JSON.stringify(text)}`, () => {
      assert.equal(isXmlText(text), can);
    });
  }
});

function root(xml: string) {
  return parseXml(Buffer.from(xml), "R");
}
