/** What the input alone names. */
export interface Given {
  /** The fields of the step that no other step has a part in: what they name need not have been there at any time. */
  readonly given?: readonly string[] | undefined;
}
