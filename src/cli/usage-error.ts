import type { Command, CommanderError } from "commander";
import { UserError } from "../errors.ts";
import { RequiredOption } from "./options.ts";

/** Options whose values are not for other eyes: an error does not show them. */
const secretOptions = new Set(["--credentials", "--property"]);

/**
 * Puts what commander says of a command line in our words, with the next thing to type as the hint.
 */
export function usageError(error: CommanderError, command: Command): UserError {
  const text = error.message.replace(/^error: /, "");
  const suggestion = /\(Did you mean (.+)\?\)/.exec(text)?.[1];
  if (error.code === "commander.unknownCommand") {
    return unknownCommand(quotedIn(text)[0] ?? "", suggestion);
  }
  const { problem, advice } = explain(error.code, text, command);
  const hints = [suggestion && `did you mean ${suggestion}?`, advice, optionsOf(command)];
  return new UserError("usage", `cannot run ${command.name()}${problem}`, {
    hint: hints.filter((hint) => hint !== undefined).join(" "),
  });
}

function unknownCommand(name: string, suggestion: string | undefined): UserError {
  const guess = suggestion === undefined ? "" : `did you mean ${suggestion}? `;
  return new UserError("usage", `cannot run ${JSON.stringify(name)}: there is no such command`, {
    hint: `${guess}see the commands: campanile --help`,
  });
}

/** Throws a UserError that names all required options that are not given. */
export function refuseMissing(command: Command): void {
  const names = command.options
    .filter((option) => option instanceof RequiredOption)
    .filter((option) => command.getOptionValue(option.attributeName()) === undefined)
    .map(({ long }) => long);
  if (names.length === 0) return;
  const are = `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} missing`;
  throw new UserError("usage", `cannot run ${command.name()}: ${are}`, {
    hint: optionsOf(command),
  });
}

interface Explanation {
  /** Follows `cannot run NAME`. */
  readonly problem: string;
  readonly advice?: string | undefined;
}

/** Commander tells by a code what is wrong, and only in its words with what. */
function explain(code: string, text: string, command: Command): Explanation {
  const [first = "", second = ""] = quotedIn(text);
  switch (code) {
    case "commander.unknownOption":
      return {
        // What follows an equals sign may be a secret.
        problem: `: there is no option ${first.split("=", 1)[0]}`,
        advice: command.parent === null ? "the options of a command stand after it;" : undefined,
      };
    case "commander.optionMissingArgument":
      return { problem: `: ${first} stands without its value`.replace(/ <.*?>/, "") };
    case "commander.invalidArgument": {
      // As `-D, --property <name=value>`.
      const option = /--[\w-]+/.exec(first)?.[0] ?? first;
      const given = secretOptions.has(option) ? "" : ` ${JSON.stringify(second)}`;
      const rule = text.slice(text.indexOf(" is invalid. ") + " is invalid. ".length);
      return { problem: ` with ${option}${given}`, advice: ruleOf(rule) };
    }
    case "commander.missingArgument":
      return { problem: `: <${first}> is missing`, advice: usageOf(command) };
    case "commander.excessArguments": {
      const extra = command.args[command.registeredArguments.length] ?? "";
      return {
        problem: `: ${JSON.stringify(extra)} is one word too many`,
        advice: usageOf(command),
      };
    }
    default:
      return { problem: `: ${text}` };
  }
}

/** A rule as an InvalidArgumentError gives it, as a part of a hint. */
function ruleOf(rule: string): string {
  return `${rule
    .trim()
    .replace(/^Allowed choices are (.*)\.$/s, "it is one of: $1")
    .replace(/^(?:It|There) /, (word) => word.toLowerCase())
    .replace(/\.$/, "")};`;
}

function usageOf(command: Command): string {
  return `usage: campanile ${command.name()} ${command.usage()};`;
}

function optionsOf(command: Command): string {
  return command.parent === null
    ? "see the commands: campanile --help"
    : `see its options: campanile ${command.name()} --help`;
}

/** What stands in single quotes in commander's text. */
function quotedIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/'(.*?)'/gs), ([, quoted = ""]) => quoted);
}
