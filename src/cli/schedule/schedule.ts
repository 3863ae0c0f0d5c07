/** `longhaul schedule`: runs by the clock. */
import type { Command } from 'commander';
import { addScheduleApply } from './apply.js';
import { addScheduleBackfill } from './backfill.js';
import { addScheduleShow } from './show.js';
import { addScheduleSteering } from './steer.js';
import { addScheduleWrite } from './write.js';

/** Adds `schedule` with a group of commands per file of this folder. */
export function addSchedule(program: Command): void {
  const schedule = program
    .command('schedule')
    .summary('start runs by the clock')
    .description(
      'Start runs by the clock. Temporal keeps schedules, and ticks also while nothing else is up.',
    )
    .addHelpText(
      'after',
      '\nExample:\n  longhaul schedule create -f examples/schedules/nightly.yaml\n  longhaul schedule next nightly --count 5',
    );
  addScheduleWrite(schedule);
  addScheduleShow(schedule);
  addScheduleSteering(schedule);
  addScheduleBackfill(schedule);
  addScheduleApply(schedule);
}
