/** History events and CPU per step: of documents of 7 and of 100 steps, and of the built-in pipeline beside them. */
import { Client, Connection } from '@temporalio/client';
import { checkDocument } from '../dist/documents/pipeline/check.js';
import { cpuMs, fullInput, inParallel, withStage } from './stage.js';

const projects = Array.from({ length: 10 }, (_, lane) => `iris-${lane}`);
const warmUps = 4;
const rounds = 8;

const head = [
  'longhaul: pipeline/v1',
  'connection: domino-dev',
  'input: { properties: { project: { type: string }, key: { type: string, pattern: "^[a-z0-9-]+$" } }, required: [project, key] }',
];

/** The steps of `train-and-deploy`. */
const seven = `pipeline: seven
steps:
  environment: { uses: environment, with: { name: iris-training, base: { image: "registry.example/base:1" }, dockerfile: "${fullInput.revision.dockerfile}" } }
  revision: { uses: revision, with: { environment: "\${{ steps.environment }}", dockerfile: "${fullInput.revision.dockerfile}" } }
  build: { uses: build, with: { revision: "\${{ steps.revision }}" } }
  train: { uses: job, with: { project: "\${{ input.project }}", command: python train.py, hardwareTier: small-k8s, environment: "\${{ steps.environment }}", build: "\${{ steps.build }}", trains: "\${{ input.key }}" } }
  gate: { uses: gate, with: { job: "\${{ steps.train }}", conditions: [accuracy >= 0.9] } }
  register: { uses: register, with: { model: "\${{ input.key }}", job: "\${{ steps.train }}" } }
  deploy: { uses: deploy, with: { modelApi: "\${{ input.key }}", project: "\${{ input.project }}", job: "\${{ steps.train }}", environment: "\${{ steps.environment }}", from: "\${{ steps.register }}" } }
`;

/** Ten chains of ten jobs; each reads the number of the one before. */
const hundred = `pipeline: hundred
steps:
${Array.from({ length: 100 }, (_, n) => {
  const reads = n < 10 ? '' : ` --after \${{ steps.s${n - 10}.number }}`;
  return `  s${n}: { uses: job, with: { project: "\${{ input.project }}", command: "python step.py ${n}${reads}" } }`;
}).join('\n')}
`;

const documentIn = (text) => {
  const checked = checkDocument(`${head.join('\n')}\n${text}`, {
    ...{ file: 'bench.yaml', platformOf: () => 'domino', methodsOf: () => null },
  });
  if (!checked.ok) throw new Error(checked.faults.map(({ message }) => message).join('; '));
  return checked.document;
};

/** Rows of the table of figures. */
export const measureDocumentRuns = () =>
  withStage({ speed: 20_000, projects }, async ({ client, temporal, worker }) => {
    const connection = await Connection.connect({ address: temporal.address });
    const sdk = new Client({ connection });
    const documents = { seven: documentIn(seven), hundred: documentIn(hundred) };
    const ofDocument = (name) => (input, key) => client.startPipeline(documents[name], input, { key });
    const builtIn = ({ project, key: name }, key) =>
      client.start(
        'train-and-deploy',
        { ...fullInput, project, register: { model: name }, deploy: { modelApi: name } },
        { key },
      );
    const contestants = [
      { name: 'train-and-deploy', steps: 7, runs: 20, start: builtIn },
      { name: 'a document of 7 steps', steps: 7, runs: 20, start: ofDocument('seven') },
      { name: 'a document of 100 steps', steps: 100, runs: 2, start: ofDocument('hundred') },
    ].map((contestant) => ({ ...contestant, worker: 0, server: 0, events: 0 }));
    try {
      for (let round = 0; round < warmUps + rounds; round += 1)
        for (const [at, contestant] of contestants.entries()) {
          const before = [cpuMs(worker.pid), cpuMs(temporal.pid)];
          let runId;
          await inParallel(contestant.runs, projects.length, async (index, lane) => {
            const key = `r${round}-${at}-${index}`;
            ({ runId } = await contestant.start({ project: `ada/${projects[lane]}`, key }, key));
            await sdk.workflow.getHandle(runId).result();
          });
          if (round < warmUps) continue;
          contestant.worker += cpuMs(worker.pid) - before[0];
          contestant.server += cpuMs(temporal.pid) - before[1];
          contestant.events = (await sdk.workflow.getHandle(runId).fetchHistory()).events.length;
        }
    } finally {
      await connection.close();
    }
    return contestants.flatMap(({ name, steps, runs, events, ...cpu }) => {
      const perStep = (ms) => (ms / rounds / runs / steps).toFixed(1);
      return [
        [
          `history events of ${name} / per step`,
          `${events} / ${(events / steps).toFixed(1)}`,
          steps === 7 ? '≤ 60' : '',
        ],
        [
          `CPU per step of ${name}, worker / server, ms`,
          `${perStep(cpu.worker)} / ${perStep(cpu.server)}`,
          '',
        ],
      ];
    });
  });
