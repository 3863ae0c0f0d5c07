/**
 * What an approval is for: what would be deployed, where and how. A step deploys what is stated here and nothing else,
 * and its digest tells whether it is what somebody has approved.
 */
import { changesBetween } from '../inputs/edits.js';
import type { DeploymentSpec, EnvironmentOutput, JobOutput, RegistrationOutput } from '../undoing/effects.js';
import type { TrainAndDeployInput } from '../inputs/inputs.js';
import type { DeploymentSubject } from '../retraining/retraining.js';
import type { Json } from '../steps.js';
import { sha256Of } from './digest.js';

/** What a run has made before it deploys; of a step that it left out, `null`. */
export interface MadeForDeployment {
  readonly environment: Pick<EnvironmentOutput, 'environmentId'> | null;
  /** Of the environment, that the training was pinned to. */
  readonly revisionId: string | null;
  readonly job: JobOutput;
  readonly registered: RegistrationOutput | null;
}

/** The parts of an input that say what is deployed. */
export type DeployingInput = Pick<TrainAndDeployInput, 'connection' | 'project' | 'deploy'> & {
  readonly register?: { readonly experimentRunId?: string | undefined } | undefined;
};

/** What is sent to deploy it; `null` where the input, or what was made, lacks what is needed. */
export function deploymentOf(
  { deploy }: Pick<DeployingInput, 'deploy'>,
  { environment, job, registered }: Omit<MadeForDeployment, 'revisionId'>,
): DeploymentSpec | null {
  if (deploy === undefined) return null;
  const { modelApi: name, source: given, environmentId: stated, ...spec } = deploy;
  const environmentId = stated ?? environment?.environmentId;
  const source = given ?? (registered && { model: registered.model, version: registered.version });
  if (environmentId === undefined || source === null) return null;
  const commitId = job.outputCommitId ?? undefined;
  return { ...spec, name, projectId: job.projectId, environmentId, source, commitId };
}

/** What an approval of this deployment is for; `null` where there is nothing to deploy. */
export function subjectOf(input: DeployingInput, made: MadeForDeployment): DeploymentSubject | null {
  const spec = deploymentOf(input, made);
  if (spec === null) return null;
  const { connection, project, register } = input;
  const { jobId, experimentRunId, revisionId } = made.job;
  return {
    connection,
    project,
    // Through JSON, as a history keeps it: what is undefined is not there.
    deploys: JSON.parse(JSON.stringify(spec)) as DeploymentSubject['deploys'],
    trained: {
      jobId,
      experimentRunId: register?.experimentRunId ?? experimentRunId ?? null,
      revisionId: revisionId ?? made.revisionId,
    },
  };
}

/** SHA-256 in hexadecimal, the same whatever the order of keys: nobody can make another subject that has it. */
export const digestOfSubject = (subject: DeploymentSubject): string =>
  sha256Of(asciiOf(JSON.stringify(ordered(subject))));

/** Its bytes, with what is not ASCII written as JSON may write it: workflow code has no encoder of text. */
const asciiOf = (json: string): Uint8Array =>
  Uint8Array.from(
    json.replaceAll(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
    (unit) => unit.charCodeAt(0),
  );

function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => ordered(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]: [string, Json]) => [key, ordered(inner)]),
  );
}

/** What differs, one line each: `deploys.name: "a" is now "b"`. */
export const subjectChanges = (before: DeploymentSubject, after: DeploymentSubject): string[] =>
  changesBetween(before, after).map(
    ({ path, before: was, after: is }) => `${path}: ${say(was)} is now ${say(is)}`,
  );

/** Digests and texts are told by their beginning. */
const mostLetters = 60;

function say(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length <= mostLetters ? text : `${text.slice(0, mostLetters - 1)}…`;
}
