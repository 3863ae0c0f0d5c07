import { Readable } from 'node:stream';
import { afterAll, describe, expect, it } from '@jest/globals';
import { type FormFile, createKeeping } from '../../src/simulator/forms.js';

const keeping = createKeeping();
afterAll(() => keeping.close());

const type = 'multipart/form-data; boundary=x-1';
const keep = (text: string, chunkSize: number) =>
  keeping.keepForm(
    Readable.from(
      Array.from({ length: Math.ceil(text.length / chunkSize) }, (_, at) =>
        Buffer.from(text.slice(at * chunkSize, (at + 1) * chunkSize), 'latin1'),
      ),
    ),
    type,
  );

const part = (head: string, body: string): string =>
  `--x-1\r\ncontent-disposition: form-data; ${head}\r\n\r\n${body}\r\n`;

describe('a form', () => {
  it.each([1, 2, 3, 7, 64, 10_000])('is read whole in chunks of %s bytes', async (size) => {
    const bytes = 'a\r\n--x-\r\n--y\r\n\r\n--x'.repeat(3);
    const text = `${part('name="file"; filename="a.zip"\r\ncontent-type: application/zip', bytes)}${part('name="source"', 'other')}--x-1--\r\n`;
    const { fields } = await keep(text, size);
    expect(fields['source']).toBe('other');
    const { name, type: kind, content } = fields['file'] as FormFile;
    expect([name, kind, (await content.read()).toString('latin1')]).toEqual([
      'a.zip',
      'application/zip',
      bytes,
    ]);
  });

  it('may have no part', async () => {
    expect(await keep('--x-1--\r\n', 4)).toEqual({ fields: {} });
  });

  it('is refused without a boundary, and where a part has no head', async () => {
    await expect(keeping.keepForm(Readable.from([]), 'multipart/form-data')).rejects.toMatchObject({
      status: 400,
    });
    await expect(keep('--x-1\r\nnothing\r\n--x-1--', 100)).rejects.toMatchObject({ status: 400 });
  });
});
