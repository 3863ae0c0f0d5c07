/** Where the contract or the simulator is not what the OpenAPI files say, and why. It imports nothing, so that `npm run docs` can read it. */

/** One reason, and every disagreement that it is for. */
export interface OpenApiException {
  /** Names of endpoints; left out, all of them. */
  readonly endpoints?: readonly string[];
  /** How the disagreements of the contract begin. */
  readonly places: readonly string[];
  /** How those of the simulator’s answers begin. */
  readonly answers?: readonly string[];
  readonly reason: string;
}

export const openApiExceptions: readonly OpenApiException[] = [
  {
    places: ['answer.metadata.totalCount', 'answer.metadata.pagination', 'answer.metadata.nextPageToken'],
    reason:
      'The files contradict themselves: the metadata of lists requires `pagination` and states the same fields flat. Both are read, where either is, and answers without pages have neither.',
  },
  {
    places: ['body.deploymentType'],
    answers: ['answer.deploymentType', 'answer.items[0].deploymentType'],
    reason: 'The files require it of model deployments without saying what it is; `configuration` holds one.',
  },
  {
    endpoints: ['jobs.stop'],
    places: ['body.projectId'],
    reason: 'The vendor’s own client sends it too.',
  },
  {
    endpoints: [
      'registeredModels.listVersions',
      'registeredModels.createVersion',
      'registeredModels.getVersion',
    ],
    places: [
      'answer.items[].modelVersionDescription',
      'answer.items[].buildStatus',
      'answer.items[].tags',
      'answer.buildStatus',
    ],
    reason: 'The first version of an answer lacks fields that the second has. One schema reads both.',
  },
];
