/** Programs in pages: what stands below `<!-- include PATH -->` is that file, as it is. */
import { readFile } from 'node:fs/promises';

const languages = { sh: 'bash', py: 'python', go: 'go', ts: 'ts', json: 'json' };
const block = /^<!-- include (?<path>\S+) -->\n(?:\n```\w*\n.*?\n```$)?/gms;

/** The page with every included file as it now is; paths are relative to the page. */
export async function withIncludes(page, url) {
  const parts = [];
  let end = 0;
  for (const match of page.matchAll(block)) {
    const { path } = match.groups;
    const text = await readFile(new URL(path, url), 'utf8');
    const language = languages[path.split('.').at(-1)] ?? '';
    const shown = `<!-- include ${path} -->\n\n\`\`\`${language}\n${text.trimEnd()}\n\`\`\``;
    parts.push(page.slice(end, match.index), shown);
    end = match.index + match[0].length;
  }
  return [...parts, page.slice(end)].join('');
}
