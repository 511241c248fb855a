import { JobCounters } from "./job-counters.ts";

/** How far a job's tasks are, in percent. */
export interface JobProgress {
  readonly map: number;
  readonly reduce: number;
}

/** An attempt of a task that did not succeed. */
export interface FailedAttempt {
  readonly attempt: string;
  /** The exit status of our process, where Hadoop tells it. */
  readonly status?: number | undefined;
  /** What Hadoop says of it. */
  readonly reason: string;
}

/**
 * Reads what Hadoop's client says of a job on standard error, line by line: it is all that a job
 * tells whoever has sent it, whatever the cluster is.
 */
export class JobOutput {
  /** As `job_1764000000000_0001`, or `job_local1_0001` of one that runs in the client. */
  jobId: string | undefined;
  /** Where the job can be looked at while it runs. */
  url: string | undefined;
  progress: JobProgress | undefined;
  /** Why the job failed, as far as it is said. */
  failure: string | undefined;
  readonly failedAttempts: FailedAttempt[] = [];
  /** The counters of the job, by group and name, as they are shown; empty until its end. */
  readonly counters = new JobCounters();
  #isInCounters = false;
  #group = "";
  #attempt: string | undefined;

  /** Takes the next line, without its end. Gives true when it tells something new of the progress. */
  read(line: string): boolean {
    if (this.#readCounter(line)) return false;
    const said = line.replace(/^.*? (?:INFO|WARN|ERROR)\s+\S+?:\s+/, "");
    const progress = /map (\d+)%\s+reduce (\d+)%/.exec(said);
    if (progress !== null) {
      this.progress = { map: Number(progress[1]), reduce: Number(progress[2]) };
      return true;
    }
    const [, job] = /^Running job: (job_\w+)/.exec(said) ?? [];
    this.jobId = job ?? this.jobId;
    this.url = /^The url to track the job: (\S+)/.exec(said)?.[1] ?? this.url;
    this.failure =
      /^Job job_\S+ failed with state (?:FAILED|KILLED) due to: (.*)/.exec(said)?.[1]?.trim() ??
      /^Error Launching job : (.*)/.exec(said)?.[1] ??
      /^ERROR: (.*)/.exec(line)?.[1] ??
      this.failure;
    this.#readAttempt(said);
    this.#isInCounters = /^Counters: \d+$/.test(said);
    return false;
  }

  #readAttempt(said: string): void {
    const [, attempt] = /^Task Id : (attempt_\S+), Status : FAILED/.exec(said) ?? [];
    if (attempt !== undefined) {
      this.#attempt = attempt;
      return;
    }
    if (this.#attempt === undefined || said.trim() === "") return;
    const status = /subprocess failed with code (\d+)/.exec(said)?.[1];
    this.failedAttempts.push({
      attempt: this.#attempt,
      status: status === undefined ? undefined : Number(status),
      reason: said.replace(/^Error: (?:java\.lang\.RuntimeException: )?/, "").trim(),
    });
    this.#attempt = undefined;
  }

  /** Groups stand behind one tab and counters behind two, up to the first line of the log. */
  #readCounter(line: string): boolean {
    if (!this.#isInCounters) return false;
    const [, tabs = "", text = ""] = /^(\t+)(.*)$/.exec(line) ?? [];
    if (tabs === "") {
      this.#isInCounters = false;
      return false;
    }
    if (tabs.length === 1) {
      this.#group = text;
      return true;
    }
    const [, name, value] = /^(.*)=(-?\d+)$/.exec(text) ?? [];
    if (name !== undefined) this.counters.set(this.#group, name, Number(value));
    return true;
  }
}
