/** Buckets and files. */
import { randomBytes } from 'node:crypto';
import type { ubiops } from '../../contract/ubiops/index.js';
import { type Handlers, isoMicros } from './handlers.js';
import { hasLabel } from './labels.js';
import { type Simulation, birth, end, isSeen, listed, need, refuseDuplicate } from './world/simulation.js';
import type { Addressed, Bucket, BucketFile } from './world/state.js';

type Groups = Handlers<typeof ubiops>;

/** Where signed addresses lead. */
export const storagePath = '/_storage';

/** A signed address for what it leads to. */
export function addressOf({ state }: Simulation, origin: string, to: Addressed): string {
  const token = randomBytes(18).toString('base64url');
  state.addresses.set(token, to);
  return `${origin}${storagePath}/${token}`;
}

/** The handlers of buckets. */
export const buckets: Groups['buckets'] = {
  create(simulation, { path: { projectName }, body, note }) {
    const all = bucketsOf(simulation, projectName);
    refuseDuplicate(simulation, all, 'Bucket', ({ name }) => name === body.name);
    const bucket: Bucket = {
      ...birth(simulation),
      ...{ project: projectName, name: body.name, files: [] },
      ...{ description: body.description ?? '', labels: body.labels ?? {} },
    };
    simulation.state.buckets.push(bucket);
    note({ change: 'created', ...notedOf(bucket), texts: [bucket.description] });
    return bucketView(bucket);
  },

  list: (simulation, { path: { projectName }, query }) =>
    listed(simulation, bucketsOf(simulation, projectName))
      .filter(({ labels }) => hasLabel(labels, query.labels))
      .map(bucketView),

  get: (simulation, { path }) => bucketView(needBucket(simulation, path)),

  update(simulation, { path, body, note }) {
    const bucket = needBucket(simulation, path);
    bucket.description = body.description ?? bucket.description;
    bucket.labels = body.labels ?? bucket.labels;
    note({ change: 'changed', ...notedOf(bucket), texts: [bucket.description] });
    return bucketView(bucket);
  },

  delete(simulation, { path, note }) {
    const bucket = needBucket(simulation, path);
    end(bucket);
    note({ change: 'deleted', ...notedOf(bucket) });
    return undefined;
  },
};

/** The handlers of files. */
export const files: Groups['files'] = {
  list(simulation, { path, query }) {
    const { prefix = '', delimiter, continuation_token: after = '', limit = 100 } = query;
    const all = filesIn(simulation, needBucket(simulation, path))
      .filter(({ name }) => name.startsWith(prefix) && name > after)
      .sort((one, other) => (one.name < other.name ? -1 : 1));
    const page = all.slice(0, Math.max(1, limit));
    const folderOf = ({ name }: BucketFile): string | null => {
      const at = delimiter === undefined ? -1 : name.indexOf(delimiter, prefix.length);
      return at === -1 ? null : name.slice(0, at + 1);
    };
    return {
      files: page.filter((file) => folderOf(file) === null).map(fileView),
      prefixes: [...new Set(page.flatMap((file) => folderOf(file) ?? []))],
      continuation_token: page.length < all.length ? (page.at(-1)?.name ?? null) : null,
    };
  },

  get: (simulation, { path }) => fileView(needFile(simulation, path)),

  upload(simulation, { path, origin }) {
    const bucket = needBucket(simulation, path);
    const put: Addressed = {
      to: 'write',
      put: (content) => {
        const file = { ...birth(simulation), name: path.file, content };
        bucket.files.push(file);
        return file;
      },
    };
    return { url: addressOf(simulation, origin, put), provider: 'ubiops' };
  },

  download(simulation, { path, origin }) {
    const { name, content } = needFile(simulation, path);
    return { url: addressOf(simulation, origin, { to: 'read', name, content }), provider: 'ubiops' };
  },

  delete(simulation, { path, note }) {
    const file = needFile(simulation, path);
    const { id, name } = file;
    for (const one of needBucket(simulation, path).files) if (one.name === name) end(one);
    note({ change: 'deleted', kind: 'file', id, name, project: path.projectName });
    return undefined;
  },
};

function bucketsOf(simulation: Simulation, projectName: string): Bucket[] {
  need(simulation, simulation.state.projects, 'Project', ({ name }) => name === projectName);
  return simulation.state.buckets.filter(({ project }) => project === projectName);
}

type Path = Readonly<Record<'projectName' | 'bucketName', string>>;

const needBucket = (simulation: Simulation, { projectName, bucketName }: Path): Bucket =>
  need(simulation, bucketsOf(simulation, projectName), 'Bucket', ({ name }) => name === bucketName);

/** The last one of each name. */
const filesIn = (simulation: Simulation, { files: all }: Bucket): BucketFile[] => [
  ...new Map(all.filter((file) => isSeen(simulation, file)).map((file) => [file.name, file])).values(),
];

/** A file by its name. */
export const needFile = (simulation: Simulation, path: Path & { readonly file: string }): BucketFile =>
  need(simulation, needBucket(simulation, path).files, 'File', ({ name }) => name === path.file);

const notedOf = ({ id, name, project }: Bucket) => ({ kind: 'bucket', id, name, project }) as const;

const bucketView = ({ id, name, project, description, labels, createdAt }: Bucket) => ({
  ...{ id, name, project, description, labels, provider: 'ubiops', ttl: null },
  creation_date: isoMicros(createdAt),
});

const fileView = ({ name, content, createdAt }: BucketFile) => ({
  ...{ file: name, size: content.size },
  time_created: isoMicros(createdAt),
});
