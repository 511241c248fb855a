import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

import { list, randomList } from "../../test/support/random-list.ts";
import { seededRandom } from "../../test/support/random.ts";
import { listPageOf, type ListPage } from "./list-page.ts";
import { maxListBytes } from "./list-scan.ts";
import { percentEncode } from "./percent-encode.ts";
import { UnexpectedReplyError } from "./unexpected-reply.ts";
import { decodeUrlEncoding } from "./url-encoding.ts";
import { encodeEntities } from "./xml-entities.ts";
import { parseXml } from "./xml.ts";

const time = "2026-11-24T17:32:03.000Z";
const md5 = "58dce262c7c7133ff80c50690d0f12e6";
const object = contents("a");
const last = "<IsTruncated>false</IsTruncated>";

/** An object as Amazon S3 writes it. */
function contents(key: string, more = ""): string {
  return (
    `<Contents><Key>${key}</Key><LastModified>${time}</LastModified>` +
    `<ETag>&quot;${md5}&quot;</ETag><Size>5</Size>${more}<StorageClass>STANDARD</StorageClass></Contents>`
  );
}

/** A page without its bytes, which may be written in more than one way. */
type MadePage = Omit<ListPage, "rows">;

function pageOf(text: string): MadePage {
  return made(listPageOf(Buffer.from(text)));
}

function made({ objects, commonPrefixes, nextToken }: ListPage): MadePage {
  return { objects, commonPrefixes, nextToken };
}

function keysOf(text: string): readonly string[] {
  return pageOf(text).objects.map(({ key }) => key);
}

describe("a list page", () => {
  test("has all that Amazon S3 says of an object", () => {
    const page = pageOf(
      list(
        "<Name>photos</Name><Prefix/><KeyCount>3</KeyCount><MaxKeys>2</MaxKeys>",
        "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>",
        "<NextContinuationToken>1ueGc/+=&amp;x</NextContinuationToken>",
        contents(
          "a+b%2Fc",
          "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>",
        ),
        "<Contents><Key>z</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>",
        `<ETag>&quot;${md5}-3&quot;</ETag><Size>9007199254740991</Size>`,
        "<StorageClass>GLACIER</StorageClass><RestoreStatus>",
        "<IsRestoreInProgress>false</IsRestoreInProgress>",
        "<RestoreExpiryDate>2026-12-24T00:00:00.000Z</RestoreExpiryDate></RestoreStatus></Contents>",
        "<CommonPrefixes><Prefix>folder+1/</Prefix></CommonPrefixes>",
      ),
    );
    assert.deepEqual(page, {
      objects: [
        {
          key: "a b/c",
          etag: md5,
          size: 5,
          lastModified: time,
          storageClass: "STANDARD",
          restore: undefined,
          checksum: { algorithm: "CRC64NVME", type: "FULL_OBJECT" },
        },
        {
          key: "z",
          etag: `${md5}-3`,
          size: 9007199254740991,
          lastModified: "2026-01-01T00:00:00.000Z",
          storageClass: "GLACIER",
          restore: "2026-12-24T00:00:00.000Z",
          checksum: undefined,
        },
      ],
      commonPrefixes: ["folder 1/"],
      nextToken: "1ueGc/+=&x",
    });
  });

  const restores = [
    {
      name: "is being restored",
      xml: "<IsRestoreInProgress>true</IsRestoreInProgress>",
      restore: "ongoing",
    },
    {
      name: "was never restored",
      xml: "<IsRestoreInProgress>false</IsRestoreInProgress>",
      restore: undefined,
    },
    {
      name: "can be read for a while",
      xml: `<RestoreExpiryDate>${time}</RestoreExpiryDate><IsRestoreInProgress>false</IsRestoreInProgress>`,
      restore: time,
    },
  ];
  for (const { name, xml, restore } of restores) {
    test(`says that an object ${name}`, () => {
      const restored = contents("a", `<RestoreStatus>${xml}</RestoreStatus>`);
      const page = pageOf(list(object, restored, restored, object, last));
      assert.deepEqual(
        page.objects.map((each) => each.restore),
        [undefined, restore, restore, undefined],
      );
    });
  }

  test("gives each object its own class and checksum, however they take turns", () => {
    const kinds = ["", "CRC32", "CRC32", "SHA256", "", "CRC32"];
    const page = pageOf(
      list(
        ...kinds.map((kind) =>
          contents("a", kind && `<ChecksumAlgorithm>${kind}</ChecksumAlgorithm>`).replace(
            "STANDARD",
            kind === "SHA256" ? "GLACIER" : "STANDARD",
          ),
        ),
        last,
      ),
    );
    assert.deepEqual(
      page.objects.map(({ checksum, storageClass }) => [checksum?.algorithm ?? "", storageClass]),
      kinds.map((kind) => [kind, kind === "SHA256" ? "GLACIER" : "STANDARD"]),
    );
  });

  const quotes = [
    { name: "in escaped quotes", xml: `&quot;${md5}&quot;`, etag: md5 },
    { name: "in quotes by number", xml: `&#34;${md5}&#34;`, etag: md5 },
    { name: "in quotes", xml: `"${md5}"`, etag: md5 },
    { name: "without quotes", xml: md5, etag: md5 },
    { name: "with a quote on one side", xml: `&quot;${md5}`, etag: `"${md5}` },
    { name: "with an escape inside", xml: '"a&amp;b"', etag: "a&b" },
    { name: "that is empty", xml: "&quot;&quot;", etag: "" },
    { name: "that is one quote", xml: '"', etag: '"' },
  ];
  for (const { name, xml, etag } of quotes) {
    test(`takes an ETag ${name}`, () => {
      const odd = object.replace(`&quot;${md5}&quot;`, xml);
      const page = pageOf(list(object, odd, odd, object, last));
      assert.deepEqual(
        page.objects.map((each) => each.etag),
        [md5, etag, etag, md5],
      );
    });
  }

  const writings = [
    { name: "white space between elements", xml: object.replaceAll("><", ">\r\n\t <") },
    { name: "attributes", xml: object.replaceAll(/<(\w+)>/g, `<$1 a="x>y" b='"'>`) },
    { name: "white space in tags", xml: object.replaceAll(">", " >").replaceAll("& >", "&>") },
    { name: "comments", xml: object.replaceAll("><", "><!-- <Key>b</Key> --><") },
    {
      name: "an unknown element with a key in it",
      xml: contents("a", "<Owner><ID>1</ID><Key>b</Key><Contents/></Owner>"),
    },
    { name: "unknown elements that are empty", xml: contents("a", "<Owner/><Tag/><Ell />") },
    {
      name: "no storage class",
      xml: object.replace("<StorageClass>STANDARD</StorageClass>", ""),
    },
    {
      name: "the elements the other way round",
      xml: `<Contents>${object
        .slice("<Contents>".length, -"</Contents>".length)
        .split(/(?<=<\/\w+>)/)
        .toReversed()
        .join("")}</Contents>`,
    },
  ];
  for (const { name, xml } of writings) {
    test(`is the same with ${name}`, () => {
      assert.deepEqual(
        pageOf(list(xml, object, xml, xml, last)),
        pageOf(list(...(Array(4).fill(object) as string[]), last)),
      );
    });
  }

  test("has no objects where the list is empty", () => {
    assert.deepEqual(pageOf(list(last)), {
      objects: [],
      commonPrefixes: [],
      nextToken: undefined,
    });
  });

  test("has no token after the last page, whatever the server sends", () => {
    const token = "<NextContinuationToken>x</NextContinuationToken>";
    assert.equal(pageOf(list(token, last)).nextToken, undefined);
  });

  test("may have more objects than S3 sends at a time", () => {
    const many = Array.from({ length: 2500 }, (_, i) => contents(String(i)));
    const keys = keysOf(list(...many, last));
    assert.deepEqual(
      keys,
      Array.from({ length: 2500 }, (_, i) => String(i)),
    );
  });

  test("takes a byte order mark, a comment, and an end of line at the end", () => {
    assert.deepEqual(keysOf(`\ufeff${list(object, last)}<!-- end -->\r\n`), ["a"]);
    assert.deepEqual(keysOf(`<!-- begin -->${list(object, last).slice(39)}`), ["a"]);
  });
});

describe("a key on a list page", () => {
  const keys = [
    "0123",
    " a ",
    "a+b",
    "a%2Fb",
    "%",
    "a&b<c>\"d'",
    "\t\n\r\\",
    "\u0001\u001f\u007f",
    "\ufeff\ufeff",
    "é/ß/ÿ",
    "😀",
    "\uffff\ufffe",
    "\u{10ffff}",
    "</Key>",
    "&amp;",
    "constructor",
    "k".repeat(1024),
    "😀".repeat(256),
  ];
  for (const key of keys) {
    const shown = JSON.stringify(key.slice(0, 20));
    test(`is ${shown} where the server has percent-encoded it`, () => {
      const encoded = percentEncode(key);
      const asked = "<EncodingType>url</EncodingType>";
      for (const sent of [encoded, encoded.replaceAll("%20", "+"), encoded.toLowerCase()]) {
        if (sent !== encoded && decodeUrlEncoding(sent) !== key) continue;
        const xml = list(object, contents(sent), contents(sent), asked, last);
        assert.deepEqual(keysOf(xml), ["a", key, key]);
      }
    });
    test(`is ${shown} where the server has only escaped it`, () => {
      const sent = encodeEntities(key);
      assert.deepEqual(keysOf(list(object, contents(sent), contents(sent), last)), ["a", key, key]);
    });
  }

  test("is read to its end where the one before it begins alike", () => {
    const keys = ["a", "ab", "abcd", "abcde", "abcdefgh", "abcdefghé", "abcdefghi", "b", "abc%20d"];
    const asked = "<EncodingType>url</EncodingType>";
    const sent = list(asked, ...keys.map((key) => contents(key)), last);
    assert.deepEqual(keysOf(sent), [...keys.slice(0, -1), "abc d"]);
  });
});

describe("a list that is not whole", () => {
  const documents = [
    { name: "plain", xml: list(object, contents("b"), contents("c"), last) },
    {
      name: "of everything",
      xml: list(
        "<!-- c --><Name a='>'>photos</Name><Prefix/>",
        contents("a%20", "<Owner><ID>1</ID></Owner>"),
        contents("b%20", "<Owner><ID>1</ID></Owner>"),
        contents(
          "c",
          `<RestoreStatus><RestoreExpiryDate>${time}</RestoreExpiryDate></RestoreStatus>`,
        ),
        "<CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes>",
        "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>",
        "<EncodingType>url</EncodingType>",
      ),
    },
  ];
  for (const { name, xml } of documents) {
    test(`is an error, wherever a document ${name} is cut`, () => {
      const whole = Buffer.from(xml);
      assert.ok(listPageOf(whole).objects.length > 0);
      for (let length = 0; length < whole.length; length++) {
        assert.throws(
          () => listPageOf(Buffer.from(whole.subarray(0, length))),
          UnexpectedReplyError,
          `${length} bytes of ${whole.length}`,
        );
      }
    });

    test(`is an error or another page, wherever a byte of a document ${name} is lost`, () => {
      const whole = Buffer.from(xml);
      const { length } = listPageOf(whole).objects;
      for (let at = 0; at < whole.length; at++) {
        const torn = Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1)]);
        try {
          assert.equal(listPageOf(torn).rows.count, length, `without byte ${at}`);
        } catch (error) {
          assert.ok(error instanceof UnexpectedReplyError, `without byte ${at}: ${String(error)}`);
        }
      }
    });
  }

  const broken = [
    { name: "nothing", xml: "" },
    { name: "white space", xml: " \n" },
    { name: "no XML", xml: "upstream connect error" },
    { name: "HTML", xml: "<!DOCTYPE html><html><body>502</body></html>" },
    { name: "another document", xml: "<Error><Code>SlowDown</Code></Error>" },
    { name: "an empty root", xml: "<ListBucketResult/>" },
    { name: "a list that does not say whether it is truncated", xml: list(object) },
    { name: "a truncated list without a token", xml: list("<IsTruncated>true</IsTruncated>") },
    {
      name: "a truncated list with an empty token",
      xml: list("<IsTruncated>true</IsTruncated><NextContinuationToken/>"),
    },
    { name: "a flag that is none", xml: list("<IsTruncated>no</IsTruncated>") },
    { name: "text between objects", xml: list(object, "x", object, last) },
    { name: "text in an object", xml: list(object.replace("<Size>", "x<Size>"), last) },
    { name: "an object without a key", xml: list(object.replace("<Key>a</Key>", ""), last) },
    { name: "an object with an empty key", xml: list(object, contents(""), last) },
    { name: "an object that is empty", xml: list("<Contents/>", last) },
    { name: "an object without a size", xml: list(object.replace("<Size>5</Size>", ""), last) },
    { name: "an object with an empty size", xml: list(object.replace(">5<", "><"), last) },
    { name: "a size that is no number", xml: list(object.replace(">5<", ">5.0<"), last) },
    { name: "a size that is negative", xml: list(object, object.replace(">5<", ">-5<"), last) },
    {
      name: "a size beyond counting",
      xml: list(object.replace(">5<", ">9007199254740992<"), last),
    },
    {
      name: "an object without a time",
      xml: list(object.replace(/<LastModified>.*<\/LastModified>/, ""), last),
    },
    { name: "two keys in an object", xml: list(contents("a", "<Key>b</Key>"), last) },
    { name: "an element in a key", xml: list(contents("<b>a</b>"), last) },
    { name: "a comment in a key", xml: list(contents("a<!-- -->b"), last) },
    { name: "a wrong closing tag", xml: list(object.replace("</Size>", "</Sise>"), last) },
    { name: "a longer closing tag", xml: list(object.replace("</Size>", "</Sizes>"), last) },
    { name: "more in a closing tag", xml: list(object.replace("</Size>", "</Size x>"), last) },
    {
      name: "an object closed otherwise",
      xml: list(object.replace("</Contents>", "</Contentz>"), last),
    },
    {
      name: "two ETags in as many bytes as one",
      xml: list(object.replace(md5, `${md5.slice(0, 8)}</ETag><ETag>${md5.slice(21)}`), last),
    },
    { name: "a closing tag too many", xml: list(object, "</Contents>", last) },
    { name: "an object in an object", xml: list("<Contents>", object, last) },
    { name: "more after the end", xml: list(object, last) + object },
    { name: "text after the end", xml: `${list(object, last)}x` },
    { name: "CDATA", xml: list(contents("<![CDATA[a]]>"), last) },
    { name: "an unknown entity in a key", xml: list(contents("a&nbsp;"), last) },
    { name: "an unknown entity in an ETag", xml: list(object.replace(md5, "a&nbsp;"), last) },
    { name: "a bare ampersand in a key", xml: list(contents("a&b"), last) },
    {
      name: "a percent that begins no byte",
      xml: list(object, contents("a%2"), last, "<EncodingType>url</EncodingType>"),
    },
    {
      name: "bytes that are not UTF-8 in a key",
      xml: list(contents("a%ff"), last, "<EncodingType>url</EncodingType>"),
    },
    { name: "elements without end", xml: list("<x>".repeat(1000)) },
    { name: "a tag without a name", xml: list("< >", last) },
  ];
  for (const { name, xml } of broken) {
    test(`is an error: ${name}`, () => {
      assert.throws(() => pageOf(xml), UnexpectedReplyError);
      // The same behind an intact object, with which it is compared.
      const behind = xml.replace(/<ListBucketResult [^>]*>/, `$&${object}`);
      assert.throws(() => pageOf(behind), UnexpectedReplyError);
    });
  }

  test("is an error: half of a character in a key", () => {
    const [before, after] = list(contents("#"), last).split("#") as [string, string];
    const torn = Buffer.concat([Buffer.from(before), Buffer.of(0xc3), Buffer.from(after)]);
    assert.throws(() => listPageOf(torn), UnexpectedReplyError);
  });

  test("is an error: more bytes than a page can have", () => {
    assert.throws(() => listPageOf(Buffer.alloc(maxListBytes + 1, " ")), UnexpectedReplyError);
  });
});

test("a list of random objects, written at random, is what a general XML parser makes of it", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const xml = randomList(seededRandom(seed));
    assert.deepEqual(pageOf(xml), referencePage(xml), `seed ${seed}`);
  }
});

/** Reads a list by way of a general parser. */
function referencePage(xml: string): MadePage {
  const result = parseXml(Buffer.from(xml), "ListBucketResult");
  const isEncoded = result.text("EncodingType") === "url";
  const textOf = (text = ""): string => (isEncoded ? decodeUrlEncoding(text) : text);
  return {
    objects: result.children("Contents").map((each) => {
      const algorithm = each.text("ChecksumAlgorithm");
      const restore = each.child("RestoreStatus");
      const isOngoing = restore?.text("IsRestoreInProgress") === "true";
      return {
        key: textOf(each.text("Key")),
        etag: (each.text("ETag") ?? "").replaceAll('"', ""),
        size: Number(each.text("Size")),
        lastModified: each.text("LastModified") ?? "",
        storageClass: each.text("StorageClass") || "STANDARD",
        restore: isOngoing ? "ongoing" : restore?.text("RestoreExpiryDate") || undefined,
        checksum: algorithm
          ? { algorithm, type: each.text("ChecksumType") || undefined }
          : undefined,
      };
    }),
    commonPrefixes: result
      .children("CommonPrefixes")
      .flatMap((each) => each.texts("Prefix").map(textOf)),
    nextToken:
      result.text("IsTruncated") === "true" ? result.text("NextContinuationToken") : undefined,
  };
}

describe("the lists of real servers", () => {
  const keys = [
    "\u0001\u001f",
    " a",
    "0123",
    "a%2Fb",
    "a&b<c>\"d'",
    "a+b",
    "a\ufffd",
    "back\\slash\\N",
    "cr\rkey",
    "dir/one",
    "dir/two",
    "line\nfeed",
    "q?=#;",
    "tab\tkey",
    "~()*!",
    "\u007f",
    "é/ß",
    "\ufeffbom",
    "😀",
  ];
  const servers = [
    { server: "radosgw", stored: keys, plain: keys },
    {
      // It keeps keys as paths and makes slashes of backslashes; what XML cannot carry it replaces.
      server: "seaweedfs",
      stored: keys.with(7, "back/slash/N"),
      plain: keys.with(0, "\ufffd\ufffd").with(7, "back/slash/N"),
    },
    // It refuses a key with a line feed.
    { server: "moto", stored: keys.toSpliced(11, 1), plain: keys.toSpliced(11, 1) },
  ];
  for (const { server, stored, plain } of servers) {
    test(`are read as ${server} writes them, percent-encoded`, () => {
      const { objects, commonPrefixes, nextToken } = pageOfFile(`${server}-encoded`);
      assert.deepEqual(
        objects.map(({ key }) => key),
        stored,
      );
      assert.deepEqual([commonPrefixes, nextToken], [[], undefined]);
      const { lastModified, ...first } = objects[0]!;
      assert.match(lastModified, /^2026-11-24T17:32:03(?:\.\d{3})?Z$/);
      assert.deepEqual(first, {
        key: "\u0001\u001f",
        etag: md5,
        size: 2,
        storageClass: "STANDARD",
        restore: undefined,
        checksum: undefined,
      });
      assert.deepEqual(
        objects.map(({ size }) => size),
        stored.map((key) => Buffer.byteLength(key)),
      );
    });

    test(`are read as ${server} writes them, only escaped`, () => {
      const { objects } = pageOfFile(`${server}-plain`);
      assert.deepEqual(
        objects.map(({ key }) => key),
        plain,
      );
    });
  }

  const folders = [
    { server: "radosgw", prefix: "dir/", nextToken: "q?=#;" },
    { server: "seaweedfs", prefix: "back/", nextToken: "back/" },
    { server: "moto", prefix: "dir/", nextToken: "d590f81f841e13060f9b12f0bb93f443" },
  ];
  for (const { server, prefix, nextToken } of folders) {
    test(`have ${server}'s common prefixes and the token of the next page`, () => {
      const page = pageOfFile(`${server}-folders`);
      assert.equal(page.objects.length, 3);
      assert.deepEqual([page.commonPrefixes, page.nextToken], [[prefix], nextToken]);
    });
  }
});

function pageOfFile(name: string): ListPage {
  return listPageOf(readFileSync(new URL(`fixtures/${name}.xml`, import.meta.url)));
}
