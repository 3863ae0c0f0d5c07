/** What the history of a leg tells of the steps of its attempt, where no worker can be asked. */
import { expect, it } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { resolversIn } from '../../../src/client/histories/history.js';
import { recordedSteps } from '../../../src/client/replays/recorded-steps.js';
import type { Step, StepState } from '../../../src/run/steps.js';
import { documentWorkflow } from '../../../src/pipelines/document/pipeline.js';
import { documentOf } from '../../support/documents.js';

const payloads = (value: unknown) => ({ payloads: [defaultPayloadConverter.toPayload(value)] });
const job = (jobId: string) => ({ jobId, projectId: 'p', metrics: {} });
const times = { startedAt: 'then', endedAt: 'later' };
const step = (name: string, state: StepState, more: Partial<Step> = {}): Step => ({
  ...{ name, tries: 1, references: [], state },
  ...more,
});
const failure = { code: 'QUOTA_EXCEEDED', message: 'quota' } as const;
const reference = { kind: 'job', id: 'j2' } as const;

/** A leg that begins with these, in which a second item ends and a third one begins. */
const history = (steps: readonly Step[]): History =>
  ({
    events: [
      {
        eventId: 1,
        workflowExecutionStartedEventAttributes: {
          workflowId: 'long.one',
          workflowType: { name: documentWorkflow },
          input: payloads({
            input: {},
            document: documentOf(
              'domino-test',
              `  parks: { uses: job, with: { project: ada/iris, command: parks } }
  train: { uses: job, each: [0, 1, 2, 3], with: { project: ada/iris, command: "train \${{ item }}" } }\n`,
            ),
            trigger: { kind: 'client' },
            leg: {
              attemptId: 'a1',
              startedAt: '2026-11-30T12:00:00.000Z',
              steps: { steps, generations: {}, asked: {}, resolvers: ['ada'] },
            },
          }),
        },
      },
      ...[1, 2].map((index) => ({
        eventId: 4 + index,
        userMetadata: { summary: defaultPayloadConverter.toPayload(`train.${index}`) },
        activityTaskScheduledEventAttributes: { activityType: { name: 'awaitJob' } },
      })),
      {
        eventId: 7,
        activityTaskCompletedEventAttributes: { scheduledEventId: 5, result: payloads(job('j1')) },
      },
    ],
  }) as unknown as History; // of its fields, what is read

it('is what the legs before have come to, and what has ended and begun since', () => {
  const ended = step('train.0', { status: 'succeeded', ...times, output: job('j0') }, { item: 0 });
  const steps = [
    step(
      'parks',
      { status: 'parked', startedAt: 'then', parkedAt: 'later', failure },
      { tries: 2, generation: 2 },
    ),
    step('train', { status: 'waiting', startedAt: 'then', waitingFor: 'its 4 items' }, { items: 4 }),
    ended,
    step('train.1', { status: 'waiting', startedAt: 'then', waitingFor: 'job 1 to end' }, { item: 1 }),
    step('train.2', { status: 'running', startedAt: 'then' }, { item: 2, references: [reference] }),
  ];
  const told = recordedSteps(history(steps));
  expect(told[2]).toEqual(ended);
  expect(
    told.map(({ name, tries, generation, item, references, state }) => ({
      ...{ name, tries, generation, item, references: references.length, status: state.status },
    })),
  ).toEqual([
    { name: 'parks', tries: 2, generation: 2, references: 0, status: 'cancelled' },
    { name: 'train', tries: 1, references: 0, status: 'cancelled' },
    { name: 'train.0', tries: 1, item: 0, references: 0, status: 'succeeded' },
    { name: 'train.1', tries: 1, item: 1, references: 0, status: 'succeeded' },
    { name: 'train.2', tries: 1, item: 2, references: 1, status: 'cancelled' },
  ]);
  expect(resolversIn(history(steps))).toEqual(['ada']);
});
