/** URLs in the configuration: they are shown, so none holds a password. */
import { z } from 'zod';

/** Whether it names nobody; what is no URL does not. */
export function namesNobody(url: string): boolean {
  if (!URL.canParse(url)) return true;
  const { username, password } = new URL(url);
  return username === '' && password === '';
}

/** An http or https URL. */
export const httpUrl = (error = 'must be an http(s) URL without a password') =>
  z.url({ protocol: /^https?$/, error, abort: true }).refine(namesNobody, error);
