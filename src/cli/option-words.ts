import type { Option } from "commander";

/**
 * Writes options as they would stand on a command line that has these values, for a program that is
 * to do the same elsewhere. What is at its default is left out.
 */
export function optionWords(
  options: readonly Option[],
  values: Readonly<Record<string, unknown>>,
): readonly string[] {
  return options.flatMap((option) => {
    const value = values[option.attributeName()];
    const { long } = option;
    if (value === undefined || value === option.defaultValue || long === undefined) return [];
    if (option.negate) return value === false ? [long] : [];
    if (value === true) return [long];
    if (typeof value === "string" || typeof value === "number") return [long, `${value}`];
    const pairs = Object.entries(value as Readonly<Record<string, string>>);
    return pairs.flatMap(([name, of]) => [long, `${name}=${of}`]);
  });
}
