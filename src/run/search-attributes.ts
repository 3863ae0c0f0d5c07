/**
 * Temporal search attributes of every run, set at start and at changes of the whole run. Temporal on a SQL database has ten
 * columns of type Keyword and three of type KeywordList in a namespace, for everybody in it: what is only ever asked for by
 * its exact value is a tag.
 */
export const searchAttributes = {
  LonghaulPipeline: 'Keyword',
  LonghaulStatus: 'Keyword',
  LonghaulStep: 'Keyword',
  LonghaulConnection: 'Keyword',
  LonghaulFailure: 'Keyword',
  LonghaulModel: 'Keyword',
  LonghaulOutcome: 'Keyword',
  LonghaulTags: 'KeywordList',
} as const;

/** Search attributes with their types. */
export type SearchAttributes = Readonly<Record<string, 'Keyword' | 'KeywordList'>>;

/** Temporal’s numbers of the types (`temporal.api.enums.v1.IndexedValueType`). */
export const typeNumbers = { Keyword: 2, KeywordList: 7 } as const;

/** Those that are not among the ones that a namespace has. */
export const missingOf = (known: Readonly<Record<string, unknown>>): SearchAttributes =>
  Object.fromEntries(Object.entries(searchAttributes).filter(([name]) => !(name in known)));

/** The options with which Temporal’s CLI creates search attributes. */
export const creationOptions = (attributes: SearchAttributes): string =>
  Object.entries(attributes)
    .map(([name, type]) => `--name ${name} --type ${type}`)
    .join(' ');

/** What a tag says: how a run was started, by which campaign, the cause of its failure, and what it uses beside its first connection. */
export type TagKind = 'trigger' | 'campaign' | 'fingerprint' | 'connection';

export const tagOf = (kind: TagKind, value: string): string => `${kind}:${value}`;

/** The value of the first tag of a kind. */
export const tagIn = (tags: readonly string[], kind: TagKind): string | undefined =>
  tags.find((tag) => tag.startsWith(`${kind}:`))?.slice(kind.length + 1);

/** A value in a query of Temporal’s visibility: quoted, never spliced in. */
export const quote = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** The clause of a query for runs with a tag. */
export const tagged = (kind: TagKind, value: string): string => `LonghaulTags = ${quote(tagOf(kind, value))}`;
