/**
 * `npm run helm:check`: lints the chart of deploy/helm/longhaul, renders it with each file of its ci/, and checks what
 * comes out against the schemas of Kubernetes, Prometheus' operator and KEDA.
 *
 * It needs `helm` and `kubeconform` on PATH, and Go for the schemas, which it takes from Go modules.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';

const chart = fileURLToPath(new URL('../deploy/helm/longhaul', import.meta.url));
const programs = {
  helm: 'go install helm.sh/helm/v3/cmd/helm@v3.22.0',
  kubeconform: 'go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
  go: 'https://go.dev/dl',
};
const kubernetes = { module: 'k8s.io/kubernetes', version: 'v1.35.4' };
const customResources = [
  {
    module: 'github.com/prometheus-operator/prometheus-operator',
    version: 'v0.85.0',
    file: 'example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml',
  },
  {
    module: 'github.com/kedacore/keda/v2',
    version: 'v2.21.0',
    file: 'config/crd/bases/keda.sh_scaledobjects.yaml',
  },
];
const schemas = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'longhaul/kubernetes-schemas',
  `${kubernetes.version}-1`,
);

/** Runs a program; its output, or the end of this one. */
function run(program, args, input) {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    input,
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status === 0) return stdout;
  console.error(`${program} ${args.join(' ')}\n${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`);
  process.exit(1);
}

for (const [program, source] of Object.entries(programs))
  if (spawnSync(program, ['version']).error) {
    console.error(`${program} is not on PATH; get it with: ${source}`);
    process.exit(1);
  }

const moduleFolder = ({ module, version }) =>
  JSON.parse(run('go', ['mod', 'download', '-json', `${module}@${version}`])).Dir;

/** A field that no schema has is a mistake of ours, as kubeconform's own strict schemas have it. */
function strict(schema) {
  if (Array.isArray(schema)) return schema.map(strict);
  if (typeof schema !== 'object' || schema === null) return schema;
  const made = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]));
  if (made.format === 'int-or-string' || made['x-kubernetes-int-or-string'])
    return { anyOf: [{ type: 'string' }, { type: 'integer' }] };
  const isOpen = made.additionalProperties !== undefined || made['x-kubernetes-preserve-unknown-fields'];
  const isMap = typeof made.properties === 'object' && typeof made.properties.type !== 'string';
  return made.type === 'object' && isMap && !isOpen ? { ...made, additionalProperties: false } : made;
}

/** A definition, and all that it refers to. */
function reached(definitions, name, found = {}) {
  found[name] = definitions[name];
  for (const [, other] of JSON.stringify(definitions[name]).matchAll(/"#\/definitions\/([^"]+)"/g))
    if (!(other in found)) reached(definitions, other, found);
  return found;
}

/** Writes a schema for each kind, once. */
function writeSchemas() {
  if (existsSync(join(schemas, 'done'))) return;
  mkdirSync(schemas, { recursive: true });
  const { definitions } = JSON.parse(
    readFileSync(join(moduleFolder(kubernetes), 'api/openapi-spec/swagger.json'), 'utf8'),
  );
  const strictly = strict(definitions);
  for (const [name, { 'x-kubernetes-group-version-kind': kinds = [] }] of Object.entries(definitions))
    for (const { group, version, kind } of kinds.length === 1 ? kinds : [])
      writeFileSync(
        join(schemas, schemaFile(group, version, kind)),
        JSON.stringify({ $ref: `#/definitions/${name}`, definitions: reached(strictly, name) }),
      );
  for (const resource of customResources) {
    const { spec } = parse(readFileSync(join(moduleFolder(resource), resource.file), 'utf8'));
    for (const { name, schema } of spec.versions)
      writeFileSync(
        join(schemas, schemaFile(spec.group, name, spec.names.kind)),
        JSON.stringify(strict(schema.openAPIV3Schema)),
      );
  }
  writeFileSync(join(schemas, 'done'), '');
}
/** As kubeconform looks for it: the group of the core is its version. */
const schemaFile = (group, version, kind) => `${group || version}-${version}-${kind}`.toLowerCase() + '.json';

writeSchemas();
for (const file of readdirSync(join(chart, 'ci'))) {
  const values = join(chart, 'ci', file);
  const given = ['--values', values, '--kube-version', kubernetes.version];
  run('helm', ['lint', '--strict', '--quiet', chart, ...given]);
  const rendered = run('helm', ['template', 'longhaul', chart, ...given]);
  const kinds = parseAllDocuments(rendered).map((one) => one.toJS()?.kind);
  const location = `${schemas}/{{ .Group }}-{{ .ResourceAPIVersion }}-{{ .ResourceKind }}.json`;
  const said = run('kubeconform', ['-strict', '-summary', '-schema-location', location], rendered);
  console.log(`${file}: ${kinds.length} objects; ${said.trim()}`);
}
