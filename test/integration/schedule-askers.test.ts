/** Who let a schedule tick is written where Temporal keeps the schedule, whoever else changes it, and by whose clock ever. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { noteAsker } from '../../src/client/schedules/askers.js';
import type { RunStart } from '../../src/run/steps.js';
import { definitionOf } from '../support/schedules.js';
import { type Stage, createStage } from '../support/stage.js';

let stage: Stage;
beforeAll(async () => {
  stage = await createStage();
  await stage.startWorker(); // registers the search attributes
});
afterAll(() => stage.close());

describe('who let a schedule tick', () => {
  const connected = async () => {
    const connection = await Connection.connect({ address: stage.temporalAddress });
    return {
      client: new Client({ connection, namespace: stage.namespace }),
      close: () => connection.close(),
    };
  };
  const askersOf = async ({ schedule }: Client, name: string) => {
    const { action } = await schedule.getHandle(name).describe();
    const [start] = (action.args ?? []) as [RunStart<unknown>]; // what every pipeline is started with
    return start.trigger.askers ?? [];
  };

  it('is not forgotten by a change of the schedule at the same moment', async () => {
    await stage.client.schedules.create(definitionOf(stage, 'beside', {}));
    const { client, close } = await connected();
    const tick = { from: '2026-01-01T00:00:00Z', to: '2026-01-01T01:00:00Z' };
    const noted: string[] = [];
    const together = Array.from({ length: 6 }, async (_, index) => {
      const note = `change ${index}`;
      const id = `key:${index}`;
      const change = stage.client.schedules.update(definitionOf(stage, 'beside', { note }));
      const asked = noteAsker(client, 'beside', { ids: [id], ...tick }).then(() => noted.push(id));
      for (const one of await Promise.allSettled([change, asked]))
        if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'SCHEDULE_BUSY' });
    });
    await Promise.all(together);
    expect(noted.length).toBeGreaterThan(0);
    const found = (await askersOf(client, 'beside')).flatMap(({ ids }) => ids);
    expect(found).toEqual(expect.arrayContaining(noted));
    await close();
  });

  it('is written down by Temporal’s clock, where that of this machine is off', async () => {
    await stage.client.schedules.create(definitionOf(stage, 'off', { overlap: 'allow-all' }));
    const offMs = 45 * 60_000;
    const realNow = Date.now.bind(Date);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => realNow() + offMs);
    await stage.client.schedules.trigger('off').finally(() => clock.mockRestore());
    const { client, close } = await connected();
    const [asker] = await askersOf(client, 'off');
    expect(Date.parse(asker?.from ?? '')).toBeLessThan(realNow());
    await close();
  });
});
