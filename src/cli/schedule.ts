/** `longhaul schedule`: runs by the clock. */
import type { Command } from 'commander';
import { addScheduleApply } from './schedule-apply.js';
import { addScheduleBackfill } from './schedule-backfill.js';
import { addScheduleShow } from './schedule-show.js';
import { addScheduleSteering } from './schedule-steer.js';
import { addScheduleWrite } from './schedule-write.js';

/** Adds `schedule` with one command per file `schedule-*.ts`. */
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
