/** Whether the bug bench still plants what it says: a text that has changed would stop it after minutes. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

interface Bug {
  readonly name: string;
  readonly edits: readonly (readonly [file: string, from: string, to: string])[];
}

const file = new URL('../../bench/planted-bugs.js', import.meta.url).href;
const { bugs } = (await import(file)) as { readonly bugs: readonly Bug[] }; // a script without types

describe('planted bugs', () => {
  it.each(bugs.map((bug) => [bug.name, bug] as const))(
    '%s has its place in the built code',
    (_, { edits }) => {
      for (const [path, from, to] of edits) {
        const text = readFileSync(new URL(`../../dist/${path}`, import.meta.url), 'utf8');
        expect([path, text.split(from).length - 1]).toEqual([path, 1]);
        expect(to).not.toBe(from);
      }
    },
  );
});
