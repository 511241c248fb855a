/** The keys behind `after` up to and with `upTo`, in the order of their UTF-8 bytes, that begin with `prefix`. */
export interface KeyRange {
  readonly prefix?: string | undefined;
  /** Left out: from the first key on. */
  readonly after?: string | undefined;
  /** Left out: to the last key. */
  readonly upTo?: string | undefined;
}
