/** What can be typed to `longhaul call`. */

/** What was typed beside the endpoint. */
export interface CallFlags {
  readonly connection?: string;
  readonly p?: readonly Stated[];
  readonly body?: string;
  readonly file?: string;
  readonly output?: string;
  readonly force?: true;
  readonly all?: true;
  readonly yes?: true;
  readonly showSecret?: true;
  readonly list?: string | true;
  readonly help?: true;
}

/** One `-p name=value`, as typed. */
export interface Stated {
  readonly name: string;
  readonly text: string;
}
