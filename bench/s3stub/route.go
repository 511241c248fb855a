package main

import "bytes"

// op is what a request asks for, under S3's name.
type op int

const (
	opListV2 op = iota
	opListV1
	opHeadObject
	opGetObject
	opPutObject
	opCopyObject
	opUploadPart
	opUploadPartCopy
	opCreateUpload
	opCompleteUpload
	opAbortUpload
	opDeleteObject
	opDeleteObjects
	opGetTagging
	opPutTagging
	opHeadBucket
	opCreateBucket
	opGetLocation
	opListBuckets
	opListUploads
	opListParts
	opOther
	opCount
)

var opNames = [opCount]string{
	opListV2:         "ListObjectsV2",
	opListV1:         "ListObjects",
	opHeadObject:     "HeadObject",
	opGetObject:      "GetObject",
	opPutObject:      "PutObject",
	opCopyObject:     "CopyObject",
	opUploadPart:     "UploadPart",
	opUploadPartCopy: "UploadPartCopy",
	opCreateUpload:   "CreateMultipartUpload",
	opCompleteUpload: "CompleteMultipartUpload",
	opAbortUpload:    "AbortMultipartUpload",
	opDeleteObject:   "DeleteObject",
	opDeleteObjects:  "DeleteObjects",
	opGetTagging:     "GetObjectTagging",
	opPutTagging:     "PutObjectTagging",
	opHeadBucket:     "HeadBucket",
	opCreateBucket:   "CreateBucket",
	opGetLocation:    "GetBucketLocation",
	opListBuckets:    "ListBuckets",
	opListUploads:    "ListMultipartUploads",
	opListParts:      "ListParts",
	opOther:          "Other",
}

// params are the query's; one without a value is a sub-resource.
type params []param

type param struct{ name, value []byte }

func (ps params) has(name string) bool {
	for i := range ps {
		if string(ps[i].name) == name {
			return true
		}
	}
	return false
}

func (ps params) hasAny(names ...string) bool {
	for _, name := range names {
		if ps.has(name) {
			return true
		}
	}
	return false
}

func (ps params) get(name string) []byte {
	for i := range ps {
		if string(ps[i].name) == name {
			return ps[i].value
		}
	}
	return nil
}

// split takes a request's target apart; it may be in absolute form. Bucket and key are still escaped.
func split(target []byte) (path, bucket, key, query []byte) {
	if !bytes.HasPrefix(target, []byte("/")) {
		if i := bytes.Index(target, []byte("://")); i >= 0 {
			target = target[i+3:]
			target = target[max(bytes.IndexByte(target, '/'), 0):]
		}
	}
	path, query, _ = bytes.Cut(target, []byte("?"))
	bucket, key, _ = bytes.Cut(bytes.TrimPrefix(path, []byte("/")), []byte("/"))
	return path, bucket, key, query
}

// route tells which operation a request is.
func route(q *request, bucket, key []byte, ps params) op {
	switch {
	case len(bucket) == 0:
		if q.method == "GET" {
			return opListBuckets
		}
		return opOther
	case len(key) == 0:
		return routeBucket(q.method, ps)
	}
	return routeObject(q, ps)
}

func routeBucket(method string, ps params) op {
	switch method {
	case "GET":
		switch {
		case ps.has("location"):
			return opGetLocation
		case ps.has("uploads"):
			return opListUploads
		case ps.hasAny("versioning", "acl", "policy", "versions", "object-lock", "encryption"):
			return opOther
		case string(ps.get("list-type")) == "2":
			return opListV2
		}
		return opListV1
	case "HEAD":
		return opHeadBucket
	case "PUT":
		return opCreateBucket
	case "POST":
		if ps.has("delete") {
			return opDeleteObjects
		}
	}
	return opOther
}

func routeObject(q *request, ps params) op {
	switch q.method {
	case "HEAD":
		return opHeadObject
	case "GET":
		switch {
		case ps.has("tagging"):
			return opGetTagging
		case ps.has("uploadId"):
			return opListParts
		case ps.hasAny("acl", "attributes"):
			return opOther
		}
		return opGetObject
	case "PUT":
		switch {
		case ps.has("partNumber") && q.copySource != nil:
			return opUploadPartCopy
		case ps.has("partNumber"):
			return opUploadPart
		case ps.has("tagging"):
			return opPutTagging
		case ps.has("acl"):
			return opOther
		case q.copySource != nil:
			return opCopyObject
		}
		return opPutObject
	case "POST":
		switch {
		case ps.has("uploads"):
			return opCreateUpload
		case ps.has("uploadId"):
			return opCompleteUpload
		}
	case "DELETE":
		if ps.has("uploadId") {
			return opAbortUpload
		}
		return opDeleteObject
	}
	return opOther
}
