import type { Entry } from "../record/entry.ts";
import type { Result } from "../record/result.ts";
import type { StageContext } from "../stage.ts";
import type { Pages } from "../stream/pages.ts";
import { multipartcomplete, type MultipartcompleteNeeds } from "./multipartcomplete.ts";
import { multipartlist, type MultipartlistNeeds } from "./multipartlist.ts";
import { objectcopy, type ObjectcopyNeeds } from "./objectcopy.ts";

/** What the three stages of a copy need. */
export type CopyNeeds = MultipartlistNeeds & ObjectcopyNeeds & MultipartcompleteNeeds;

/** Copies entries by the three stages of a copy, one behind the other. */
export function copyEntries(
  entries: Pages<Entry>,
  context: CopyNeeds & StageContext,
): Pages<Result> {
  const tasks = multipartlist.run(entries, context);
  return multipartcomplete.run(objectcopy.run(tasks, context), context);
}
