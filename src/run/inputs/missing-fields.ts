const ofMissing = /^Invalid input: (expected .*), received undefined$/s;

/** What was expected, where zod says that a field is not there; `null` for any other message. */
export const expectedWhereMissing = (message: string): string | null => ofMissing.exec(message)?.[1] ?? null;
