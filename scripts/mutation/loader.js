/** Loads TypeScript as the tests import it: types stripped, `./name.js` found as `./name.ts`, jest's globals from globals.js. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from '@swc/core';

const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'es6' } };

export async function resolve(specifier, context, next) {
  if (specifier === '@jest/globals') {
    return { url: new URL('globals.js', import.meta.url).href, shortCircuit: true };
  }
  const own = specifier.startsWith('.') && context.parentURL?.endsWith('.ts');
  return next(own ? specifier.replace(/\.js$/, '.ts') : specifier, context).catch((error) => {
    if (own) return next(specifier, context);
    throw error;
  });
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const { code } = await transform(await readFile(fileURLToPath(url), 'utf8'), options);
  return { format: 'module', source: code, shortCircuit: true };
}
