import type { Clock } from "./clock.ts";
import { type Credentials, Signer } from "./sign.ts";

/** Credentials that may end. */
export interface ExpiringCredentials extends Credentials {
  readonly expiration?: Date | undefined;
}

/**
 * New ones are asked for this long before the old ones end, in milliseconds: what the AWS SDKs
 * take.
 */
const refreshBeforeMs = 5 * 60_000;

/**
 * The provider is asked again after this time at the earliest, in milliseconds, not with each
 * request.
 */
const refreshAgainMs = 10_000;

/**
 * Keeps credentials until shortly before they expire, and a signer for them; asks for new ones once
 * for all who wait.
 */
export class CredentialsCache {
  readonly #provider: () => Promise<ExpiringCredentials>;
  readonly #clock: Clock;
  #signer: Signer | undefined;
  #expiresAt = 0;
  #refreshAt = 0;
  #refreshing: Promise<Signer> | undefined;

  constructor(provider: () => Promise<ExpiringCredentials>, clock: Clock) {
    this.#provider = provider;
    this.#clock = clock;
  }

  /** A signer with credentials that hold; a promise only when they must be fetched first. */
  signer(): Signer | Promise<Signer> {
    if (this.#signer !== undefined && this.#clock.now() < this.#refreshAt) return this.#signer;
    return this.#refresh();
  }

  /** Drops credentials that the server called expired, unless they were replaced meanwhile. */
  drop(signer: Signer): void {
    if (this.#signer === signer) this.#signer = undefined;
  }

  #refresh(): Promise<Signer> {
    this.#refreshing ??= this.#fetch().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #fetch(): Promise<Signer> {
    const old = this.#signer;
    try {
      const credentials = await this.#provider();
      this.#expiresAt = credentials.expiration?.getTime() ?? Number.POSITIVE_INFINITY;
      // Short-lived ones, too, serve for a while before the provider is asked again.
      const now = this.#clock.now();
      this.#refreshAt = Math.max(this.#expiresAt - refreshBeforeMs, now + refreshAgainMs);
      this.#signer = new Signer(credentials);
      return this.#signer;
    } catch (error) {
      const now = this.#clock.now();
      if (old === undefined || old !== this.#signer || now >= this.#expiresAt) throw error;
      this.#refreshAt = Math.min(now + refreshAgainMs, this.#expiresAt);
      return old;
    }
  }
}
