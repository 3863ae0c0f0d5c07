/** How Domino refuses (domino-api.md, section 2.4). */
import type { Refusals } from '../wing.js';

/** Fields that Domino's error bodies hold beside the message. */
const besideWords: readonly string[] = ['requestId', 'correlationId', 'code'];

/** A 403 with one of these words is about a quota, not about permissions. */
const quotaWords = /quota|limit(?!ed)|budget|exceed/i;

/** On these two paths 409 means “log in again”, not “exists already”. */
const startingJobs = /^\/v4\/jobs\/(start|restart)$/;

/** Domino's error bodies are `{errors, requestId}`, `{error}`, `{message}` and `{redirectPath}`. */
export const dominoRefusals: Refusals = {
  statuses: [400, 401, 403, 404, 405, 409, 410, 413, 415, 422],
  isOwn: ({ errors, error, message, redirectPath, ...rest }) => {
    if (Array.isArray(errors)) return errors.length > 0 && errors.every((one) => typeof one === 'string');
    const isSaid = [error, message, redirectPath].some((words) => typeof words === 'string');
    return isSaid && Object.keys(rest).every((key) => besideWords.includes(key));
  },
  said: ({ errors, error, message, requestId }) => {
    const words = Array.isArray(errors)
      ? errors.filter((one) => typeof one === 'string').join('; ')
      : (error ?? message);
    return {
      words: typeof words === 'string' ? words : '',
      requestId: typeof requestId === 'string' ? requestId : undefined,
    };
  },
  codeOf: ({ path, status, reason }) => {
    if (status === 403 && quotaWords.test(reason)) return 'QUOTA_EXCEEDED';
    if (status === 409 && startingJobs.test(path)) return 'CREDENTIALS_REJECTED';
    return null;
  },
};
