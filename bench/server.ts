/** How a client talks to the server: HTTP as it is, or over TLS. */
export type Wire = "plain" | "tls";

/** Where the synthetic S3 is, for the clients. */
export interface Server {
  readonly wire: Wire;
  /** As `http://127.0.0.1:40123`. */
  readonly endpoint: string;
  /** The certificate to trust, in PEM, where it speaks TLS. */
  readonly caFile: string | undefined;
}
