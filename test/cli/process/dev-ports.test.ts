/** Where `longhaul dev` listens. */
import { createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { choosePorts, portCount } from '../../../src/cli/process/dev-ports.js';
import { freePort } from '../../../src/dev/ports.js';

it('takes a free port in the place of one that is taken, says so, and refuses a chosen one', async () => {
  const taken = await freePort();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(taken, '127.0.0.1', resolve));
  try {
    const said: string[] = [];
    const say = (text: string): void => void said.push(text);
    const wanted = { temporal: taken, ui: 0, simulator: 0, server: 0, health: 0, metrics: 0 };
    const chosen = await choosePorts(wanted, { from: undefined, say });
    expect(chosen.temporal).not.toBe(taken);
    expect(chosen).toEqual({ ...wanted, temporal: chosen.temporal });
    expect(said).toEqual([`Port ${taken} is taken: Temporal is at ${chosen.temporal}.`]);
    const from = taken - portCount + 1;
    await expect(choosePorts(wanted, { from, say })).rejects.toThrow(
      `port ${taken}, wanted for the worker’s metrics, is in use`,
    );
  } finally {
    other.close();
  }
});
