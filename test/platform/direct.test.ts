/** Clients of a platform for programs, and what comes with them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { LonghaulError, PlatformError, createDomino } from '../../src/platform/domino/public.js';
import * as ofUbiOps from '../../src/platform/ubiops/public.js';
import { type Stage, openStage } from '../simulator/stage.js';

let stage: Stage;
let folder: string;
beforeAll(async () => {
  stage = await openStage();
  folder = await mkdtemp(join(tmpdir(), 'direct-'));
});
afterAll(async () => {
  await stage.close();
  await rm(folder, { recursive: true });
});

describe('a client of its own', () => {
  it('calls endpoints, lists items and reads bytes', async () => {
    const { url, apiKey } = stage.simulator;
    const domino = createDomino({ url, apiKey });
    expect((await domino.users.self()).user.userName).toBe('ada');
    const path = { owner: 'ada', project: 'iris', path: 'a.txt' };
    await domino.projectFiles.upload({ path, body: new Blob(['hello']) });
    const names: string[] = [];
    for await (const { name } of domino.projects.list.each()) names.push(name);
    expect(names).toEqual(['iris']);
    const [commit] = await domino.projectFiles.listCommits({ path });
    const commitId = typeof commit === 'string' ? commit : (commit?.id ?? '');
    const projectId = await stage.projectId();
    const stream = await domino.projectFiles.content.stream({ path: { projectId, commitId, path: 'a.txt' } });
    const parts: Uint8Array[] = [];
    for await (const part of stream) parts.push(part);
    expect([stream.size, Buffer.concat(parts).toString()]).toEqual([5, 'hello']);
  });

  it('takes its credential from a file or from whoever knows it, anew at each call', async () => {
    const { url, apiKey } = stage.simulator;
    const file = join(folder, 'key');
    await writeFile(file, 'old');
    const fromFile = createDomino({ url, apiKey: { file } });
    await expect(fromFile.users.self()).rejects.toMatchObject({
      name: 'PlatformError',
      code: 'CREDENTIALS_REJECTED',
    });
    await writeFile(file, `${apiKey}\n`);
    expect((await fromFile.users.self()).user.userName).toBe('ada');
    let asked = 0;
    const provided = createDomino({ url, apiKey: () => Promise.resolve((asked += 1) > 0 ? apiKey : '') });
    await provided.users.self();
    await provided.users.self();
    expect(asked).toBe(2);
  });

  it('throws what programs can tell apart by class, the same for both platforms', async () => {
    const { url } = stage.simulator;
    const missing = createDomino({ url, apiKey: { file: join(folder, 'none') } }).users.self();
    await expect(missing).rejects.toBeInstanceOf(LonghaulError);
    await expect(createDomino({ url, apiKey: 'other' }).users.self()).rejects.toBeInstanceOf(PlatformError);
    expect(() => ofUbiOps.createUbiOps({ url: 'none', apiKey: 'k' })).toThrow(ofUbiOps.LonghaulError);
    expect([ofUbiOps.LonghaulError, ofUbiOps.PlatformError]).toEqual([LonghaulError, PlatformError]);
  });

  it.each(['https://ada:hush@here', 'https://hush@here'])('has no password in its URL: %s', (url) => {
    const create = () => createDomino({ url, apiKey: 'k' });
    expect(create).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    expect(create).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hush') }));
  });

  it('sends a write once, and says of one whose answer is lost that it may have been carried out', async () => {
    const { url, apiKey } = stage.simulator;
    const domino = createDomino({ url, apiKey });
    await stage.post('/_simulator/faults', { endpoint: 'datasets.create', kind: 'lose-answer' });
    const body = { name: 'raw', projectId: await stage.projectId() };
    await expect(domino.datasets.create({ body })).rejects.toMatchObject({
      code: 'ANSWER_LOST',
      ambiguous: true,
    });
    const sent = stage.simulator.ledger().filter(({ endpoint }) => endpoint === 'datasets.create');
    expect(sent).toHaveLength(1);
  });

  it('refuses a connection that cannot be used', () => {
    const { url } = stage.simulator;
    expect(() => createDomino({ url })).toThrow('exactly one of apiKey and token');
    expect(() => createDomino({ url, apiKey: 'a', token: 'b' })).toThrow('exactly one of apiKey and token');
    expect(() => createDomino({ url, apiKey: 'a', dialect: 'v9' })).toThrow('its dialects are');
    expect(() => createDomino({ url: 'here', apiKey: 'a' })).toThrow('no URL');
  });
});
