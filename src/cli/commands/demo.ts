import { Command } from "commander";
import type { Io } from "../io.ts";

export function demoCommand(io: Io): Command {
  return new Command("demo")
    .description(
      "Starts an S3 in this process with two accounts, fills a bucket of the one, copies it to the other, copies again what has changed, and proves the copy equal. Nothing leaves this machine.",
    )
    .action(async () => {
      const { runDemo } = await import("../demo.ts");
      await runDemo({ print: (text) => io.stdout.write(`${text}\n`), signal: io.interrupted });
    });
}
