/** The service that a step asks: it is configured, and takes what the step sends. */
import { httpMethods } from '../../run/documents/requests.js';
import { type Refined, type Refining, faulty } from './refining.js';
import { sayKnown } from './words.js';

export function refineHttp({ given, configured: { methodsOf, services } }: Refining): Refined {
  const { service, method = 'GET' } = given;
  if (typeof service !== 'string' || service.includes('${{')) return {};
  const methods = methodsOf(service);
  if (methods === null) {
    const advice =
      services === undefined || services.length === 0
        ? 'add it to longhaul.yaml under `services`'
        : sayKnown(service, services, 'services');
    return faulty('service', `there is no service "${service}"; ${advice}`);
  }
  const asked = httpMethods.find((one) => one === method); // that another one is none is said by the schema
  if (asked === undefined || methods.includes(asked)) return {};
  return faulty('method', `service ${service} takes ${methods.join(', ')} alone`);
}
