/** One word for the kinds of two platforms: the connection of a step decides which is meant. */
import { describe, expect, it } from '@jest/globals';
import { check, faultsOf } from './faults-of.js';

const onUbiOps = (steps: string): string =>
  `longhaul: pipeline/v1\npipeline: x\nconnection: serve\nsteps:\n${steps}`;
const environment = `  env: { uses: environment, with: { project: iris, name: training, base: python3-12 } }\n`;
const revision = `  add: { uses: revision, with: { environment: '\${{ steps.env }}', files: { requirements.txt: pandas } } }\n`;
const build = `  built: { uses: build, with: { revision: '\${{ steps.add }}' } }\n`;

describe('a kind that two platforms have', () => {
  it('is that of the platform of its connection', () => {
    const checked = check(onUbiOps(`${environment}${revision}${build}`));
    expect(checked.ok && Object.values(checked.document.steps).map(({ kind }) => kind)).toEqual([
      'ubiops.environment',
      'ubiops.revision',
      'ubiops.build',
    ]);
  });

  it.each<[string, string, RegExp]>([
    [
      'an argument of the other platform',
      `  env: { uses: environment, with: { name: a, base: { image: b } } }\n`,
      /steps\.env\.with\.(project|base)/,
    ],
    [
      'two sources',
      `${environment}  add: { uses: revision, with: { environment: '\${{ steps.env }}', files: { a: b }, sourceEnvironment: c } }\n`,
      /needs exactly one of `files` and `sourceEnvironment`/,
    ],
    [
      'a path that leads out of its package',
      `${environment}  add: { uses: revision, with: { environment: '\${{ steps.env }}', files: { ../a: b } } }\n`,
      /must be a path within the package/,
    ],
    [
      'instructions in a child on UbiOps',
      `  child: { uses: pipeline, with: { pipeline: build-environment, input: { project: iris, environment: { name: a }, revision: { dockerfile: RUN true } } } }\n`,
      /is for Domino, and the connection is of UbiOps/,
    ],
  ])('refuses %s', (_, steps, message) => {
    expect(faultsOf(onUbiOps(steps)).join('\n')).toMatch(message);
  });

  it('is checked in a child by the platform that the child acts on', () => {
    const child = `  child: { uses: pipeline, with: { pipeline: build-environment, input: { project: iris, environment: { name: a }, revision: { files: { a: b } } } } }\n`;
    expect(faultsOf(onUbiOps(child))).toEqual([]);
  });
});
