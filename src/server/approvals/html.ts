/** HTML whose every value is escaped: a string becomes text, and only what `html` has made is markup. */
import { visible } from '../../foreign-text/visible.js';

/** Markup. */
export class Html {
  constructor(readonly text: string) {}
}

type Value = string | number | Html | readonly Html[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that stays text, between tags and in quoted attributes, and in which nothing is hidden. */
export const escaped = (text: string): string =>
  visible(text).replace(/[&<>"']/g, (found) => entities[found] ?? '');

function markupOf(value: Value): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return escaped(String(value));
}

/** A template: ``html`<b>${name}</b>` ``. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html =>
  new Html(
    parts.map((part, at) => `${part}${at < values.length ? markupOf(values[at] ?? '') : ''}`).join(''),
  );
