/** Temporal search attributes of every run, all of type Keyword. Set at start and at changes of the whole run. */
export const searchAttributeNames = [
  'LonghaulPipeline',
  'LonghaulStatus',
  'LonghaulStep',
  'LonghaulConnection',
  'LonghaulTrigger',
  'LonghaulFailure',
  'LonghaulModel',
  'LonghaulOutcome',
  'LonghaulFingerprint',
  'LonghaulCampaign',
] as const;

/** A value in a query of Temporal’s visibility: quoted, never spliced in. */
export const quote = (value: string): string => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
