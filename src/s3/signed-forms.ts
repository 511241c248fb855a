/** How the headers of these names are signed. */
export interface SignedForm {
  /** In the order in which they are signed: each with what stands before its value. */
  readonly lines: readonly { readonly name: string; readonly start: string }[];
  /** As `SignedHeaders` has them. */
  readonly names: string;
}

/** Forms that are kept, at most: a copy has one or two, and metadata may have any number. */
const maxForms = 8;

/**
 * Keeps in which order headers are signed, by their names, since requests of the same few are sent
 * by the million: to sort and join the names took a fifth of a signature.
 */
export class SignedForms {
  readonly #known: { readonly given: readonly string[]; readonly form: SignedForm }[] = [];
  #next = 0;

  /** The form for headers that were given in this order. */
  of(given: readonly string[]): SignedForm {
    for (const known of this.#known) {
      if (areSame(known.given, given)) return known.form;
    }
    const form = formOf(given);
    this.#known[this.#next] = { given, form };
    this.#next = (this.#next + 1) % maxForms;
    return form;
  }
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function formOf(given: readonly string[]): SignedForm {
  const names = given.filter((name) => !notSigned.has(name)).sort();
  return {
    lines: names.map((name) => ({ name, start: `\n${name}:` })),
    names: names.join(";"),
  };
}

/** Headers that a proxy may change on the way; the AWS SDKs do not sign them either. */
const notSigned = new Set([
  "authorization",
  "cache-control",
  "connection",
  "expect",
  "keep-alive",
  "pragma",
  "referer",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "x-amzn-trace-id",
]);
