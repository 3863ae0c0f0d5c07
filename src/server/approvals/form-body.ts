/** Forms as browsers send them, from our own pages. Only those of approvals have one. */
import type { FastifyRequest } from 'fastify';
import { LonghaulError } from '../../run/failures/errors.js';

export const formType = 'application/x-www-form-urlencoded';

/** What it throws rejects: `REQUEST_MALFORMED` for a field that is there twice. */
export const readForm = (_request: FastifyRequest, body: Buffer): Promise<Record<string, string>> =>
  new Promise((resolve) => {
    const fields = [...new URLSearchParams(body.toString('utf8'))];
    if (new Set(fields.map(([name]) => name)).size < fields.length)
      throw new LonghaulError('REQUEST_MALFORMED', 'the form has a field twice');
    resolve(Object.fromEntries(fields));
  });

/**
 * The page sends no referrer, so its own form comes with `Origin: null`; browsers that tell where a form comes from
 * do so by `Sec-Fetch-Site`.
 * @throws LonghaulError `ACCESS_DENIED` for a form of another site
 */
export function refuseForeignForm({ headers }: FastifyRequest, publicUrl: string | undefined): void {
  const { 'sec-fetch-site': site, origin = 'null', host } = headers;
  const own = [host, publicUrl === undefined ? undefined : new URL(publicUrl).host];
  const isOwn =
    site === undefined
      ? origin === 'null' || (URL.canParse(origin) && own.includes(new URL(origin).host))
      : site === 'same-origin';
  if (!isOwn) throw new LonghaulError('ACCESS_DENIED', 'a decision is sent from the page of its link alone');
}
