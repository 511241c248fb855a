/**
 * Takes the quotes off an ETag as it came: `"x"`, `&quot;x&quot;` twice escaped, or without any, as
 * some servers send it.
 */
export function bareEtag(sent: string): string {
  const text = sent.includes("&") ? sent.replaceAll("&quot;", '"').replaceAll("&#34;", '"') : sent;
  return text.startsWith('"') && text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text;
}

/** Puts an ETag in quotes, as `If-Match` and the part list of an upload want it. */
export function quotedEtag(etag: string): string {
  return `"${etag}"`;
}
