/** Paths of requests, made from the templates of a contract. */
import { leadsElsewhere } from '../contract/placeholders.js';
import { PlatformError } from './errors.js';

/**
 * Fills the placeholders.
 *
 * @throws PlatformError `REQUEST_REJECTED` for a segment that would leave its place in the path
 */
export function pathOf(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\+?)(\w+)\}/g, (_, spans: string, name: string) => {
    const value = values[name];
    if (value === undefined || leadsElsewhere(value, spans !== ''))
      throw new PlatformError(
        'REQUEST_REJECTED',
        `${template}: {${name}} ${value === undefined ? 'is missing' : `must not be ${JSON.stringify(value)}`}`,
      );
    return (spans === '' ? [value] : value.split('/'))
      .map((segment) => encodeURIComponent(segment))
      .join('/');
  });
}
