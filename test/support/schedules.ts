/** Schedules of a stage. */
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { ScheduleDescription } from '../../src/client.js';
import type { Stage } from './stage.js';

/** A definition that is right, and what is changed of it. */
export const definitionOf = ({ connection }: Stage, name: string, change: object) => ({
  name,
  pipeline: 'train-and-deploy',
  input: { connection, project: 'ada/iris', train: { command: 'python train.py' } },
  cron: ['30 2 * * *'],
  timeZone: 'Europe/Berlin',
  ...change,
});

/** Waits until the schedule is as wanted, and says how it stands when it does not come to that. */
export async function untilSchedule(
  { client }: Stage,
  name: string,
  wanted: (schedule: ScheduleDescription) => boolean,
): Promise<ScheduleDescription> {
  for (const endMs = Date.now() + 30_000; ;) {
    const schedule = await client.schedules.describe(name);
    if (wanted(schedule)) return schedule;
    if (Date.now() > endMs) throw new Error(`the schedule stands at ${JSON.stringify(schedule, null, 1)}`);
    await delay(200);
  }
}

/** Lists show a change a moment later. */
export async function untilListed({ client }: Stage, expected: readonly string[]): Promise<void> {
  const names = async (): Promise<string[]> => {
    const found = [];
    for await (const { name } of client.schedules.list()) found.push(name);
    return found.sort();
  };
  for (let tries = 0; tries < 50 && (await names()).join() !== expected.join(); tries += 1) await delay(100);
  expect(await names()).toEqual(expected);
}
