/** The pages that people read, and what stands in them. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where this installation is. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

const markdownIn = (folder: string): string[] =>
  readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);

export interface Page {
  /** Its path from the root of the repository. */
  readonly name: string;
  readonly text: string;
}

/** All of them, from the root of the repository. */
export const pages: readonly Page[] = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...markdownIn('docs'),
].map((name) => ({ name, text: readFileSync(`${root}${name}`, 'utf8') }));

export interface Block {
  readonly language: string;
  readonly text: string;
}

/** What is fenced. */
export const blocksOf = ({ text }: Page): Block[] =>
  [...text.matchAll(/^ *```(\S*)[^\n]*\n(.*?)^ *```$/gms)].map(([, language = '', body = '']) => ({
    language,
    text: body,
  }));

/** What is not fenced. */
export const proseOf = ({ text }: Page): string => text.replaceAll(/^ *```(\S*)[^\n]*\n.*?^ *```$/gms, '');

/** What is set as code within prose. */
export const codeIn = (page: Page): string[] =>
  [...proseOf(page).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll(/\s+/g, ' '));
