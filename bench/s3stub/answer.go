package main

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"hash"
	"io"
	"strconv"
)

const (
	xmlHead = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	xmlns   = ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`
)

func (c *conn) bucket(name []byte) *bucket {
	if b := c.buckets[string(name)]; b != nil {
		return b
	}
	v, ok := c.srv.buckets.Load(string(name))
	if !ok {
		b := parseBucket(string(name))
		if b == nil {
			return nil
		}
		v, _ = c.srv.buckets.LoadOrStore(b.name, b)
	}
	b := v.(*bucket)
	c.buckets[b.name] = b
	return b
}

// handle answers the request whose head was read.
func (c *conn) handle() error {
	q := &c.req
	path, name, key, query := split(q.target)
	if bytes.HasPrefix(path, []byte("/_")) {
		return c.control(string(path))
	}
	c.srv.stats.enter()
	defer c.srv.stats.inFlight.Add(-1)
	name, key = unescape(name, false), unescape(key, false)
	ps := c.parseQuery(query)
	o := route(q, name, key, ps)
	c.srv.stats.ops[o].Add(1)
	sleep(c.srv.latency)
	if !c.srv.slow.allow(name, key) {
		if _, err := c.body(nil); err != nil {
			return err
		}
		c.srv.stats.slowDowns.Add(1)
		return c.fail(503, "SlowDown", "Please reduce your request rate.")
	}

	// Most bodies are dropped unread; two are documents, and of some the MD5 is asked for.
	var sum hash.Hash
	var text bytes.Buffer
	var w io.Writer
	switch {
	case o == opDeleteObjects || o == opCompleteUpload:
		w = &text
	case c.srv.md5 && (o == opPutObject || o == opUploadPart):
		sum = md5.New()
		w = sum
	}
	if q.length != 0 || q.chunked {
		if _, err := c.body(w); err != nil {
			return err
		}
	}

	if o == opListBuckets {
		c.start(200)
		return c.xml([]byte(xmlHead + "<ListAllMyBucketsResult><Owner><ID>stub</ID></Owner>" +
			"<Buckets></Buckets></ListAllMyBucketsResult>"))
	}
	b := c.bucket(name)
	if b == nil {
		return c.fail(404, "NoSuchBucket", "The specified bucket does not exist")
	}
	return c.answer(o, b, key, ps, text.Bytes(), sum)
}

// answer does what is asked of a bucket.
func (c *conn) answer(o op, b *bucket, key []byte, ps params, text []byte, sum hash.Hash) error {
	switch o {
	case opListV1, opListV2:
		return c.listObjects(o, b, ps)
	case opHeadObject, opGetObject:
		slot, _, present := b.find(key)
		if !present {
			return c.fail(404, "NoSuchKey", "The specified key does not exist.")
		}
		return c.object(b, slot)
	case opPutObject:
		b.put(key)
		return c.written(b, key, sum)
	case opUploadPart:
		return c.written(b, key, sum)
	case opCopyObject, opUploadPartCopy:
		return c.copyObject(b, key, o == opUploadPartCopy)
	case opCreateUpload:
		return c.createUpload(b, key)
	case opCompleteUpload:
		b.put(key)
		return c.completeUpload(b, key, text)
	case opDeleteObject:
		b.remove(key)
		c.start(204)
		return c.empty()
	case opAbortUpload:
		c.start(204)
		return c.empty()
	case opDeleteObjects:
		return c.deleteObjects(b, text)
	case opGetTagging:
		c.start(200)
		return c.xml([]byte(xmlHead + "<Tagging" + xmlns + "><TagSet></TagSet></Tagging>"))
	case opGetLocation:
		c.start(200)
		return c.xml([]byte(xmlHead + "<LocationConstraint" + xmlns + "/>"))
	case opListUploads:
		// Nobody asks for an upload that he knows of, so there is none to tell.
		c.start(200)
		return c.xml([]byte(xmlHead + "<ListMultipartUploadsResult" + xmlns +
			"><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"))
	case opListParts:
		return c.fail(404, "NoSuchUpload", "The specified upload does not exist.")
	case opPutTagging, opHeadBucket, opCreateBucket:
		c.start(200)
		c.header("x-amz-bucket-region", "us-east-1")
		return c.empty()
	}
	if ps.has("versioning") && c.req.method == "GET" {
		c.start(200)
		return c.xml([]byte(xmlHead + "<VersioningConfiguration" + xmlns + "/>"))
	}
	return c.fail(501, "NotImplemented",
		"A header you provided implies functionality that is not implemented")
}

func (c *conn) listObjects(o op, b *bucket, ps params) error {
	sleep(c.srv.listLatency)
	l := &c.list
	*l = listQuery{
		v2:        o == opListV2,
		prefix:    ps.get("prefix"),
		delimiter: ps.get("delimiter"),
		maxKeys:   1000,
		urlKeys:   string(ps.get("encoding-type")) == "url",
		owner:     string(ps.get("fetch-owner")) == "true",
	}
	if l.v2 {
		l.after, l.token = ps.get("start-after"), ps.get("continuation-token")
	} else {
		l.after = ps.get("marker")
	}
	if m := ps.get("max-keys"); len(m) > 0 {
		n, err := strconv.Atoi(string(m))
		if err != nil || n < 0 {
			return c.fail(400, "InvalidArgument",
				"Provided max-keys not an integer or within integer range")
		}
		l.maxKeys = min(n, 1000)
	}
	p := pages.Get().(*page)
	defer pages.Put(p)
	xml, ok := b.list(l, p)
	if !ok {
		return c.fail(400, "InvalidArgument", "The continuation token provided is incorrect")
	}
	c.start(200)
	return c.xml(xml)
}

// object answers HeadObject and GetObject.
func (c *conn) object(b *bucket, slot uint64) error {
	size := b.objectSize(slot)
	from, n, status := int64(0), size, 200
	if len(c.req.byteRange) > 0 {
		var ok bool
		if from, n, ok = parseRange(c.req.byteRange, size); !ok {
			return c.fail(416, "InvalidRange", "The requested range is not satisfiable")
		}
		status = 206
	}
	c.start(status)
	y, t := b.timeIndex(slot)
	c.out = append(c.out, "Last-Modified: "...)
	c.out = times[y][t].AppendFormat(c.out, "Mon, 02 Jan 2006 15:04:05 GMT")
	c.out = append(c.out, "\r\nETag: \""...)
	c.out = b.appendETag(c.out, slot)
	c.out = append(c.out, "\"\r\nx-amz-server-side-encryption: AES256\r\nAccept-Ranges: bytes\r\n"...)
	c.out = append(c.out, "Content-Type: binary/octet-stream\r\n"...)
	if status == 206 {
		c.out = append(c.out, "Content-Range: bytes "...)
		c.out = strconv.AppendInt(c.out, from, 10)
		c.out = append(c.out, '-')
		c.out = strconv.AppendInt(c.out, from+n-1, 10)
		c.out = append(c.out, '/')
		c.out = strconv.AppendInt(c.out, size, 10)
		c.out = append(c.out, "\r\n"...)
	}
	c.lengthHeader(n)
	if c.req.method == "HEAD" {
		c.out = append(c.out, "\r\n"...)
		return c.flush()
	}
	return c.payload(from, n)
}

// parseRange reads bytes=a-b, bytes=a- and bytes=-n.
func parseRange(v []byte, size int64) (from, n int64, ok bool) {
	first, last, found := bytes.Cut(bytes.TrimPrefix(v, []byte("bytes=")), []byte("-"))
	if !found {
		return 0, 0, false
	}
	a, errA := strconv.ParseInt(string(first), 10, 64)
	z, errZ := strconv.ParseInt(string(last), 10, 64)
	switch {
	case len(first) == 0 && errZ == nil:
		z = min(z, size)
		return size - z, z, z > 0
	case errA != nil || a >= size || len(last) > 0 && (errZ != nil || z < a):
		return 0, 0, false
	case len(last) == 0:
		return a, size - a, true
	}
	return a, min(z, size-1) - a + 1, true
}

func (c *conn) copyObject(b *bucket, key []byte, part bool) error {
	source := unescape(c.req.copySource, false)
	source, _, _ = bytes.Cut(source, []byte("?versionId="))
	name, sourceKey, _ := bytes.Cut(bytes.TrimPrefix(source, []byte("/")), []byte("/"))
	from := c.bucket(name)
	if from == nil {
		return c.fail(404, "NoSuchBucket", "The specified bucket does not exist")
	}
	slot, _, present := from.find(sourceKey)
	if !present {
		return c.fail(404, "NoSuchKey", "The specified key does not exist.")
	}
	wanted := bytes.Trim(c.req.copyIfMatch, `"`)
	if len(wanted) > 0 && !bytes.Equal(wanted, from.appendETag(c.key[:0], slot)) {
		return c.fail(412, "PreconditionFailed",
			"At least one of the pre-conditions you specified did not hold")
	}
	element := "CopyObjectResult"
	if part {
		element = "CopyPartResult"
	} else {
		b.put(key)
	}
	c.start(200)
	y, t := from.timeIndex(slot)
	x := append(c.scratch[:0], xmlHead+"<"...)
	x = append(append(x, element...), xmlns+"><LastModified>"...)
	x = append(append(x, isoTimes[y][t]...), "</LastModified><ETag>&quot;"...)
	x = from.appendETag(x, slot)
	x = append(append(append(x, "&quot;</ETag></"...), element...), '>')
	c.scratch = x
	return c.xml(x)
}

// written answers what stored bytes, with their MD5 or else the ETag of the key in all buckets of its
// shape.
func (c *conn) written(b *bucket, key []byte, sum hash.Hash) error {
	c.start(200)
	c.out = append(c.out, "ETag: \""...)
	if sum != nil {
		c.out = hex.AppendEncode(c.out, sum.Sum(nil))
	} else if slot, known, _ := b.find(key); known {
		c.out = b.appendETag(c.out, slot)
	} else {
		c.out = append(c.out, emptyMD5...)
	}
	c.out = append(c.out, "\"\r\n"...)
	return c.empty()
}

const emptyMD5 = "d41d8cd98f00b204e9800998ecf8427e"

func (c *conn) createUpload(b *bucket, key []byte) error {
	id := strconv.FormatInt(c.srv.uploads.Add(1), 10)
	c.start(200)
	x := []byte(xmlHead + "<InitiateMultipartUploadResult" + xmlns + "><Bucket>" + b.name +
		"</Bucket><Key>")
	x = appendEscaped(x, key, false)
	return c.xml(append(x, "</Key><UploadId>stub."+id+
		"</UploadId></InitiateMultipartUploadResult>"...))
}

func (c *conn) completeUpload(b *bucket, key, text []byte) error {
	parts := strconv.Itoa(bytes.Count(text, []byte("<PartNumber>")))
	c.start(200)
	x := []byte(xmlHead + "<CompleteMultipartUploadResult" + xmlns +
		"><Location>http://stub/</Location><Bucket>" + b.name + "</Bucket><Key>")
	x = appendEscaped(x, key, false)
	return c.xml(append(x, "</Key><ETag>&quot;"+emptyMD5+"-"+parts+
		"&quot;</ETag></CompleteMultipartUploadResult>"...))
}

func (c *conn) deleteObjects(b *bucket, text []byte) error {
	x := []byte(xmlHead + "<DeleteResult" + xmlns + ">")
	quiet := bytes.Contains(text, []byte("<Quiet>true</Quiet>"))
	for rest := text; ; {
		_, after, found := bytes.Cut(rest, []byte("<Key>"))
		if !found {
			break
		}
		var k []byte
		k, rest, _ = bytes.Cut(after, []byte("</Key>"))
		b.remove(xmlText(k))
		if !quiet {
			x = append(append(append(x, "<Deleted><Key>"...), k...), "</Key></Deleted>"...)
		}
	}
	c.start(200)
	return c.xml(append(x, "</DeleteResult>"...))
}

// entities end with the one that others may be made of.
var entities = [][2]string{
	{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", `"`}, {"&apos;", "'"}, {"&#34;", `"`}, {"&#39;", "'"},
	{"&#x22;", `"`}, {"&#x27;", "'"}, {"&amp;", "&"},
}

// xmlText decodes the entities that clients write.
func xmlText(s []byte) []byte {
	if bytes.IndexByte(s, '&') < 0 {
		return s
	}
	for _, e := range entities {
		s = bytes.ReplaceAll(s, []byte(e[0]), []byte(e[1]))
	}
	return s
}
