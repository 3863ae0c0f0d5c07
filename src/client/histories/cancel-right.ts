/** Rights to cancel runs, as runs that replace others keep them: names of pipelines, built-in or documents; `*` is all. */

/** Whether whoever has the one right has the other too. Only `*` has `*`: which documents there are is not known here. */
export const hasRightOf = (own: readonly string[], other: readonly string[]): boolean =>
  own.includes('*') || other.every((pipeline) => own.includes(pipeline));
