/** How fast `longhaul history check` replays: every golden history, many times over. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const golden = fileURLToPath(new URL('../test/replay/histories/', import.meta.url));
const copies = 50;

export function measureHistory() {
  const folder = mkdtempSync(join(tmpdir(), 'longhaul-bench-'));
  try {
    for (let copy = 0; copy < copies; copy += 1)
      cpSync(golden, join(folder, String(copy)), { recursive: true });
    const count = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.json')).length;
    const startedAtMs = performance.now();
    const { status, stderr } = spawnSync(process.execPath, [cli, 'history', 'check', folder, '-o', 'ids']);
    if (status !== 0) throw new Error(`history check ended with ${status}: ${stderr}`);
    const seconds = (performance.now() - startedAtMs) / 1_000;
    return [
      [`history check of ${count.toLocaleString('en')} histories, s`, seconds.toFixed(1), ''],
      ['histories replayed per second, start of the command included', Math.round(count / seconds), ''],
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
