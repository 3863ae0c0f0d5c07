/** The service that a step asks: it is configured, and takes what the step sends. */
import { isSchema } from '../../pipelines/document/json-schema.js';
import { httpMethods } from '../../pipeline/requests.js';
import type { Json } from '../../pipeline/steps.js';
import type { Connections } from './draft.js';
import type { DocumentPath, Faults } from './faults.js';
import type { CheckedKind } from './kinds.js';
import { sayKnown } from './words.js';

/** Checks the argument that the schema of a kind marks as the name of a service, where it has one. */
export function checkService(
  { schema: { properties } }: CheckedKind,
  given: { readonly [key: string]: Json },
  base: DocumentPath,
  { methodsOf, services, faults }: Pick<Connections, 'methodsOf' | 'services'> & { readonly faults: Faults },
): void {
  const marked = isSchema(properties) ? Object.entries(properties) : [];
  const [key] =
    marked.find(([, schema]: [string, Json]) => isSchema(schema) && schema['isService'] === true) ?? [];
  const name = key === undefined ? undefined : given[key];
  if (key === undefined || typeof name !== 'string' || name.includes('${{')) return;
  const methods = methodsOf(name);
  if (methods === null) {
    const advice =
      services === undefined || services.length === 0
        ? 'add it to longhaul.yaml under `services`'
        : sayKnown(name, services, 'services');
    faults.add([...base, key], `there is no service "${name}"; ${advice}`);
    return;
  }
  const { method = 'GET' } = given;
  const asked = httpMethods.find((one) => one === method); // that another one is none was said by the schema
  if (asked !== undefined && !methods.includes(asked))
    faults.add([...base, 'method'], `service ${name} takes ${methods.join(', ')} alone`);
}
