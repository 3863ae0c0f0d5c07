/** How connections stand, as people read it: in lines that a terminal of 80 columns shows whole, but for what others say. */
import type { ConnectionStanding, Outage } from '../../client.js';
import { showDuration, toSecond } from '../terminal/duration.js';
import { harmless } from '../terminal/paint.js';
import { tableLines } from '../terminal/table.js';

/** A table of them; nothing for none. */
export const connectionLines = (connections: readonly ConnectionStanding[]): string[] =>
  tableLines(
    ['NAME', 'STATUS', ''],
    connections.map((one) => [one.name, one.status, brief(one)]),
  );

/** Of those that hold their runs up, a line each. */
export const noteLines = (connections: readonly ConnectionStanding[]): string[] =>
  connections.flatMap((one) => {
    const why = brief(one);
    return why === ''
      ? []
      : [`${one.name} is ${one.status}: ${why}; see longhaul connection get ${one.name}`];
  });

function brief(connection: ConnectionStanding): string {
  switch (connection.status) {
    case 'open':
      return connection.outage ? `no usable answer since ${toSecond(connection.outage.since)}` : '';
    case 'throttled':
      return `until ${toSecond(connection.until)}`;
    case 'refused':
      return `${connection.code} since ${toSecond(connection.since)}`;
  }
}

/** The state of one connection with its reason, since when, and the command that ends a wait. */
export function standingLines(connection: ConnectionStanding, nowMs: number): string[] {
  const { name, status } = connection;
  const byHand = `at once by: longhaul connection resume ${name} --reason "…"`;
  switch (status) {
    case 'open':
      return connection.outage ? outageLines(name, connection.outage, nowMs) : [`${name} is open`];
    case 'throttled': {
      const restMs = Math.max(0, Date.parse(connection.until) - nowMs);
      return [
        `${name} is throttled: the platform asked to be sent nothing`,
        `  since  ${toSecond(connection.since)}`,
        `  until  ${toSecond(connection.until)} (in ${showDuration(restMs)})`,
        '  next   runs go on by themselves then;',
        `         ${byHand}`,
      ];
    }
    case 'refused':
      return [
        `${name} is refused: ${connection.code}`,
        `  since  ${toSecond(connection.since)} (${showDuration(nowMs - Date.parse(connection.since))})`,
        `  said   ${harmless(connection.message)}`,
        connection.until === undefined
          ? '  next   asked again at most a minute apart, then its runs go on by themselves;'
          : `  next   asked again at ${toSecond(connection.until)}, then its runs go on;`,
        `         ${byHand}`,
      ];
  }
}

const outageLines = (name: string, { since, message }: Outage, nowMs: number): string[] => [
  `${name} is open, but its platform gives no usable answer`,
  `  since  ${toSecond(since)} (${showDuration(nowMs - Date.parse(since))})`,
  `  said   ${harmless(message)}`,
  '  next   asked again at most a minute apart, then its runs go on by themselves',
];
