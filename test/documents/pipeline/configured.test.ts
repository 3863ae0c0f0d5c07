/** Documents that a configuration names, in files and folders. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { readConfigured } from '../../../src/documents/pipeline/configured.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'longhaul-configured-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const document = (name: string, uses = 'job') =>
  `longhaul: pipeline/v1\npipeline: ${name}\nconnection: dev\nsteps:\n  a: { uses: ${uses}, with: { project: a/b, command: go } }\n`;
const write = (path: string, text: string): string => {
  writeFileSync(join(folder, path), text);
  return join(folder, path);
};
const read = (...paths: string[]) =>
  readConfigured(paths, {
    ...{ platformOf: (name: string) => (name === 'dev' ? 'domino' : null), connections: ['dev'] },
    methodsOf: () => null,
  });

it('are read by their names: the YAML and JSON files of a folder, and files by themselves', async () => {
  mkdirSync(join(folder, 'all'));
  write('all/b.yml', document('b'));
  write('all/a.yaml', document('a'));
  write('all/README.md', 'no document');
  execFileSync('mkfifo', [join(folder, 'all', 'pipe.yaml')]); // reading it would take for ever
  const single = write(
    'c.json',
    JSON.stringify({
      longhaul: 'pipeline/v1',
      pipeline: 'c',
      connection: 'dev',
      steps: { a: { uses: 'job', with: { project: 'a/b', command: 'go' } } },
    }),
  );
  const { documents, faulty } = await read(join(folder, 'all'), single);
  expect(Object.keys(documents)).toEqual(['a', 'b', 'c']);
  expect(documents['c']?.steps['a']?.kind).toBe('domino.job');
  expect(faulty).toEqual([]);
  expect(await read()).toMatchObject({ documents: {}, faulty: [] });
});

it('are told with every fault that they have, while the others can be run', async () => {
  const right = write('0.yaml', document('right'));
  const first = write('1.yaml', document('same'));
  const second = write('2.yaml', document('same'));
  const wrong = write('3.yaml', document('wrong', 'jib'));
  const torn = write('4.yaml', 'longhaul: "pipeline/v1\n');
  const { documents, faulty, documentOf } = await read(
    right,
    first,
    second,
    wrong,
    torn,
    join(folder, 'none'),
  );
  expect(Object.keys(documents)).toEqual(['right']);
  expect(faulty).toEqual([
    { pipeline: 'same', faults: [`${first}: "same" is also the name of the pipeline in ${second}`] },
    { pipeline: 'same', faults: [`${second}: "same" is also the name of the pipeline in ${first}`] },
    { pipeline: 'wrong', faults: [`${wrong}:5:14: there is no kind of step "jib"; did you mean "job"?`] },
    { pipeline: null, faults: [expect.stringContaining(`${torn}:2:1: `)] },
    {
      pipeline: null,
      faults: [expect.stringMatching(`^pipelines: ${folder}/none cannot be read: .*ENOENT`)],
    },
  ]);
  expect(documentOf('same')).toEqual({ fault: `is in two files, ${first} and ${second}` });
});

it('may run each other, in whatever order their files are, but not in a circle', async () => {
  const running = (name: string, ...others: string[]) =>
    `longhaul: pipeline/v1\npipeline: ${name}\nconnection: dev\nsteps:\n${others
      .map((other, index) => `  s${index}: { uses: pipeline, with: { pipeline: ${other} } }\n`)
      .join('')}`;
  const files = [
    write('1.yaml', running('top', 'middle')),
    write('2.yaml', running('middle', 'bottom')),
    write('3.yaml', document('bottom')),
  ];
  const { top, middle, bottom } = (await read(...files)).documents;
  expect([top?.children, middle?.children]).toEqual([{ middle }, { bottom }]);
  const circle = write('3.yaml', running('bottom', 'top'));
  expect((await read(...files)).faulty.flatMap(({ faults }) => faults)).toEqual([
    `${files[0]}:5:43: the pipeline "middle" has faults of its own, in ${files[1]}`,
    `${files[1]}:5:43: the pipeline "bottom" has faults of its own, in ${files[2]}`,
    `${circle}:5:43: the pipeline "top" would run itself`,
  ]);
});

it('have faults of one line each, whatever files and keys are called', async () => {
  const odd = write('x\n✔ all is well.yaml', `${document('odd')}"a\\n✔ all is well": 1\n`);
  const { faulty } = await read(odd, join(folder, 'y\n✔ none'));
  const faults = faulty.flatMap((one) => one.faults);
  expect(faults).toEqual([
    expect.stringMatching(/x\\n✔ all is well\.yaml:6:1: there is no key "a\\n✔ all is well"/),
    expect.stringMatching(/y\\n✔ none cannot be read/),
  ]);
  expect(faults.join('')).not.toContain('\n');
});
