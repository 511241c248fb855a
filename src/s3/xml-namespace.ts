/** The namespace of S3's documents; a name only, nothing is ever fetched from it. */
export const xmlNamespace = "http://s3.amazonaws.com/doc/2006-03-01/";
