/** Reading by JSON Pointer (RFC 6901) in what others have sent. */

/** What a pointer leads to; `null` when nowhere. Own properties alone: `/__proto__` and `/length` lead nowhere. */
export function resolvePointer(event: unknown, pointer: string): { readonly value: unknown } | null {
  let value = event;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) {
      const items: readonly unknown[] = value;
      if (!/^(0|[1-9]\d{0,8})$/.test(key) || Number(key) >= items.length) return null;
      value = items[Number(key)];
    } else if (isObject(value) && Object.hasOwn(value, key)) value = value[key];
    else return null;
  }
  return { value };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
