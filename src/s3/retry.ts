import { S3Error } from "./error.ts";
import { TransportError } from "./transport.ts";

/** The bounds of retries. */
export interface RetryOptions {
  /**
   * Tries of one request, the first included. 10, as the original had it: for bulk work a failure
   * costs more than a wait.
   */
  readonly maxAttempts: number;
  /**
   * The longest first wait, in milliseconds; each next one is twice as long. 100: a lost connection
   * is not worth more.
   */
  readonly baseMs: number;
  /** The longest wait, in milliseconds. 20 s, as in the AWS SDKs. */
  readonly capMs: number;
  /**
   * The longest wait that a server's Retry-After gets, in milliseconds; 60 s, so that no answer
   * stops a run for hours.
   */
  readonly maxRetryAfterMs: number;
  /**
   * Quick retries in store, in tokens. 100: at 5 a failure about twenty requests may hurry when a
   * server goes away.
   */
  readonly budget: number;
  /**
   * Tries while the endpoint has never answered; 3 take about half a second, and then it is most
   * likely the wrong one.
   */
  readonly maxAttemptsUnanswered: number;
}

/** The bounds, unless told otherwise. */
export const defaultRetryOptions: RetryOptions = {
  maxAttempts: 10,
  baseMs: 100,
  capMs: 20_000,
  maxRetryAfterMs: 60_000,
  budget: 100,
  maxAttemptsUnanswered: 3,
};

/** What a retry takes from the budget. Throttling costs little: the pace answers to it. */
const failureCost = 5;
const throttleCost = 1;

/** What an answer gives back: in the long run one request in ten may be a quick retry. */
const answerGain = 0.5;

/** What a request says about itself when it failed. */
export interface Retried {
  readonly operation?: string | undefined;
  /** False when it must not be repeated if it may have had an effect. */
  readonly idempotent?: boolean | undefined;
  /** The tries it may have at most, when fewer than the client's. */
  readonly attempts?: number | undefined;
}

/**
 * Decides whether a failed request is tried again, and when: after a time between nothing and a
 * bound that doubles (full jitter).
 *
 * Quick retries come out of a budget that all requests of a client share and that answers fill up.
 * When it is empty, a server is in trouble, and each retry waits about the cap: so a server that is
 * away for a minute gets few requests meanwhile, and none of them uses up its tries before it is
 * back.
 */
export class Retries {
  readonly #options: RetryOptions;
  readonly #random: () => number;
  #tokens: number;
  #answered = false;

  constructor(options: RetryOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
    this.#tokens = options.budget;
  }

  /** Notes that the endpoint exists: it has answered something. */
  noteAnswer(): void {
    this.#answered = true;
  }

  /** Notes that a request got no answer. */
  noteFailure(error: unknown): void {
    if (this.#answered || !(error instanceof TransportError)) return;
    // One in a body comes from a reply: that of the source, when a body was being sent.
    if (error.stage !== "body") neverReached.add(error);
  }

  /** Notes that a request was answered and not refused. */
  noteSuccess(): void {
    this.#answered = true;
    if (this.#tokens < this.#options.budget) {
      this.#tokens = Math.min(this.#options.budget, this.#tokens + answerGain);
    }
  }

  /**
   * How long to wait, in milliseconds, before the try after `attempt` (1 for the first); undefined
   * when there shall be none.
   */
  delay(error: unknown, attempt: number, request: Retried): number | undefined {
    const { maxAttempts, baseMs, capMs, maxRetryAfterMs, maxAttemptsUnanswered } = this.#options;
    if (attempt >= Math.min(request.attempts ?? maxAttempts, maxAttempts)) return undefined;
    if (!mayPass(error, request.operation)) return undefined;
    if (request.idempotent === false && !hadNoEffect(error)) return undefined;
    const unreached = isNeverReached(error);
    if (unreached && (attempt >= maxAttemptsUnanswered || isFinalAtFirst(error))) return undefined;

    const cost = isThrottling(error) ? throttleCost : failureCost;
    const bound = Math.min(capMs, baseMs * 2 ** (attempt - 1));
    let delay = this.#random() * bound;
    if (this.#tokens >= cost) {
      this.#tokens -= cost;
    } else if (!unreached) {
      // Not below half the cap, or nine such waits might fit into a minute.
      delay = (capMs * (1 + this.#random())) / 2;
    }
    const asked = error instanceof S3Error ? error.retryAfterMs : undefined;
    return asked === undefined ? delay : Math.max(delay, Math.min(asked, maxRetryAfterMs));
  }
}

/**
 * True for a name that nobody knows and a host that nobody reaches: the time to connect was time
 * for several tries.
 */
function isFinalAtFirst(error: unknown): boolean {
  if (!(error instanceof TransportError)) return false;
  return error.code === "ENOTFOUND" || (error.code === "ETIMEDOUT" && error.stage === "unsent");
}

/**
 * Failures to reach an endpoint that had never answered. It is the failure that knows, not the
 * client that retries: a copy is retried by one client and may have failed at the other's endpoint.
 */
const neverReached = new WeakSet<TransportError>();

/**
 * True for a failure to reach an endpoint that has never answered: most likely it is the wrong one.
 */
export function isNeverReached(error: unknown): boolean {
  return error instanceof TransportError && neverReached.has(error);
}

/** True when the server asks for fewer requests. */
export function isThrottling(error: unknown): boolean {
  return error instanceof S3Error && (error.status === 429 || throttlingCodes.has(error.code));
}

/**
 * True for a failure that a later try may not meet.
 *
 * | failure | may pass |
 * | --- | --- |
 * | no answer, or a body cut short | yes, unless it is a certificate that cannot be trusted or a request that cannot be sent |
 * | 500, 502, 503, 504, 429 | yes |
 * | SlowDown, InternalError, RequestTimeout … with any status, so also inside a 200 | yes |
 * | 409 ConditionalRequestConflict, OperationAborted | yes, but not for a Complete: its parts are gone |
 * | 412, 404, 403 and all others | no: they are answers |
 */
export function mayPass(error: unknown, operation?: string): boolean {
  if (error instanceof TransportError) return !lastingFailures.test(error.code);
  if (!(error instanceof S3Error)) return false;
  if (lastingCodes.has(error.code)) return false;
  if (conflictCodes.has(error.code)) return operation !== "CompleteMultipartUpload";
  return passingStatus.has(error.status) || passingCodes.has(error.code) || isThrottling(error);
}

/**
 * True when the server has certainly done nothing: it saw nothing of the request, or refused it.
 */
function hadNoEffect(error: unknown): boolean {
  if (error instanceof TransportError) return error.stage === "unsent";
  return (
    error instanceof S3Error && (isThrottling(error) || (error.status >= 400 && error.status < 500))
  );
}

const passingStatus = new Set([429, 500, 502, 503, 504]);

const throttlingCodes = new Set([
  "SlowDown",
  "BandwidthLimitExceeded",
  "RequestLimitExceeded",
  "RequestThrottled",
  "RequestThrottledException",
  "Throttling",
  "ThrottlingException",
  "ThrottledException",
  "TooManyRequestsException",
]);

const passingCodes = new Set([
  "InternalError",
  "RequestTimeout",
  "RequestTimeTooSkewed",
  "ServiceUnavailable",
]);

const conflictCodes = new Set(["ConditionalRequestConflict", "OperationAborted"]);

/**
 * A 503 that says the expedited tier is used up; the restore is to be asked for in another tier.
 */
const lastingCodes = new Set(["GlacierExpeditedRetrievalNotAvailable"]);

// Node's and OpenSSL's codes for a certificate that cannot be trusted, and the transport's own for
// what it refuses.
const lastingFailures =
  /^(?:CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:GET|VERIFY|DECRYPT|DECODE)_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_REQUEST|BODY_TOO_LONG|BODY_LENGTH|CLOSED)/;
