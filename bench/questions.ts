import { copyLarge, copyMany, copyServer, copySmall } from "./copy.ts";
import { copyRequest } from "./copy-request.ts";
import { diffLists } from "./diff-lists.ts";
import { listPage } from "./list-page.ts";
import { ls } from "./ls.ts";
import type { CommandQuestion, PathQuestion, Question } from "./question.ts";
import { startUp } from "./start-up.ts";
import { streamLarge, streamSmall } from "./stream.ts";
import { sync, syncMany } from "./sync.ts";

/** Paths of the code, in a process that is warm. */
export const paths: readonly PathQuestion[] = [copyRequest, listPage, streamLarge, streamSmall];

/** Whole command lines. */
export const commands: readonly CommandQuestion[] = [
  startUp,
  ls,
  diffLists,
  copyServer,
  copySmall,
  copyLarge,
  copyMany,
  sync,
  syncMany,
];

/** All questions, in the order in which they are asked. */
export const questions: readonly Question[] = [...paths, ...commands];
