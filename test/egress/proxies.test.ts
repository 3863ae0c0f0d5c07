import { describe, expect, it } from '@jest/globals';
import { grpcWithoutProxy } from '../../src/egress/proxies.js';

describe('what gRPC reaches without a proxy', () => {
  const here = 'localhost,127.0.0.1,::1';

  it.each([
    [{}, here],
    [{ NO_PROXY: 'temporal.example.com, .corp' }, `temporal.example.com,.corp,${here}`],
    [{ NO_PROXY: 'a', no_proxy: 'b' }, `b,${here}`],
    [{ no_proxy: 'b', no_grpc_proxy: 'c' }, `c,${here}`],
    [{ no_proxy: 'localhost,127.0.0.1,::1' }, here],
    [{ no_proxy: '' }, here],
  ])('is this machine, and what the environment names: %j', (env, list) => {
    expect(grpcWithoutProxy(env)).toBe(list);
  });
});
