/** Asks the model that the demo has deployed for a prediction: the proof that the release serves. */
import { z } from 'zod';
import { exitCodes } from '../exit-codes.js';
import { showMetrics } from '../run/view/outcome.js';
import { harmless } from '../terminal/paint.js';
import { Stop } from '../stop.js';

/** What is read of a release. */
const Release = z.object({
  job: z.object({ metrics: z.record(z.string(), z.number()) }),
  deployment: z.object({ predictUrl: z.string() }),
});

/** A flower of the species virginica. */
const flower = { sepal_length: 6.3, sepal_width: 3.3, petal_length: 6.0, petal_width: 2.5 };
const timeoutMs = 10_000;

/** Throws `Stop` when the model does not answer. */
export async function askPrediction(
  release: unknown,
  apiKey: string,
): Promise<{ readonly metrics: string; readonly lines: readonly string[] }> {
  const { job, deployment } = Release.parse(release);
  const response = await fetch(deployment.predictUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-domino-api-key': apiKey },
    body: JSON.stringify({ data: flower }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const answer = harmless(await response.text()).trim();
  if (!response.ok)
    throw new Stop(
      exitCodes.error,
      `the deployed model answered ${response.status} at ${deployment.predictUrl}: ${answer.slice(0, 500)}`,
    );
  return {
    metrics: showMetrics(job.metrics),
    lines: [
      `  asked       POST ${deployment.predictUrl} ${JSON.stringify({ data: flower })}`,
      `  answered    ${answer}`,
    ],
  };
}
