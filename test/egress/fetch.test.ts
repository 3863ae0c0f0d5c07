import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { createAuthenticator } from '../../src/access/authenticator.js';
import { type ConnectProxy, createConnectProxy } from '../support/connect-proxy.js';

let proxy: ConnectProxy;
beforeEach(async () => {
  proxy = await createConnectProxy();
});
afterEach(() => proxy.close());

it('reads the keys of an issuer of tokens through the proxy on the way to it', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] };
  const issuer = createServer((_request, response) => void response.end(JSON.stringify(keys)));
  await once(issuer.listen(0, '127.0.0.1'), 'listening');
  const { port } = issuer.address() as AddressInfo; // it listens on TCP
  const jwks = `http://127.0.0.1:${port}/jwks.json`;
  const authenticator = createAuthenticator(
    {
      tokens: [
        {
          ...{
            issuer: 'https://issuer.test',
            audience: 'longhaul',
            jwks,
            algorithms: ['ES256'],
            maxAgeMs: 60_000,
          },
          claim: 'groups',
          grants: { team: { role: 'viewer', pipelines: ['*'], connections: ['*'] } },
        },
      ],
    },
    { proxyOf: () => proxy.url },
  );
  const token = await new SignJWT({ groups: ['team'] })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer('https://issuer.test')
    .setAudience('longhaul')
    .setSubject('ada')
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(privateKey);
  expect(await authenticator.authenticate(`Bearer ${token}`)).toMatchObject({
    id: 'https://issuer.test#ada',
  });
  expect(proxy.asked.map(({ what }) => what)).toEqual([`CONNECT 127.0.0.1:${port}`]);
  issuer.close();
  issuer.closeAllConnections();
});
