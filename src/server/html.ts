/** HTML whose every value is escaped: a string becomes text, and only what `html` has made is markup. */

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

/** Control characters, and those by which a name would turn the direction of the text after it. */
const unseen = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text that stays text, between tags and in quoted attributes. */
export const escaped = (text: string): string =>
  text.replace(unseen, ' ').replace(/[&<>"']/g, (found) => entities[found] ?? '');

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
