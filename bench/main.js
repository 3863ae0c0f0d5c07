/** Prints the figures of docs/performance.md: all, or those named: `npm run bench -- events calls`. */
import { measureCalls } from './calls.js';
import { measureCampaign } from './campaign.js';
import { measureCpu } from './cpu.js';
import { measureDirect } from './direct.js';
import { measureDocumentRuns } from './document-runs.js';
import { measureDocuments } from './documents.js';
import { measureEvents } from './events.js';
import { measureHistory } from './history.js';
import { measureServer } from './http.js';
import { measureHolds } from './holds.js';
import { measureMemory } from './memory.js';
import { measureOthers } from './others.js';
import { measureRetrain } from './retrain.js';
import { measureSchedules } from './schedules.js';
import { measureTrigger } from './trigger.js';
import { measureWaiting } from './waiting.js';
import { named } from './options.js';

const figures = {
  events: measureEvents,
  calls: measureCalls,
  cpu: measureCpu,
  holds: measureHolds,
  direct: measureDirect,
  trigger: measureTrigger,
  memory: measureMemory,
  server: measureServer,
  schedules: measureSchedules,
  retrain: measureRetrain,
  history: measureHistory,
  campaign: measureCampaign,
  documents: measureDocuments,
  others: measureOthers,
  'document-runs': measureDocumentRuns,
  waiting: measureWaiting,
};
const unknown = named.filter((name) => !(name in figures));
if (unknown.length > 0) {
  console.error(
    `there is no figure ${unknown.join(', ')}; the figures are ${Object.keys(figures).join(', ')}`,
  );
  process.exit(2);
}

console.log('| figure | measured | bound |\n| --- | --- | --- |');
/** Without names, all but the one that takes an hour and needs PostgreSQL. */
const usual = Object.keys(figures).filter((name) => name !== 'waiting');
for (const name of named.length > 0 ? named : usual)
  for (const row of await figures[name]()) console.log(`| ${row.join(' | ')} |`);
process.exit(0);
