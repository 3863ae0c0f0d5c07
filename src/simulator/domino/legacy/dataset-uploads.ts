/**
 * Uploads of files into a dataset, in pieces that come in any order and may come twice. Nothing reads the files
 * afterwards, so what is kept of them is their paths, sizes and checksums.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { Refusal, notFound } from '../../errors.js';
import { type Simulation, need } from '../world/simulation.js';
import { fileInForm } from './form.js';
import { type Routes, route } from './route.js';
import type { DatasetUpload } from './state.js';

const path = '/v4/datasetrw/datasets/{datasetId}/snapshot/file';

const piece = {
  key: z.string(),
  resumableChunkNumber: z.number().int().positive(),
  resumableTotalChunks: z.number().int().positive(),
  checksum: z.string(),
};

/** The routes of uploads. */
export const datasetUploads: Routes = {
  'v4Datasets.startUpload': route({
    method: 'POST',
    path: `${path}/start`,
    body: z.strictObject({
      fileCollisionSetting: z.enum(['Ignore', 'Overwrite', 'Rename']).default('Ignore'),
    }),
    answer({ state, ids }, { path: { datasetId }, body }) {
      need(state.datasets, datasetId, 'dataset');
      const key = ids.next();
      const upload = { datasetId, onCollision: body.fileCollisionSetting, files: new Map() };
      state.legacy.uploads.set(key, upload);
      return key;
    },
  }),
  'v4Datasets.testPiece': route({
    method: 'GET',
    path: `${path}/test`,
    query: z.strictObject({ key: z.string() }),
    // No body says that the piece has to come.
    answer: (simulation, { path: { datasetId }, query: { key } }) =>
      void uploadOf(simulation, { datasetId, key }),
  }),
  'v4Datasets.uploadPiece': route({
    method: 'POST',
    path,
    query: z.strictObject({ ...piece, resumableRelativePath: z.string().min(1) }),
    bodyEncoding: 'bytes',
    answer(simulation, { path: { datasetId }, query, body, note }) {
      const { files } = uploadOf(simulation, { datasetId, key: query.key });
      const bytes = fileInForm(body);
      const checksum = createHash('md5').update(bytes).digest('hex').toUpperCase();
      if (checksum !== query.checksum.toUpperCase())
        throw new Refusal(
          400,
          `Piece ${query.resumableChunkNumber} does not have the checksum that was sent`,
        );
      const file = files.get(query.resumableRelativePath) ?? {
        count: query.resumableTotalChunks,
        pieces: new Map(),
      };
      file.pieces.set(query.resumableChunkNumber, bytes.length);
      files.set(query.resumableRelativePath, file);
      note('changed', 'dataset', datasetId);
      return {};
    },
  }),
  'v4Datasets.endUpload': route({
    method: 'GET',
    path: `${path}/end/{key}`,
    query: z.strictObject({ targetRelativePath: z.string().optional() }),
    answer(simulation, { path: named, query, note }) {
      const upload = uploadOf(simulation, named);
      const written = keep(simulation, upload, query.targetRelativePath ?? '');
      simulation.state.legacy.uploads.delete(named.key);
      note('changed', 'dataset', named.datasetId);
      return written;
    },
  }),
  'v4Datasets.cancelUpload': route({
    method: 'GET',
    path: `${path}/cancel/{key}`,
    answer(simulation, { path: named }) {
      uploadOf(simulation, named);
      simulation.state.legacy.uploads.delete(named.key);
      return {};
    },
  }),
};

interface Named {
  readonly datasetId: string;
  readonly key: string;
}

function uploadOf({ state }: Simulation, { datasetId, key }: Named): DatasetUpload {
  const upload = need(state.legacy.uploads, key, 'upload');
  if (upload.datasetId !== datasetId) throw notFound('upload', key);
  return upload;
}

/** Keeps what was uploaded, as the upload says about files that are there already. Answers the paths. */
function keep(
  { state }: Simulation,
  { datasetId, onCollision, files }: DatasetUpload,
  below: string,
): string[] {
  const kept = state.legacy.datasetFiles.get(datasetId) ?? new Map<string, number>();
  state.legacy.datasetFiles.set(datasetId, kept);
  const written: string[] = [];
  for (const [path, { count, pieces }] of files) {
    if (pieces.size < count)
      throw new Refusal(400, `${path} lacks ${count - pieces.size} of its ${count} pieces`);
    const wanted = below === '' ? path : `${below.replace(/\/+$/, '')}/${path}`;
    const target = onCollision === 'Rename' ? freeName(wanted, kept) : wanted;
    if (onCollision === 'Ignore' && kept.has(target)) continue;
    kept.set(
      target,
      [...pieces.values()].reduce((sum, bytes) => sum + bytes, 0),
    );
    written.push(target);
  }
  return written;
}

/** The name, or the first of `name_1`, `name_2` … that is free; the number stands before the extension. */
function freeName(path: string, taken: ReadonlyMap<string, number>): string {
  const [, stem = path, extension = ''] = /^(.*?)(\.[^./]*)?$/s.exec(path) ?? [];
  for (let number = 1, name = path; ; number += 1) {
    if (!taken.has(name)) return name;
    name = `${stem}_${number}${extension}`;
  }
}
