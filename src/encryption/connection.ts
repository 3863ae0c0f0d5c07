/**
 * Encryption for clients of Temporal. The SDK's codec would cover what goes through its client alone; histories, schedules and
 * pending activities are also read from Temporal's answers themselves. So all requests and answers pass here.
 */
import type { ConnectionLike } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { LonghaulError } from '../run/failures/errors.js';
import type { PayloadCipher } from './cipher.js';

/** Answers of many executions: one of them that somebody has started with another key must not hide all others. */
const lists: ReadonlySet<string | symbol> = new Set(['listWorkflowExecutions']);

/** What stands in a list for what cannot be read: `null`. */
const unreadable: Payload = {
  metadata: { encoding: new TextEncoder().encode('json/plain') },
  data: new TextEncoder().encode('null'),
};

/** The same connection; what goes to Temporal through it is encrypted, what comes is decrypted. */
export function encryptedConnection<C extends ConnectionLike>(connection: C, cipher: PayloadCipher): C {
  const { workflowService } = connection;
  const decryptIfReadable = (payload: Payload): Payload => {
    try {
      return cipher.decrypt(payload);
    } catch (error) {
      if (error instanceof LonghaulError) return unreadable;
      throw error;
    }
  };
  const service = new Proxy(workflowService, {
    get: (of, name) => {
      const member: unknown = Reflect.get(of, name);
      if (typeof member !== 'function') return member;
      const decrypt = lists.has(name) ? decryptIfReadable : cipher.decrypt;
      return async (request: unknown): Promise<unknown> =>
        changed(await Reflect.apply(member, of, [changed(request, cipher.encrypt)]), decrypt);
    },
  });
  return new Proxy(connection, {
    get: (of, name) => {
      if (name === 'workflowService') return service;
      const member: unknown = Reflect.get(of, name);
      // Bound, because the connections of the SDK have private fields.
      return typeof member === 'function' ? (member.bind(of) as unknown) : member;
    },
  });
}

/** Temporal reads the first by itself, and workers take headers as they are. */
const keptPlain: ReadonlySet<string> = new Set(['searchAttributes', 'header']);

/** A copy in which each payload is changed, or the message itself where it has none. */
function changed(message: unknown, change: (payload: Payload) => Payload): unknown {
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array) return message;
  if (isPayload(message)) return change(message);
  if (Array.isArray(message)) {
    const items = message.map((item) => changed(item, change));
    return items.some((item, index) => item !== message[index]) ? items : message;
  }
  const entries = Object.entries(message).flatMap(([key, value]: [string, unknown]) => {
    const next = keptPlain.has(key) ? value : changed(value, change);
    return next === value ? [] : [[key, next] as const];
  });
  if (entries.length === 0) return message;
  // Messages of protobufjs have their empty fields in their prototype.
  return Object.assign(
    Object.create(Object.getPrototypeOf(message) as object) as object,
    message,
    Object.fromEntries(entries),
  );
}

const isPayload = (message: object): message is Payload =>
  'metadata' in message &&
  typeof message.metadata === 'object' &&
  message.metadata !== null &&
  'encoding' in message.metadata &&
  message.metadata.encoding instanceof Uint8Array;
