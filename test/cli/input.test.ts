import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { parseParameter, parseText, readInput } from '../../src/cli/input.js';
import { setAt } from '../../src/run/inputs/edits.js';

const folder = mkdtempSync(join(tmpdir(), 'longhaul-input-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('-p key.path=value', () => {
  it.each([
    ['train.command=node train.js', ['train', 'command'], 'node train.js'],
    ['train.command=a=b', ['train', 'command'], 'a=b'],
    ['deploy.replicas=2', ['deploy', 'replicas'], 2],
    ['cleanup=true', ['cleanup'], true],
    ['train.commitId="1234567"', ['train', 'commitId'], '1234567'],
    ['gate.conditions=["accuracy >= 0.9"]', ['gate', 'conditions'], ['accuracy >= 0.9']],
    ['register=null', ['register'], null],
    ['train.title=', ['train', 'title'], ''],
  ])('%s', (text, path, value) => {
    expect(parseParameter(text)).toEqual({ path, value });
  });

  it.each(['', 'train', '=x', 'a..b=1', '.a=1', 'a.=1'])(
    'is refused when it is not of this form: %j',
    (text) => {
      expect(parseParameter(text)).toBeNull();
    },
  );
});

describe('a value set in an input', () => {
  it('makes the objects on its way and leaves the rest as it was', () => {
    const before = { train: { command: 'x', logLines: 5 }, project: 'ada/iris' };
    expect(setAt(before, ['train', 'command'], 'y')).toEqual({
      train: { command: 'y', logLines: 5 },
      project: 'ada/iris',
    });
    expect(setAt({}, ['a', 'b', 'c'], 1)).toEqual({ a: { b: { c: 1 } } });
    expect(before.train.command).toBe('x');
  });

  it('replaces an item of an array by its number', () => {
    expect(setAt({ conditions: ['a', 'b'] }, ['conditions', '1'], 'c')).toEqual({ conditions: ['a', 'c'] });
  });

  it('cannot reach a prototype', () => {
    const input = setAt({}, ['__proto__', 'polluted'], true);
    expect(Object.hasOwn({}, 'polluted')).toBe(false);
    expect('polluted' in {}).toBe(false);
    expect(Object.keys(input as object)).toEqual(['__proto__']);
  });
});

describe('the input of a run', () => {
  it('is the file with the single values on top', async () => {
    const file = join(folder, 'input.yaml');
    writeFileSync(file, 'project: ada/iris\ntrain:\n  command: node train.js\n');
    const parameter = { path: ['train', 'command'], value: 'node other.js' };
    await expect(readInput(file, [parameter])).resolves.toEqual({
      project: 'ada/iris',
      train: { command: 'node other.js' },
    });
  });

  it('may come from single values alone', async () => {
    await expect(readInput(undefined, [{ path: ['a'], value: 1 }])).resolves.toEqual({ a: 1 });
  });

  it('is refused when there is no such file', async () => {
    await expect(readInput(join(folder, 'none.yaml'), [])).rejects.toThrow('none.yaml cannot be read');
    await expect(readInput(folder, [])).rejects.toThrow(
      `${folder} is a folder, and a file is read here: name the files in it, as in ${join(folder, '*.yaml')}`,
    );
  });

  it('names the line of a mistake', () => {
    expect(() => parseText('a: 1\nb: [1\n', 'input.yaml')).toThrow(/input\.yaml: .*line [23]/s);
  });
});
