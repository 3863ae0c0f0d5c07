import { describe, expect, it } from '@jest/globals';
import { createMask } from '../../src/foreign-text/mask.js';
import { cpuMsOf } from '../support/cpu-time.js';

const none = createMask(() => []);
/** Put together here, so that no scanner of sources takes them for real. */
const join = (...parts: string[]): string => parts.join('');
const random40 = join('wJalrXUtnFEMI/', 'K7MDENG/bPxRfiCY', 'EXAMPLEKEY');
const letters36 = 'abcdefghijklmnopqrstuvwxyz0123456789';
const pemBody = [
  'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj',
  'MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3SC6dVMvDu',
];
const pem = [join('-----BEGIN ', 'PRIVATE KEY-----'), ...pemBody, join('-----END ', 'PRIVATE KEY-----')];

describe('what looks like a credential', () => {
  it.each([
    ['an access key of AWS', join('AKIA', 'IOSFODNN7EXAMPLE')],
    ['a temporary one', join('ASIA', 'IOSFODNN7EXAMPLE')],
    ['a secret key of AWS alone', random40],
    ['a session token of AWS', join('IQoJb3JpZ2lu', letters36)],
    ['an API key of Google', join('AIza', 'SyA-abcdefghijklmnopqrstuvwxyz01234')],
    ['an access token of Google', join('ya29.', letters36)],
    ['a client secret of Google', join('GOCSPX-', 'abcdefghijklmnopqrstuvwxyz12')],
    ['a client secret of Azure', join('abc8Q~', 'abcdefghijklmnopqrstuvwxyz01234567')],
    ['an account key of Azure', `${'aB3'.repeat(28)}aB==`],
    ['a token of GitHub', join('ghp_', letters36)],
    ['a fine-grained one', join('github_pat_', letters36)],
    ['a token of GitLab', join('glpat-', 'abcdefghij0123456789')],
    ['a token of Slack', join('xoxb-', '123456789012-abcdefghijkl')],
    ['a token of Hugging Face', join('hf_', 'abcdefghijklmnopqrstuvwxyzabcdefgh')],
    ['a key of OpenAI', join('sk-', 'proj-abcdefghijklmnopqrstuvwxyz0123')],
    ['a key of Anthropic', join('sk-', 'ant-api03-abcdefghijklmnopqrstuvwxyz0123')],
    ['a token of npm', join('npm_', letters36)],
    ['a token of Databricks', join('dapi', '0123456789abcdef0123456789abcdef')],
    ['a key of ours', join('lh_', 'abcdefghij_', 'a'.repeat(43))],
    ['a secret of webhooks', join('whsec_', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')],
    ['a JSON Web Token', join('eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiIxIn0.', 'dBjftJeZ4CVP')],
    [
      'an encrypted one',
      join('eyJhbGciOiJSU0EtT0FFUCJ9', '.OKOawDo13gRp.48V1_ALb6US0.5eym8TW_c8Su.XFBoMYUZodet'),
    ],
  ])('is masked in the middle of a line: %s', (_, secret) => {
    expect(none.text(`key: <${secret}>, and more`)).toBe('key: <[redacted]>, and more');
    expect(none.text(secret)).toBe('[redacted]');
  });

  it.each([
    ['AWS_SECRET_ACCESS_KEY=abc', 'AWS_SECRET_ACCESS_KEY=[redacted]'],
    ['"SecretAccessKey": "a b c", "x": 1', '"SecretAccessKey": "[redacted]", "x": 1'],
    ['{\\"password\\": \\"hunter2\\"}', '{\\"password\\": \\"[redacted]\\"}'],
    ['db_password = hunter2;host=x', 'db_password = [redacted];host=x'],
    ["api-key='k1'", "api-key='[redacted]'"],
    ['DB_PWD=x1 PWD=/mnt/code', 'DB_PWD=[redacted] PWD=/mnt/code'],
    ['run --password hunter2 --fast', 'run --password [redacted] --fast'],
    ['Authorization: Bearer abc.def', 'Authorization: [redacted]'],
    ['sent Bearer abcdef0123456789', 'sent Bearer [redacted]'],
    ['postgres://ada:p@ss:word@db/x', 'postgres://ada:[redacted]@db/x'],
    ['https://abcdefghij0123456789@git.example/x', 'https://[redacted]@git.example/x'],
    ['https://a.example/b?sv=1&sig=abc%2F&x=1', 'https://a.example/b?sv=1&sig=[redacted]&x=1'],
    ['https://hooks.slack.com/services/T0/B0/abc', 'https://hooks.slack.com/services/[redacted]'],
    ['hf_token: abcdef', 'hf_token: [redacted]'],
    ['token=abcdefghijklmnop0', 'token=[redacted]'],
    ['DOMINO_TOKEN=abcdefghijklmnop0', 'DOMINO_TOKEN=[redacted]'],
    ['{"auth":"dXNlcjpwYXNzd29yZA=="}', '{"auth":"[redacted]"}'],
    ['Set-Cookie: session=abcdef; Path=/', 'Set-Cookie: [redacted]'],
    ['postgres://ada:p4/ss#word@db/x', 'postgres://ada:[redacted]@db/x'],
    ['postgres://ada:12/ss@db/x and http://h:80/a', 'postgres://ada:12/ss@db/x and http://h:80/a'],
  ])('is masked by what stands before it: %s', (line, masked) => {
    expect(none.text(line)).toBe(masked);
  });

  it.each([
    'commit 3f786850e387550fdab836ed7e6dc881de23001b',
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'accuracy 0.9333 loss 0.1303 tokens: 123456 max_token = 512 pad_token="[PAD]"',
    'token: 128 tokens per second',
    'password=[redacted] PASSWORD=$' + '{DB_PASSWORD} secret: null',
    '/mnt/artifacts/Models/V2/part-000/x/weights.bin',
    'basic preprocessing of bearer bonds',
    'https://example.com:8080/a@b?c=d',
    'epoch 1/10: 100%|██████████| 120/120 [00:01<00:00]',
    '66f00014-21c5-d522-0777-7ecc12345678 run retrain.nightly-2026-11-21',
    'ada/iris SomeRevision(66f0000689973f3478eee8d9) [lh:k3f9x2m7qa4t]',
  ])('is not what people read: %s', (line) => {
    expect(none.text(line)).toBe(line);
  });
});

describe('what stands before a credential, or within it', () => {
  const [begin, end] = ['\u001b[1;33m', '\u001b[0m'];
  const key = join('AKIA', 'IOSFODNN7EXAMPLE');

  it.each([
    [`${begin}${key}${end}`, '[redacted]'],
    [`\u009b33m${key}\u009bm`, '[redacted]'],
    [`\u001b(B\u001b[m${key}`, '[redacted]'],
    [`\u001b]8;;https://a.example\u0007${key}\u001b]8;;\u001b\\`, '[redacted]'],
    [`password${end}=\u001b[35mhunter2hunter`, 'password=[redacted]'],
    [`AKIA${begin}IOSFODNN7EXAMPLE`, '[redacted]'],
    [`${begin}${random40}${end}`, '[redacted]'],
    [`${begin}${pemBody[0]}${end}`, '[redacted]'],
    [`^[[33m${key}^[[0m`, '[redacted]'],
    [`#033[33m${key}#033[0m`, '[redacted]'],
    [String.raw`'\x1b[33m${key}\x1b[0m'`, "'[redacted]'"],
    [String.raw`'\033[33m${key}\033[0m'`, "'[redacted]'"],
    [`%1B%5B1%3B33m${key}%1B[0m`, '[redacted]'],
    [String.raw`"\u001b]8;;x\u0007${key}\u001b]8;;\u001b\\"`, '"[redacted]"'],
  ])('a sequence for the terminal is taken away: %j', (line, kept) => {
    expect(none.text(line)).toBe(kept);
  });

  it('a line of JSON stays one', () => {
    const said = { log: `${begin}"a\\${begin}"\n\u001b["b"\u001b]8;;x\u001b\\"${end}`, key: 1 };
    for (const line of [JSON.stringify(said), JSON.stringify(JSON.stringify(said))])
      expect(() => void JSON.parse(none.text(line))).not.toThrow();
  });

  it.each([
    String.raw`\n`,
    String.raw`\t`,
    String.raw`\u000a`,
    String.raw`\x0a`,
    String.raw`\012`,
    '#012',
    '%0A',
    '%3D',
  ])('a character that is written out as %s ends a word', (before) => {
    const jwt = join('eyJhbGciOiJIUzI1NiJ9', '.eyJzdWIiOiIxIn0.', 'dBjftJeZ4CVP');
    for (const secret of [key, random40, jwt])
      expect(none.text(`x${before}${secret}`)).toBe(`x${before}[redacted]`);
    for (const name of ['token=', 'Authorization: Basic ', 'bearer '])
      expect(none.text(`x${before}${name}abcdefghijklmnop0`)).not.toContain('abcdefgh');
  });

  it.each([
    ['password%3Dhunter2&x=1', 'password%3D[redacted]&x=1'],
    [String.raw`password\u003dhunter2, x`, String.raw`password\u003d[redacted], x`],
  ])('an equals sign that is written out is one: %s', (line, kept) => {
    expect(none.text(line)).toBe(kept);
  });
});

describe('a private key', () => {
  it('is masked over its lines, which it keeps', () => {
    expect(none.text(['before', ...pem, 'after'].join('\n'))).toBe(
      ['before', '[redacted]', '[redacted]', '[redacted]', '[redacted]', 'after'].join('\n'),
    );
  });

  it('is masked in one line of JSON', () => {
    const json = JSON.stringify({
      type: 'service_account',
      private_key: pem.join('\n'),
      client_email: 'a@b',
    });
    expect(none.text(json)).toBe(
      '{"type":"service_account","private_key":"[redacted]","client_email":"a@b"}',
    );
  });

  it('is masked in pieces that come one after another, with the times that a logger puts before', () => {
    const first = none.lines([`12:00 INFO ${pem[0]}`, `12:00 INFO ${pem[1]}`]);
    expect(first.lines).toEqual(['12:00 INFO [redacted]', '12:00 INFO [redacted]']);
    const rest = none.lines([`12:01 INFO ${pem[2]}`, `12:01 INFO ${pem[3]}`, 'epoch 1'], first.open);
    expect(rest).toEqual({ lines: ['12:01 INFO [redacted]', '[redacted]', 'epoch 1'], open: 0 });
  });

  it('that never ends hides no more than a key may have', () => {
    const masked = none.text([pem[0], ...Array<string>(300).fill('short')].join('\n')).split('\n');
    expect(masked.slice(0, 3)).toEqual(['[redacted]', '[redacted]', '[redacted]']);
    expect(masked.at(-1)).toBe('short');
  });

  it('is masked where a tail begins in the middle of it', () => {
    expect(none.text(`${pemBody[0]}\nepoch 1`)).toBe('[redacted]\nepoch 1');
    expect(none.text(`12:00 INFO ${pemBody[0]}\nepoch 1`)).toBe('12:00 INFO [redacted]\nepoch 1');
  });

  it('is masked above its end, where its begin is not there', () => {
    const lines = ['epoch 1 of 2', pemBody[1], pemBody[1]?.slice(0, 20), 'Zm9v', pem[3], 'epoch 2'];
    const logged = none.text(lines.map((line) => `12:00 INFO ${line}`).join('\n')).split('\n');
    const hidden = '12:00 INFO [redacted]';
    expect(logged).toEqual(['12:00 INFO epoch 1 of 2', hidden, hidden, hidden, hidden, '12:00 INFO epoch 2']);
    const json = JSON.stringify({ log: `${pemBody[1]}\n${pem[3]}\n`, step: 2 });
    expect(none.text(json)).toBe('{"log":"[redacted]\\n[redacted]\\n","step":2}');
  });
});

/** Percent-encoded but for letters, digits and `-_.~`. */
const strict = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );

describe('a secret of the configuration', () => {
  const secret = 'p@ss "w/örd" (7~*!)';
  const mask = createMask(() => [secret, 'abc', 'line one of a secret\nline two of a secret']);

  it.each([
    ['as it is', secret],
    ['in a URL', encodeURIComponent(secret)],
    [
      'in a URL with small letters',
      encodeURIComponent(secret).replaceAll(/%../g, (found) => found.toLowerCase()),
    ],
    ['in a form', new URLSearchParams({ a: secret }).toString().slice(2)],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['by a line of it', 'line two of a secret'],
    ['in JSON within JSON', JSON.stringify(JSON.stringify(secret).slice(1, -1)).slice(1, -1)],
    ['in a path of a URL', encodeURI(secret)],
    ['in a URL within a URL', encodeURIComponent(encodeURIComponent(secret))],
    ['as Python’s `quote` leaves it', encodeURIComponent(secret).replaceAll('%2F', '/')],
    ['as Go’s `QueryEscape` writes it', strict(secret).replaceAll('%20', '+')],
    ['as Python’s `quote` writes it with no safe character', strict(secret)],
    ['in JSON with slashes escaped', JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/')],
    ['in HTML', secret.replaceAll('"', '&quot;')],
  ])('is masked %s', (_, form) => {
    expect(mask.text(`x ${form} y`)).toBe('x [redacted] y');
  });

  it.each(['', 'u', 'us', 'user:', 'é'])('is masked in base64 behind “%s”', (before) => {
    for (const encoding of ['base64', 'base64url'] as const) {
      const text = mask.text(Buffer.from(`${before}${secret}, and more`).toString(encoding));
      expect(text).toContain('[redacted]');
      const left = Buffer.from(text.replace('[redacted]', ''), encoding).toString('latin1');
      expect(left).not.toContain('ss "w');
    }
  });

  it.each([1, 5, 12])('is masked where it is broken over lines of %i characters', (width) => {
    const forms = [secret, Buffer.from(`user:${secret}`).toString('base64'), encodeURIComponent(secret)];
    for (const form of forms) {
      const broken = (form.match(new RegExp(`.{1,${width}}`, 'gs')) ?? []).join('\n');
      const text = mask.text(`before\n${broken}\nafter`);
      expect(text).toMatch(/^before\n[^]*\[redacted\][^]*\nafter$/);
      expect(text.split('\n')).toHaveLength(broken.split('\n').length + 2);
      expect(text.replaceAll('\n', '')).not.toContain(form.slice(8, 14));
    }
  });

  it.each([
    ['line ends of Windows', '\r\n'],
    ['lines that stand further in', '\n    '],
    ['a backslash at the end of a line', '\\\n\t'],
  ])('is masked where it is broken by %s', (_, between) => {
    const text = mask.text(`before ${secret.slice(0, 9)}${between}${secret.slice(9)} after\nlast`);
    expect(text).not.toContain(secret.slice(0, 9));
    expect(text).not.toContain(secret.slice(9));
    expect(text).toMatch(/^before .* after\nlast$/s);
  });

  it('is masked as shells and templates write it', () => {
    const odd = createMask(() => ['pa$s/w0rd=="x"']);
    for (const form of [String.raw`pa\$s/w0rd==\"x\"`, 'pa$s&#x2F;w0rd&#x3D;&#x3D;&quot;x&quot;'])
      expect(odd.text(`go ${form} on`)).toBe('go [redacted] on');
  });

  it('is masked where a long line is cut in the middle of it', () => {
    const text = mask.text(`${'x'.repeat(99_990)} ${secret}`);
    expect(text).not.toContain('p@ss');
    expect(text.length).toBeLessThan(100_010);
  });

  it('is masked with a colour within it', () => {
    const coloured = `p@ss \u001b[33m${secret.slice(5)}`;
    expect(mask.text(`x ${coloured} y`)).toBe('x [redacted] y');
    expect(mask.text(JSON.stringify({ x: coloured }))).toBe('{"x":"[redacted]"}');
  });

  it('that is shorter than four characters is not looked for', () => {
    expect(mask.text('abcde')).toBe('abcde');
  });

  it('that was renewed is masked, and the one before it too', () => {
    let current = 'first-secret';
    const renewed = createMask(() => [current]);
    expect(renewed.text('first-secret')).toBe('[redacted]');
    current = 'second-secret';
    expect(renewed.text('first-secret second-secret')).toBe('[redacted] [redacted]');
  });
});

describe('the time that masking takes', () => {
  const length = 100_000;
  const fill = (unit: string): string => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
  const mask = createMask(() => Array.from({ length: 20 }, (_, index) => `secret-number-${index}-of-many`));

  it.each([
    'a',
    'A1b2',
    ' ',
    '/',
    ':',
    '=',
    '-',
    '\\',
    '"',
    '@',
    '://',
    '://a:',
    '://a:b',
    'password',
    'password=',
    'password="',
    'token=',
    'token=a',
    '-eyJaaaaaaaa',
    'eyJaaaaaaaa.',
    'bearer ',
    'basic a',
    'authorization:',
    '-----BEGIN ',
    pem[0] ?? '',
    `${pem[0]}${pem[3]}`,
    '-----BEGIN RSA ',
    'AKIA',
    'sk-',
    'secret-number-',
    '--password ',
    '?sig=',
    'ghp_',
    'xoxb-',
    'SG.aaaaaaaaaaaaaaaa.',
    '\n',
    `${pem[0]}\n`,
    'private_key_',
    pem[3] ?? '',
    `${pem[3]}\n`,
    `${'a'.repeat(999)}!\n${pem[3]}\n`,
    'abc8Q~',
    '\\u001b[',
    '\\u001b]',
    '\u001b[',
    '\u001b[0',
    '\u001b]',
    '\u001b]8',
    '\u009d',
    '^[',
    '^[[0;',
    '%3D',
    '%1B%5B%3B',
    '\\nauthorization:',
  ])('grows with the length alone for %j again and again', (unit) => {
    const tookMs = (text: string): number => cpuMsOf(() => mask.text(text));
    const text = fill(unit);
    tookMs(text.slice(0, 1_000));
    // Time that grew with the square of the length would be 64 times as much. Few milliseconds are not compared.
    expect(tookMs(text)).toBeLessThan(Math.max(500, 24 * tookMs(text.slice(0, length / 8))));
  });
});
