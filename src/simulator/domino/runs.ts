/** Runs: jobs as legacy `/v1` starts and tells them. */
import type { domino } from '../../contract/domino/index.js';
import { Refusal } from '../errors.js';
import type { Handlers } from './handlers.js';
import { logLines, outputCommit, progressOf } from './job-views.js';
import { startJob } from './jobs.js';
import { namedProject } from './project-files.js';
import { type Simulation, need } from './world/simulation.js';
import type { Job } from './world/state.js';

/** The handlers of runs. */
export const runs: Handlers<typeof domino>['runs'] = {
  list(simulation, { path }) {
    const project = namedProject(simulation, path);
    const data = [...simulation.state.jobs.values()]
      .filter((job) => job.project === project)
      .sort((a, b) => b.number - a.number)
      .map((job) => runView(simulation, job));
    const url = `/v1/projects/${path.owner}/${path.project}/runs`;
    return { object: 'list', objectType: 'list', url, uri: url, data };
  },
  start(simulation, { path, body, note }) {
    const project = namedProject(simulation, path);
    const job = startJob(simulation, {
      projectId: project.id,
      runCommand: body.isDirect ? body.command.join(' ') : body.command.map(quoted).join(' '),
      title: body.title,
      hardwareTier: tierNamed(simulation, body.tier),
      commitId: body.commitId,
    });
    note('created', 'job', job.id, job.title);
    const name = `${path.owner}/${path.project}`;
    return { runId: job.id, message: `The run of ${name} has started: /jobs/${name}/${job.id}` };
  },
  get: (simulation, { path }) => runView(simulation, runOf(simulation, path)),
  stdout(simulation, { path }) {
    const lines = logLines(simulation, runOf(simulation, path));
    const text = (isSetup: boolean) =>
      lines
        .filter(({ logType }) => (logType === 'prepareOutput') === isSetup)
        .map(({ log }) => `${log}\n`)
        .join('');
    return { setup: text(true), stdout: text(false) };
  },
};

interface Named {
  readonly owner: string;
  readonly project: string;
  readonly runId: string;
}

function runOf(simulation: Simulation, path: Named): Job {
  const project = namedProject(simulation, path);
  const own = new Map([...simulation.state.jobs].filter(([, job]) => job.project === project));
  return need(own, path.runId, 'run');
}

/** An argument as a shell reads it. */
const quoted = (argument: string): string =>
  /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;

/** The id of the tier with this name. */
function tierNamed({ state }: Simulation, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const named = [...state.hardwareTiers.values()].find(
    (tier) => tier.name === name && !tier.flags.isArchived,
  );
  if (named === undefined) throw new Refusal(400, `There is no hardware tier named ${JSON.stringify(name)}`);
  return named.id;
}

function runView(simulation: Simulation, job: Job) {
  const progress = progressOf(simulation, job);
  const { status, isCompleted, startedAt, completedAt } = progress;
  return {
    id: job.id,
    projectId: job.project.id,
    number: job.number,
    startingUserId: simulation.state.user.id,
    queued: job.submittedAt,
    started: startedAt ?? null,
    completed: completedAt ?? null,
    status,
    isCompleted,
    commitId: job.inputCommitId,
    outputCommitId: outputCommit(job, progress) ?? null,
    title: job.title ?? null,
    isArchived: false,
    hardwareTierId: job.hardwareTierId,
  };
}
