/** Prints the figures of docs/performance.md: all, or those named: `npm run bench -- events calls`. */
import { measureCalls } from './calls.js';
import { measureCampaign } from './campaign.js';
import { measureCpu } from './cpu.js';
import { measureDocumentRuns } from './document-runs.js';
import { measureDocuments } from './documents.js';
import { measureEvents } from './events.js';
import { measureHistory } from './history.js';
import { measureServer } from './http.js';
import { measureMemory } from './memory.js';
import { measurePriorities } from './priorities.js';
import { measureRetrain } from './retrain.js';
import { measureSchedules } from './schedules.js';
import { measureTrigger } from './trigger.js';

const figures = {
  events: measureEvents,
  calls: measureCalls,
  cpu: measureCpu,
  trigger: measureTrigger,
  memory: measureMemory,
  priorities: measurePriorities,
  server: measureServer,
  schedules: measureSchedules,
  retrain: measureRetrain,
  history: measureHistory,
  campaign: measureCampaign,
  documents: measureDocuments,
  'document-runs': measureDocumentRuns,
};
/** `--runs 100` is for the figure that takes it. */
const named = process.argv.slice(2).filter((word, at, all) => word !== '--runs' && all[at - 1] !== '--runs');
const unknown = named.filter((name) => !(name in figures));
if (unknown.length > 0) {
  console.error(
    `there is no figure ${unknown.join(', ')}; the figures are ${Object.keys(figures).join(', ')}`,
  );
  process.exit(2);
}

console.log('| figure | measured | bound |\n| --- | --- | --- |');
for (const name of named.length > 0 ? named : Object.keys(figures))
  for (const row of await figures[name]()) console.log(`| ${row.join(' | ')} |`);
process.exit(0);
