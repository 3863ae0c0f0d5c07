/** I4: what other users made, which carries no marker, is never stopped, cancelled or archived. */
import type { TrialEvidence, Violation } from '../evidence.js';

/** Objects of others that are not as they left them. */
export function findTouched({ objects }: TrialEvidence): Violation[] {
  const { jobs, environments, revisions } = objects;
  const touched = (what: string, id: string): Violation => ({
    ...{ rule: 'foreign', what: `${what} of another user`, about: [id] },
  });
  return [
    ...jobs
      .filter(({ marker, status }) => marker === null && status.startsWith('Stop'))
      .map(({ id, number }) => touched(`job ${number} was stopped, which is`, id)),
    ...environments
      .filter(({ marker, archived }) => marker === null && archived)
      .map(({ id, name }) => touched(`environment ${name} was archived, which is`, id)),
    ...revisions
      .filter(({ marker, status }) => marker === null && status === 'killed')
      .map(({ id }) => touched(`the build of revision ${id} was cancelled, which is`, id)),
  ];
}
