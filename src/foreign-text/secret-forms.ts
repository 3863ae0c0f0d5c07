/** The forms in which a known secret turns up in text. */

/** A shorter one would be found in words that have nothing to do with it. */
const shortest = 4;
/** Base64 of a part of a text is found from this length on; shorter, it is found by chance. */
const shortestEncoded = 8;

/** As it is, in base64 wherever in a text it stood, in hexadecimal, in URLs, JSON and HTML; longest first. */
export function formsOf(secrets: readonly string[]): readonly string[] {
  const forms = new Set(secrets.flatMap((secret) => [secret, ...linesOf(secret)]).flatMap(formsOfOne));
  return [...forms].sort((one, other) => other.length - one.length);
}

/** Logs tell a secret of several lines line by line. */
const linesOf = (secret: string): string[] =>
  secret.includes('\n') ? secret.split(/\r?\n/).filter((line) => line.length >= 16) : [];

function formsOfOne(secret: string): string[] {
  if (secret.length < shortest) return [];
  const bytes = Buffer.from(secret);
  const inUrl = encodeURIComponent(secret);
  const escaped = [inUrl, inUrl.replaceAll(/[!'()*]/g, urlEscape), inUrl.replaceAll('~', '%7E')];
  const inPaths = escaped.flatMap((form) => [form, form.replaceAll('%2F', '/')]); // as Python’s `quote` leaves it
  const inQueries = [...inPaths, ...inPaths.map((form) => form.replaceAll('%20', '+'))];
  const inJson = JSON.stringify(secret).slice(1, -1);
  const encoded = [0, 1, 2].map((offset) => base64At(bytes, offset));
  const hex = bytes.toString('hex');
  return [
    secret,
    ...inQueries.flatMap((form) => [form, withSmallEscapes(form), encodeURIComponent(form)]),
    encodeURI(secret),
    new URLSearchParams([['', secret]]).toString().slice(1),
    inJson,
    inJson.replaceAll('/', '\\/'),
    inJson.replaceAll(/[<>&]/g, unicodeEscape), // as Go writes it
    JSON.stringify(inJson).slice(1, -1), // within a text of JSON
    ...htmlForms(secret),
    secret.replaceAll(/[^\w@%+=:,./-]/g, String.raw`\$&`), // as a shell’s `printf %q` writes it
    ...[...encoded, ...encoded.map(urlSafe), hex, hex.toUpperCase()].filter(
      (form) => form.length >= shortestEncoded,
    ),
  ];
}

const withSmallEscapes = (text: string): string =>
  text.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());

const urlEscape = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;

const unicodeEscape = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Quotes are written in several ways, or left. */
function htmlForms(secret: string): string[] {
  const base = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return [
    base,
    base.replaceAll('"', '&quot;').replaceAll("'", '&#x27;'),
    base.replaceAll('"', '&#34;').replaceAll("'", '&#39;'),
    base.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
    // As Handlebars and Mustache write it.
    base
      .replaceAll('=', '&#x3D;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;')
      .replaceAll('`', '&#x60;')
      .replaceAll('/', '&#x2F;'),
  ];
}

/** What base64 always says of these bytes when so many bytes (modulo three) stand before them. */
function base64At(bytes: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
  const known = Math.floor(((offset + bytes.length) * 8) / 6);
  return text.slice([0, 2, 3][offset], known);
}

const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_');
