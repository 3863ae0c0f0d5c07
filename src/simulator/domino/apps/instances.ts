/** Instances of apps: followed, read and stopped. */
import type { domino } from '../../../contract/domino/index.js';
import { Refusal, notFound } from '../../errors.js';
import type { Handlers } from '../handlers.js';
import { nano } from '../job-views.js';
import type { App, AppInstance } from '../world/state.js';
import type { Simulation } from '../world/simulation.js';
import { buildSucceeds, readyAt } from '../world/timelines.js';
import { courseOf, instanceSummary, instanceView, progressOf } from './views.js';
import { appOf, stopInstance, versionOf, wholeOf } from './versions.js';

type AppHandlers = Handlers<typeof domino>['apps'];

/** The handlers of instances. */
export const instances: Pick<AppHandlers, 'listInstances' | 'getInstance' | 'stopInstance' | 'instanceLogs'> =
  {
    listInstances(simulation, { path, metadata }) {
      const items = versionOf(appOf(simulation, path), path)
        .instances.map((instance) => instanceSummary(simulation, instance))
        .reverse();
      return { items, metadata: { ...metadata, ...wholeOf(items) } };
    },
    getInstance: (simulation, { path }) => instanceView(simulation, instanceOf(simulation, path).instance),
    stopInstance(simulation, { path, note }) {
      const { app, instance } = instanceOf(simulation, path);
      if (stopInstance(simulation, instance))
        note('changed', 'appInstance', instance.id, app.settings.description);
      return undefined;
    },
    instanceLogs(simulation, { path, query }) {
      const { app, instance } = instanceOf(simulation, path);
      const { logType = 'complete', limit = 10_000, offset = 0, latestTime = '0' } = query;
      if (!/^\d{1,30}$/.test(latestTime))
        throw new Refusal(400, 'latestTime must be a number of nanoseconds');
      const lines = logLines(simulation, app, instance).filter(
        (line) => line.timeNano > BigInt(latestTime) && (logType === 'complete' || line.logType === logType),
      );
      const shown = lines.slice(offset, offset + limit);
      return {
        logContent: shown.map(({ log, logType: type, timeNano }) => ({
          log,
          logType: type,
          size: log.length,
          timestamp: Number(timeNano / 1_000_000n),
        })),
        isComplete: progressOf(simulation, instance).isCompleted && offset + limit >= lines.length,
        pagination: { latestTime: shown.at(-1)?.timeNano.toString() ?? latestTime, limit, offset },
      };
    },
  };

interface InstancePath {
  readonly appId: string;
  readonly versionId: string;
  readonly instanceId: string;
}

function instanceOf(simulation: Simulation, path: InstancePath): { app: App; instance: AppInstance } {
  const app = appOf(simulation, path);
  const instance = versionOf(app, path).instances.find(({ id }) => id === path.instanceId);
  if (instance === undefined) throw notFound('app instance', path.instanceId);
  return { app, instance };
}

/** The lines of an instance's log up to now. */
function logLines({ clock }: Simulation, { settings }: App, instance: AppInstance) {
  const course = courseOf(instance);
  const ready = readyAt(course);
  const until = Math.min(clock.now(), instance.stop?.at ?? Number.POSITIVE_INFINITY);
  const lines = [
    { at: ready - instance.queueMs / 2, log: 'Pulling the image', logType: 'prepareoutput' },
    { at: ready, log: `+ ${settings.entryPoint}`, logType: 'stdout' },
    instance.fails
      ? { at: course.runEndsAt, log: 'the entry script did not succeed', logType: 'stderr' }
      : { at: ready, log: 'Listening on 0.0.0.0:8888', logType: 'stdout' },
  ];
  return lines
    .filter(({ at }) => buildSucceeds(instance.build) && at <= until)
    .map(({ at, ...line }, index) => ({ ...line, timeNano: nano(at, index) }));
}
