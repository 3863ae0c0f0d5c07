import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { strToU8, unzipSync, zipSync } from 'fflate';
import { contentOf, packageOf } from '../../../../src/activities/ubiops/environments/packages.js';

const path = fc.stringMatching(/^[a-z]{1,8}(\/[a-z]{1,8}){0,2}\.txt$/);
const anyFiles = fc.dictionary(path, fc.string(), { minKeys: 1, maxKeys: 8 });

describe('a package', () => {
  it('is these bytes, now and in every version to come', () => {
    expect(packageOf({ 'requirements.txt': 'pandas==2.2.3\n', 'ubiops.yaml': 'apt: []\n' }).content).toBe(
      'f6a714c8b2875509602ce01679db43b99810557cdf60ffd7d9b4e469f805c3d9',
    );
  });

  it('is the same whatever the order of its files and the time', () => {
    fc.assert(
      fc.property(anyFiles, (files) => {
        const turned = Object.fromEntries(Object.entries(files).reverse());
        expect(Buffer.from(packageOf(turned).bytes).equals(packageOf(files).bytes)).toBe(true);
      }),
    );
  });

  it('is known by what it holds, also where somebody has packed that anew', () => {
    fc.assert(
      fc.property(anyFiles, (files) => {
        const { bytes, content } = packageOf(files);
        expect(contentOf(bytes)).toBe(content);
        const entries = Object.entries(files).map(([name, text]) => [name, strToU8(text)] as const);
        const packed = zipSync({ 'folder/': new Uint8Array(), ...Object.fromEntries(entries) }, { level: 9 });
        expect(contentOf(packed)).toBe(content);
        expect(Object.keys(unzipSync(bytes))).toEqual(Object.keys(files).sort());
      }),
    );
  });

  it('is the same however its lines end', () => {
    const [unix, windows] = ['pandas\nnumpy\n', 'pandas\r\nnumpy\r\n'].map((text) =>
      packageOf({ 'requirements.txt': text }),
    );
    expect(windows).toEqual(unix);
  });

  it('of other files is another one', () => {
    expect(packageOf({ a: 'x' }).content).not.toBe(packageOf({ a: 'y' }).content);
    expect(packageOf({ a: 'x' }).content).not.toBe(packageOf({ b: 'x' }).content);
  });

  it('that is a Docker image is known by its bytes', () => {
    const image = new Uint8Array(512);
    image.set(strToU8('ustar'), 257);
    const another = Uint8Array.from(image);
    another.set(strToU8('another'));
    expect(contentOf(image)).toMatch(/^[0-9a-f]{64}$/);
    expect(contentOf(another)).not.toBe(contentOf(image));
    expect(contentOf(Uint8Array.of(0x1f, 0x8b, 8))).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each(['<html>Please log in</html>', '', '{"error":"x"}'])('is not told by %j', (page) => {
    expect(() => contentOf(strToU8(page))).toThrow(/neither a ZIP nor a tar/);
  });

  it('that has come in half is not told either', () => {
    const { bytes } = packageOf({ 'requirements.txt': 'pandas' });
    expect(() => contentOf(bytes.subarray(0, bytes.length / 2))).toThrow(/neither a ZIP nor a tar/);
  });
});
