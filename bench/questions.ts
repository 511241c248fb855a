import { copyRequest } from "./copy-request.ts";
import { listPage } from "./list-page.ts";
import type { Question } from "./question.ts";
import { streamLarge, streamSmall } from "./stream.ts";

/** All questions, in the order in which they are asked. */
export const questions: readonly Question[] = [copyRequest, listPage, streamLarge, streamSmall];
