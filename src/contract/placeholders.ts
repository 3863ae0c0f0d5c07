/** Values of the placeholders of paths: each stands for one part of its path, or for several where it keeps its slashes. */

/** Somebody in between may decode a slash that is encoded: what a slash parts from the rest leads elsewhere too. */
const climbs = (value: string): boolean =>
  value.split('/').some((segment) => segment === '.' || segment === '..');

/** Whether a value would lead elsewhere than to what has that name. `spans`: it keeps its slashes, and may be the root. */
export const leadsElsewhere = (value: string, spans: boolean): boolean =>
  climbs(value) || (spans ? value !== '' && value.split('/').includes('') : value === '');

/** Those of the values that lead elsewhere, by the names of their placeholders. */
export const leadingElsewhere = (
  path: string,
  values: Readonly<Record<string, unknown>>,
): readonly (readonly [name: string, value: string])[] =>
  [...path.matchAll(/\{(\+?)(\w+)\}/g)].flatMap(([, plus = '', name = '']) => {
    const value = values[name];
    return typeof value === 'string' && leadsElsewhere(value, plus !== '') ? [[name, value] as const] : [];
  });
