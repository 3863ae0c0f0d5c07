/** CPU of processes with what they start. */
import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks of 1/100 s. */
const tickMs = 10;

function statOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    const [parent, ...times] = [1, 11, 12, 13, 14].map((at) => Number(fields[at]));
    return { parent, ticks: times };
  } catch {
    return null; // it has ended meanwhile
  }
}

/** Of a process, of its children, and of those of them that have ended, in milliseconds so far. */
export function cpuOfTreeMs(pid) {
  const own = statOf(pid)?.ticks ?? [];
  const children = readdirSync('/proc')
    .map((name) => (/^\d+$/.test(name) ? statOf(name) : null))
    .filter((one) => one?.parent === pid)
    .flatMap(({ ticks }) => ticks);
  return [...own, ...children].reduce((sum, ticks) => sum + ticks, 0) * tickMs;
}
