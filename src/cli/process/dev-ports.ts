/** The ports of `longhaul dev`: its own where they are free, else others, or those that the user has chosen. */
import { PortInUseError, checkPortIsFree, freePort } from '../../dev/ports.js';
import { exitCodes } from '../exit-codes.js';
import { Stop, errorMessage } from '../stop.js';

/** What listens, with its words in messages, in the order of `--ports`. */
const listeners = {
  temporal: 'Temporal',
  ui: 'Temporal’s Web UI',
  simulator: 'the simulator',
  server: 'the HTTP API',
  health: 'the worker’s health',
  metrics: 'the worker’s metrics',
} as const;

/** A port for each. */
export type Ports = Readonly<Record<keyof typeof listeners, number>>;

const names = Object.keys(listeners) as (keyof typeof listeners)[]; // the table is closed

/** How many ports `--ports` stands for. */
export const portCount = names.length;

/**
 * The wanted ports, and free ones in the place of those that are taken, of which `say` tells. With `from`, that port and those
 * after it.
 * @throws Stop naming every one that is taken, where the user has chosen them
 */
export async function choosePorts(
  wanted: Ports,
  { from, say }: { readonly from: number | undefined; readonly say: (text: string) => void },
): Promise<Ports> {
  if (from !== undefined) return chosenPorts(from);
  const chosen = { ...wanted };
  const used = new Set<number>();
  for (const name of names) {
    const port = wanted[name];
    if (port !== 0 && (used.has(port) || !(await isFree(port)))) {
      chosen[name] = await freePort();
      say(`Port ${port} is taken: ${listeners[name]} is at ${chosen[name]}.`);
    }
    used.add(chosen[name]);
  }
  return chosen;
}

async function chosenPorts(from: number): Promise<Ports> {
  const ports = Object.fromEntries(names.map((name, at) => [name, from + at])) as Ports; // each name has one
  const looks = await Promise.allSettled(names.map((name) => checkPortIsFree(ports[name], listeners[name])));
  const faults = looks.flatMap((look) => (look.status === 'rejected' ? [errorMessage(look.reason)] : []));
  if (faults.length === 0) return ports;
  throw new Stop(
    exitCodes.error,
    ['nothing was started:', ...faults.map((fault) => `  ${fault}`)].join('\n'),
    'Leave --ports out to take free ones; `ss -ltnp` shows what listens where.',
  );
}

async function isFree(port: number): Promise<boolean> {
  try {
    await checkPortIsFree(port, '');
    return true;
  } catch (error) {
    if (error instanceof PortInUseError) return false;
    throw error;
  }
}
