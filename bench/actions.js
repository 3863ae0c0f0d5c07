/** What Temporal counts as actions, read from histories. */

const billed = [
  'workflowExecutionStarted',
  'workflowExecutionSignaled',
  'activityTaskScheduled',
  'timerStarted',
  'upsertWorkflowSearchAttributes',
];

/** Actions in one history: its billed events, and each try of an activity after the first. */
export function actionsIn(events) {
  const retries = events.reduce(
    (sum, { activityTaskStartedEventAttributes: one }) => sum + retriesOf(one),
    0,
  );
  return events.filter((event) => billed.some((kind) => event[`${kind}EventAttributes`])).length + retries;
}

/**
 * Tries of an activity after the first. One that was completed by its id while it rested has an event of its start without a
 * request: Temporal writes it for the try that would have been next, which no worker has got.
 */
export function retriesOf(started) {
  if (!started) return 0;
  return Math.max(0, started.attempt - (started.requestId ? 1 : 2));
}

/** Actions that a run has caused elsewhere: the signals that hand its waits over, and the starts of its holds. */
export async function actionsElsewhere(workflow) {
  let signals = 0;
  let holds = 0;
  for await (const { type, workflowId, runId } of workflow.list()) {
    if (type === 'holdModel') holds += 1;
    if (type !== 'lookout') continue;
    const { events } = await workflow.getHandle(workflowId, runId).fetchHistory();
    signals += events.filter((event) => event.workflowExecutionSignaledEventAttributes).length;
  }
  return { signals, holds };
}
