/** The S3 servers that the tests run against, by the names they have in reports. */
export type ServerName = "campanile" | "radosgw" | "seaweedfs" | "moto";

/** One of the two users of a server. Neither can read or write the other's buckets. */
export interface Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** How the names of its buckets begin: two of the servers know whose a bucket is by this alone. */
  readonly bucketPrefix: string;
}

/** A server that answers, and its two users. */
export interface Endpoint {
  readonly url: string;
  readonly region: string;
  readonly source: Account;
  readonly target: Account;
}

/** A server that this process started. */
export interface RunningServer extends Endpoint {
  /** Ends the server. Its files stay. */
  readonly stop: () => Promise<void>;
}

/** The region of every server: none of them has a second one. */
export const region = "us-east-1";

/** The users of those servers whose keys can be chosen. They guard nothing: test data on 127.0.0.1. */
export const accounts: { readonly source: Account; readonly target: Account } = {
  source: {
    accessKeyId: "SOURCEACCESSKEY00001",
    secretAccessKey: "sourceSecretKey0000000000000000000000001",
    bucketPrefix: "source-",
  },
  target: {
    accessKeyId: "TARGETACCESSKEY00002",
    secretAccessKey: "targetSecretKey0000000000000000000000002",
    bucketPrefix: "target-",
  },
};
