/** Starting a pipeline: what the door lets through becomes a run, once for its key. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { PipelineDocument } from '../../run/documents/documents.js';
import { runIdOf } from '../../run/ids.js';
import type { LegLimits } from '../../run/legs.js';
import type { Trigger } from '../../run/steps.js';
import { type Receivers, notifyOf } from '../deliveries.js';
import { type KnownNames, checkKey, checkStart } from '../door.js';
import { type Started, connectionsIn, replacesAny, startOnce } from '../starting.js';
import { createServing } from './unserved.js';

export interface StartOptions {
  /** Starting twice with one key and one input gives one run. Left out, a new one is made. */
  readonly key?: string | undefined;
  /** Instead: the key that an incoming event makes, as `ownKeyOf` does. A caller's key is never taken for one. */
  readonly ownKey?: string;
  /** The pipelines whose runs on the connection may be replaced in the starter’s name; left out, all. */
  readonly mayCancel?: readonly string[];
  readonly trigger?: Trigger;
  /** When it goes on in another leg, as tests have it; left out, as is usual. */
  readonly legs?: LegLimits;
}

export interface StartDependencies {
  readonly client: Client;
  readonly known: KnownNames;
  /** Who is told of runs. */
  readonly receivers: Receivers;
  readonly guard: <T>(runId: string, perform: () => Promise<T>) => Promise<T>;
}

/** Starts any pipeline: by its name, or by a document, which becomes a part of the run. */
export const createStart = ({ client, known, receivers, guard }: StartDependencies) => {
  const unservedOf = createServing(client);
  return async (
    pipeline: PipelineDocument | string,
    input: unknown,
    options: StartOptions = {},
  ): Promise<Started> => {
    const { name, checked, document } = checkStart(pipeline, input, known);
    const runId = runIdOf(name, options.ownKey ?? checkKey(options.key ?? randomUUID()));
    const notify = notifyOf(receivers, name);
    const { trigger = { kind: 'client' }, mayCancel = ['*'], legs } = options;
    const replaces =
      document === undefined
        ? 'whenBusy' in checked && checked.whenBusy === 'replace'
        : replacesAny(document);
    const start = {
      ...{ input: checked, trigger },
      ...(document && { document }),
      ...(notify && { notify }),
      ...(replaces && { mayCancel }),
      ...(legs && { legs }),
    };
    return guard(runId, async () => {
      const started = await startOnce(client, runId, name, start);
      const unserved = await unservedOf(connectionsIn(start));
      return { ...started, ...(unserved && { unserved }) };
    });
  };
};
