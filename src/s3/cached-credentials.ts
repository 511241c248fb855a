import type { StaticKeys } from "./boto-config.ts";

/** A key pair, perhaps for a time only. */
export interface Credentials extends StaticKeys {
  readonly expiration?: Date | undefined;
}

/** Gives credentials that are valid now. */
export type CredentialsProvider = () => Promise<Credentials>;

/** How long before their end credentials are asked for anew, in ms: as AWS's SDKs do, and longer than any request lasts. */
export const refreshBeforeMs = 5 * 60_000;

/** How often credentials near their end are asked for anew when what came has the same end, in ms. */
export const refreshPauseMs = 30_000;

/**
 * Keeps credentials until shortly before they end, and asks for new ones once, however many requests wait for them. While the
 * old ones are valid a failure to get new ones fails nothing: the role's service may be back in time.
 */
export function cached(
  provider: CredentialsProvider,
  now: () => number = Date.now,
): CredentialsProvider {
  let kept: Credentials | undefined;
  let asked = -Infinity;
  let pending: Promise<Credentials> | undefined;

  const left = () =>
    kept === undefined ? -Infinity : (kept.expiration?.getTime() ?? Infinity) - now();

  async function ask(): Promise<Credentials> {
    try {
      asked = now();
      const fresh = await provider();
      kept = fresh;
      return fresh;
    } catch (error) {
      if (kept !== undefined && left() > 0) return kept;
      throw error;
    } finally {
      pending = undefined;
    }
  }

  return async () => {
    const paused = left() > 0 && now() - asked < refreshPauseMs;
    if (kept !== undefined && (left() > refreshBeforeMs || paused)) return kept;
    pending ??= ask();
    return pending;
  };
}
