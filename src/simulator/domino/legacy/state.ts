/** What exists on the simulated platform that only the routes without a contract know. Times are simulated milliseconds. */

/** A tag that projects may carry. */
export interface ProjectTag {
  readonly id: string;
  readonly name: string;
  lastAdded: number;
}

/** An app that was created and never started: it has no version yet, so the public API does not know it. */
export interface UnpublishedApp {
  readonly id: string;
  readonly projectId: string;
  readonly name: string;
  readonly createdAt: number;
}

/** A limit of what may be spent in a month. */
export interface Budget {
  readonly budgetLabel: string;
  readonly budgetType: 'Default' | 'Override';
  readonly limit: number;
  readonly window: string;
  /** The id of the project or the organization, or the name of the billing tag; of an override. */
  readonly labelId?: string;
}

/** Who is told when a budget is used up. */
export interface BudgetAlerts {
  readonly alertsEnabled: boolean;
  readonly notifyOrgOwner: boolean;
  readonly alertTargets: readonly { readonly label: string; readonly emails: readonly string[] }[];
}

/** The files of one upload into a dataset, in pieces. */
export interface DatasetUpload {
  readonly datasetId: string;
  readonly onCollision: 'Ignore' | 'Overwrite' | 'Rename';
  /** By path: how many pieces it has, and the size of each that has come, by its number. */
  readonly files: Map<string, { readonly count: number; readonly pieces: Map<number, number> }>;
}

/** The copy of a version's image into a registry of the caller. */
export interface ModelExport {
  readonly id: string;
  readonly versionId: string;
  readonly image: string;
  readonly startedAt: number;
  readonly endsAt: number;
}

/** A value of a metric of a monitored model. */
export interface MetricValue {
  readonly modelMonitoringId: string;
  readonly metric: string;
  readonly value: number;
  readonly referenceTimestamp: string;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
}

/** Everything. */
export interface LegacyState {
  readonly tags: Map<string, ProjectTag>;
  /** By project: the ids of its tags. */
  readonly tagsOf: Map<string, Set<string>>;
  readonly unpublishedApps: Map<string, UnpublishedApp>;
  /** By project: the function that its API endpoint serves. */
  readonly endpoints: Map<
    string,
    { readonly commitId: string; readonly file: string; readonly function: string }
  >;
  readonly budgetDefaults: Map<string, Budget>;
  /** By the id that they are for. */
  readonly budgetOverrides: Map<string, Budget>;
  readonly uploads: Map<string, DatasetUpload>;
  /** By dataset: the sizes of its files by their paths. */
  readonly datasetFiles: Map<string, Map<string, number>>;
  readonly exports: Map<string, ModelExport>;
  readonly metricValues: MetricValue[];
  budgetAlerts: BudgetAlerts;
}

/** What a budget can be for. */
export const budgetLabels = ['BillingTag', 'Organization', 'Project'] as const;

/** Nothing but the settings. */
export const createLegacyState = (): LegacyState => ({
  tags: new Map(),
  tagsOf: new Map(),
  unpublishedApps: new Map(),
  endpoints: new Map(),
  budgetDefaults: new Map(
    budgetLabels.map((budgetLabel) => [
      budgetLabel,
      { budgetLabel, budgetType: 'Default', limit: 0, window: 'monthly' },
    ]),
  ),
  budgetOverrides: new Map(),
  uploads: new Map(),
  datasetFiles: new Map(),
  exports: new Map(),
  metricValues: [],
  budgetAlerts: {
    alertsEnabled: false,
    notifyOrgOwner: false,
    alertTargets: budgetLabels.map((label) => ({ label, emails: [] })),
  },
});
