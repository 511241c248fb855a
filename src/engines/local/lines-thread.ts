import type { MessagePort } from "node:worker_threads";
import { type ConnectedBucket, connectBucket, type ConnectOptions } from "../../s3/connect.ts";
import { Calls, HandedOver } from "./calls.ts";
import type { JobSide } from "./job.ts";
import { type LinesAsk, type LinesJob, OwnLines, type PageOfLines } from "./lines-worker.ts";

/** What a thread that lists is started with: plain data. */
export interface LinesThreadData
  extends LinesJob, Pick<ConnectOptions, "home" | "cwd" | "concurrency"> {
  readonly side: JobSide;
}

/** What a thread has met with. */
export interface Trouble {
  readonly retries: number;
  readonly throttled: number;
}

/** Lists pages for the thread that has started this one, and makes their lines. */
export function runLinesThread(port: MessagePort, data: LinesThreadData): void {
  // The thread that began this one ends it, and with it what is under way.
  const { signal } = new AbortController();
  const trouble = { retries: 0, throttled: 0 };
  let bucket: ConnectedBucket;
  let worker: OwnLines;
  const calls = new Calls(port, {
    async open() {
      bucket = await connectBucket({
        ...data.side,
        env: process.env,
        home: data.home,
        cwd: data.cwd,
        concurrency: data.concurrency,
        signal,
        // What there is to warn of was told where the listing was begun.
        warn: () => {},
        onRetry: () => trouble.retries++,
        onThrottle: () => trouble.throttled++,
      });
      worker = new OwnLines(bucket, data, signal);
    },
    async list({ settled, ...ask }: LinesAsk & { readonly settled: readonly number[] }) {
      for (const page of settled) worker.settle(page);
      return handedOver(await worker.list(ask));
    },
    async cut([page, upTo]: [number, Uint8Array]) {
      return handedOver(await worker.cut(page, upTo));
    },
    names: (folder: Uint8Array) => worker.names(folder),
    trouble: (): Trouble => trouble,
  });
  void calls;
}

function handedOver(page: PageOfLines): HandedOver {
  const { buffer } = page.lines;
  return new HandedOver(page, buffer.byteLength === 0 ? [] : [buffer]);
}
