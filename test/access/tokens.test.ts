import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type CryptoKey,
  type JWK,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
  exportJWK,
  exportSPKI,
  generateKeyPair,
} from 'jose';
import { createAuthenticator } from '../../src/access/authenticator.js';
import { may } from '../../src/access/principal.js';
import type { Config } from '../../src/config.js';

type Issuer = Config['access']['tokens'][number];

const issuer = 'https://login.example.com';
const grants: Issuer['grants'] = {
  watchers: { role: 'viewer', pipelines: ['*'], connections: ['*'] },
  trainers: { role: 'operator', pipelines: ['train-and-deploy'], connections: ['domino-dev'] },
};

const folder = mkdtempSync(join(tmpdir(), 'longhaul-tokens-'));
const keysFile = join(folder, 'jwks.json');
let ours: { publicKey: CryptoKey; privateKey: CryptoKey };
let theirs: { publicKey: CryptoKey; privateKey: CryptoKey };
let jwks: { keys: JWK[] };
let server: Server;
let answer: { status: number; body: string };
let asked = 0;
let url: string;

beforeAll(async () => {
  ours = await generateKeyPair('RS256', { extractable: true });
  theirs = await generateKeyPair('RS256', { extractable: true });
  jwks = { keys: [{ ...(await exportJWK(ours.publicKey)), kid: 'k1', alg: 'RS256' }] };
  writeFileSync(keysFile, JSON.stringify(jwks));
  server = createServer((_request, response) => {
    asked += 1;
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/jwks`;
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const settings = (more: Partial<Issuer> = {}): Issuer => ({
  issuer,
  audience: 'longhaul',
  jwks: keysFile,
  algorithms: ['RS256', 'ES256'],
  maxAgeMs: 3_600_000,
  claim: 'groups',
  grants,
  ...more,
});
const authenticatorOf = (...tokens: Issuer[]) => createAuthenticator({ tokens });

const now = () => Math.floor(Date.now() / 1_000);
const claims = (more: JWTPayload = {}): JWTPayload => ({
  iss: issuer,
  aud: 'longhaul',
  sub: 'ada',
  iat: now(),
  exp: now() + 300,
  groups: ['watchers'],
  ...more,
});
const without = (name: string): JWTPayload =>
  Object.fromEntries(Object.entries(claims()).filter(([key]) => key !== name));
const sign = (payload: JWTPayload, key = ours.privateKey, kid = 'k1') =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid }).sign(key);

describe('a token', () => {
  it('lets its holder in, with what the grants of the claim’s values allow', async () => {
    const { authenticate, configured } = authenticatorOf(settings());
    const token = await sign(
      claims({ groups: ['watchers', 'trainers', 'others'], email: 'ada@example.com' }),
    );
    const principal = await authenticate(`Bearer ${token}`);
    expect(configured).toBe(true);
    expect(principal).toEqual({
      id: 'https://login.example.com#ada',
      name: 'ada@example.com',
      kind: 'token',
      groups: ['watchers', 'trainers'],
      grants: [grants['watchers'], grants['trainers']],
    });
    expect(may(principal, 'operator', { pipeline: 'train-and-deploy', connection: 'domino-dev' })).toBe(true);
    expect(may(principal, 'operator', { pipeline: 'train-and-deploy', connection: 'domino-prod' })).toBe(
      false,
    );
    expect(may(principal, 'viewer', { pipeline: 'other', connection: 'domino-prod' })).toBe(true);
  });

  it.each<[string, unknown, unknown[]]>([
    ['a string', 'trainers', [grants['trainers']]],
    ['a value without a grant', ['nobody'], []],
    ['a name that every object has', ['__proto__', 'constructor', 'toString'], []],
    ['no text', [1, null, { watchers: true }], []],
    ['nothing', undefined, []],
  ])('may be known and allowed what its claim grants: %s', async (_, groups, expected) => {
    const { authenticate } = authenticatorOf(settings());
    expect((await authenticate(`Bearer ${await sign(claims({ groups }))}`)).grants).toEqual(expected);
  });

  it('is judged by the settings of its own issuer', async () => {
    const other = settings({ issuer: 'https://other.example.com', grants: {} });
    const { authenticate } = authenticatorOf(settings(), other);
    const token = await sign(claims({ iss: other.issuer }));
    expect((await authenticate(`Bearer ${token}`)).grants).toEqual([]);
  });
});

describe('a forged, stale or foreign token', () => {
  const refused = 'the token is refused: ';
  const noToken = 'the bearer is neither an API key nor a well-formed JSON Web Token';
  const malformed = `${refused}it is not a well-formed JSON Web Token`;
  const rows: [string, () => string | Promise<string>, string][] = [
    [
      'is unsigned',
      () => new UnsecuredJWT(claims()).encode(),
      `${refused}its signature algorithm is not accepted`,
    ],
    [
      'is signed by HS256 with our public key as the secret',
      async () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
          .sign(new TextEncoder().encode(await exportSPKI(ours.publicKey))),
      `${refused}its signature algorithm is not accepted`,
    ],
    [
      'uses an algorithm that is not configured',
      async () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: 'RS512', kid: 'k1' })
          .sign((await generateKeyPair('RS512')).privateKey),
      `${refused}its signature algorithm is not accepted`,
    ],
    ['is signed by another key', () => sign(claims(), theirs.privateKey), `${refused}its signature is wrong`],
    [
      'brings its own key',
      async () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: 'RS256', jwk: await exportJWK(theirs.publicKey) })
          .sign(theirs.privateKey),
      `${refused}its signature is wrong`,
    ],
    [
      'names a key that the issuer lacks',
      () => sign(claims(), theirs.privateKey, 'k2'),
      `${refused}the issuer has no key that fits it`,
    ],
    [
      'is of another issuer',
      () => sign(claims({ iss: 'https://evil.example.com' })),
      `${refused}its issuer is not configured`,
    ],
    [
      'is of an issuer that only begins alike',
      () => sign(claims({ iss: `${issuer}/` })),
      `${refused}its issuer is not configured`,
    ],
    ['names no issuer', () => sign(without('iss')), `${refused}its issuer is not configured`],
    ['is for another audience', () => sign(claims({ aud: 'other' })), `${refused}it is for another audience`],
    ['is for nobody', () => sign(without('aud')), `${refused}its claim "aud" is missing`],
    ['never expires', () => sign(without('exp')), `${refused}its claim "exp" is missing`],
    ['is about nobody', () => sign(without('sub')), `${refused}its claim "sub" is missing`],
    ['has an empty subject', () => sign(claims({ sub: '' })), `${refused}its claim "sub" is empty`],
    ['does not say when it was issued', () => sign(without('iat')), `${refused}its claim "iat" is missing`],
    ['has expired', () => sign(claims({ exp: now() - 60 })), `${refused}it has expired`],
    ['is not valid yet', () => sign(claims({ nbf: now() + 60 })), `${refused}it is not valid yet`],
    [
      'was issued too long ago',
      () => sign(claims({ iat: now() - 7_200 })),
      `${refused}it was issued too long ago, or in the future`,
    ],
    [
      'was issued in the future',
      () => sign(claims({ iat: now() + 600, exp: now() + 900 })),
      `${refused}it was issued too long ago, or in the future`,
    ],
    [
      'asks for an extension that we do not know',
      () =>
        new SignJWT(claims())
          .setProtectedHeader({ alg: 'RS256', kid: 'k1', crit: ['x'], x: 1 })
          .sign(ours.privateKey, { crit: { x: true } }),
      malformed,
    ],
    [
      'was changed',
      async () => {
        const [head, , signature] = (await sign(claims())).split('.');
        const body = Buffer.from(JSON.stringify(claims({ sub: 'root' }))).toString('base64url');
        return `${head}.${body}.${signature}`;
      },
      `${refused}its signature is wrong`,
    ],
    [
      'lost its signature',
      async () => (await sign(claims())).replace(/\.[^.]+$/, '.'),
      `${refused}its signature is wrong`,
    ],
    ['has a part too many', async () => `${await sign(claims())}.x`, noToken],
    ['has five parts', () => 'a.b.c.d.e', noToken],
    ['is dots', () => '..', noToken],
    ['is no JSON', () => 'aaaa.bbbb.cccc', noToken],
  ];

  it.each(rows)('is refused when it %s, and not shown', async (_, make, message) => {
    const token = await make();
    const error: unknown = await authenticatorOf(settings())
      .authenticate(`Bearer ${token}`)
      .then(
        () => 'let in',
        (reason: unknown) => reason,
      );
    expect(error).toEqual(expect.objectContaining({ code: 'UNAUTHENTICATED', message }));
  });
});

describe('the keys of an issuer', () => {
  it('are fetched once for many tokens, and a token with a made-up key id does not fetch them again', async () => {
    answer = { status: 200, body: JSON.stringify(jwks) };
    const { authenticate } = authenticatorOf(settings({ jwks: url }));
    const token = await sign(claims());
    asked = 0;
    await Promise.all(Array.from({ length: 50 }, () => authenticate(`Bearer ${token}`)));
    const forged = await sign(claims(), theirs.privateKey, 'k9');
    await expect(authenticate(`Bearer ${forged}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(asked).toBe(1);
  });

  it.each<[string, { status: number; body: string }]>([
    ['answers 503', { status: 503, body: '{}' }],
    ['sends us elsewhere', { status: 302, body: '' }],
    ['answers a web page', { status: 200, body: '<html>' }],
    ['answers no keys', { status: 200, body: '{"keys":1}' }],
  ])('cannot be had while it %s: the token is neither taken nor called wrong', async (_, broken) => {
    const { authenticate } = authenticatorOf(settings({ jwks: url }));
    const token = await sign(claims());
    answer = broken;
    await expect(authenticate(`Bearer ${token}`)).rejects.toMatchObject({
      code: 'ISSUER_UNREACHABLE',
      message: 'the keys of https://login.example.com cannot be read',
    });
    answer = { status: 200, body: JSON.stringify(jwks) };
    await authenticate(`Bearer ${token}`);
  });

  it('cannot be had where nobody listens', async () => {
    const { authenticate } = authenticatorOf(settings({ jwks: 'http://127.0.0.1:1/jwks' }));
    await expect(authenticate(`Bearer ${await sign(claims())}`)).rejects.toMatchObject({
      code: 'ISSUER_UNREACHABLE',
    });
  });

  it('are read from a file again when it changes, and count no more when it is gone', async () => {
    const file = join(folder, 'rotating.json');
    writeFileSync(file, JSON.stringify(jwks));
    const { authenticate } = authenticatorOf(settings({ jwks: file }));
    const next = await sign(claims(), theirs.privateKey, 'k2');
    await authenticate(`Bearer ${await sign(claims())}`);
    await expect(authenticate(`Bearer ${next}`)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    const key = { ...(await exportJWK(theirs.publicKey)), kid: 'k2', alg: 'RS256' };
    writeFileSync(file, JSON.stringify({ keys: [key] }));
    await sleep(1_100);
    await authenticate(`Bearer ${next}`);
    rmSync(file);
    await sleep(1_100);
    await expect(authenticate(`Bearer ${next}`)).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' });
  });

  it.each([
    'http://login.example.com/jwks',
    'http://127.0.0.1.evil.example/jwks',
    'ftp://host/jwks',
    'https://',
  ])('are not taken from %s', (source) => {
    expect(() => authenticatorOf(settings({ jwks: source }))).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it('are configured once per issuer', () => {
    expect(() => authenticatorOf(settings(), settings())).toThrow(
      'access.tokens: https://login.example.com is there twice',
    );
  });
});
