/** The simulated platform of demos: its data changes, it refuses, what it serves falls sick; and what it has created. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { exitCodes } from '../exit-codes.js';
import { Stop } from '../stop.js';

const file = 'iris.csv';
const measurements = new URL(`../../../examples/iris/${file}`, import.meta.url);

export interface DemoPlatform {
  /** Uploads the measurements, with every `wrong`th label wrong, and of them every `share`th. */
  upload(wrong: number, share?: number): Promise<void>;
  environmentId(): Promise<string>;
  /** Lets predictions fail from the moment on that something has happened. */
  breakPredictions(after: Promise<void>): Promise<void>;
  repairPredictions(): Promise<void>;
  /** Refuses the next request to an endpoint. */
  refuseOnce(endpoint: string, message: string): Promise<void>;
  /** Which version of a model API serves, and which registered model it is. */
  serving(modelApiId: string): Promise<string>;
  /** The kinds of all that was created, in order, by the ledger. */
  created(): Promise<string[]>;
}

/** What is read of the ledger. */
const Ledger = z.array(z.object({ effects: z.array(z.object({ change: z.string(), kind: z.string() })) }));

const ModelApi = z.object({
  name: z.string(),
  activeVersion: z.object({
    id: z.string(),
    number: z.number(),
    deployment: z.object({ status: z.string() }),
  }),
});
const Version = z.object({
  source: z.object({ registeredModelName: z.string(), registeredModelVersion: z.number() }),
});

/** Speaks to the simulator as anybody does: by Domino’s API, and by `/_simulator`. */
export function createDemoPlatform(simulator: {
  readonly domino: string;
  readonly apiKey: string;
}): DemoPlatform {
  const ask = async (method: string, path: string, body?: string): Promise<unknown> => {
    const headers = { 'x-domino-api-key': simulator.apiKey };
    const answer = await fetch(new URL(path, simulator.domino), { method, headers, ...(body && { body }) });
    if (!answer.ok)
      throw new Stop(exitCodes.error, `the simulator answered ${answer.status} to ${method} ${path}`);
    return answer.status === 204 ? null : answer.json();
  };
  return {
    upload: async (wrong, share = 1) => {
      await ask('PUT', `/v1/projects/ada/iris/${file}`, withWrongLabels(wrong, share));
    },
    environmentId: async () =>
      z.object({ id: z.string() }).parse(await ask('GET', '/v4/environments/defaultEnvironment')).id,
    breakPredictions: async (after) => {
      await after;
      const fault = { endpoint: 'predictions.predict', kind: 'status', status: 500, body: {}, times: 1_000 };
      await ask('POST', '/_simulator/faults', JSON.stringify(fault));
    },
    repairPredictions: async () => {
      await ask('DELETE', '/_simulator/faults');
    },
    refuseOnce: async (endpoint, message) => {
      const fault = { endpoint, kind: 'status', status: 400, body: { message } };
      await ask('POST', '/_simulator/faults', JSON.stringify(fault));
    },
    serving: async (modelApiId) => {
      const path = `/api/modelServing/v1/modelApis/${modelApiId}`;
      const { name, activeVersion } = ModelApi.parse(await ask('GET', path));
      const { id, number, deployment } = activeVersion;
      const { source } = Version.parse(await ask('GET', `${path}/versions/${id}`));
      const model = `${source.registeredModelName} version ${source.registeredModelVersion}`;
      return `${name} version ${number} (${deployment.status}), with ${model}`;
    },
    created: async () =>
      Ledger.parse(await ask('GET', '/_simulator/ledger')).flatMap(({ effects }) =>
        effects.filter(({ change }) => change === 'created').map(({ kind }) => kind),
      ),
  };
}

function withWrongLabels(wrong: number, share: number): string {
  const [heading = '', ...rows] = readFileSync(measurements, 'utf8').trim().split('\n');
  const labels = [...new Set(rows.map((row) => row.slice(row.lastIndexOf(',') + 1)))];
  const kept = rows
    .filter((_row, index) => index % share === 0)
    .map((row, index) => {
      if (wrong === 0 || index % wrong !== 0) return row;
      const [rest, label] = [row.slice(0, row.lastIndexOf(',')), row.slice(row.lastIndexOf(',') + 1)];
      return `${rest},${labels[(labels.indexOf(label) + 1) % labels.length] ?? label}`;
    });
  return `${[heading, ...kept].join('\n')}\n`;
}
