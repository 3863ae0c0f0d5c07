/**
 * Bugs to plant in the built code of workers, each by exact replacements, and the scenario that must find it. A
 * replacement whose text is not there once and only once fails the bench: the bug has to be planted anew then.
 */

/** `runs` of the scenario with the default seed must find it; `built` re-bundles the workflows. */
export const bugs = [
  {
    name: 'marker-not-looked-for',
    says: 'a creation whose answer was lost is sent again without a look',
    ...{ scenario: 'lost-answers', runs: 24 },
    edits: [
      [
        'activities/effect/ensure.js',
        'if (attempt.number > 1 || effect.lookFirst) {',
        'if (effect.lookFirst) {',
      ],
    ],
  },
  {
    name: 'marker-of-the-moment',
    says: 'the marker is another one each time that it is asked for',
    ...{ scenario: 'lost-answers', runs: 24 },
    edits: [
      [
        'client/markers.js',
        'shortHash(partsOf(origin))',
        'shortHash([...partsOf(origin), String(Math.random())])',
      ],
    ],
  },
  {
    name: 'look-up-by-pages',
    says: 'only the first five items of a list are looked through',
    ...{ scenario: 'stale', runs: 24 },
    edits: [
      [
        'platform/pages.js',
        'const { items, total } = await readPage(offset);',
        'const items = (await readPage(offset)).items.slice(0, 5);\n        const total = from + items.length;',
      ],
    ],
  },
  {
    name: 'adopted-without-comparing',
    says: 'an environment of the right name is used, whoever made it from whatever',
    ...{ scenario: 'shared-names', runs: 24 },
    edits: [
      [
        'activities/domino/environments/environments.js',
        'if (spec.adopt === true)\n        return;',
        'return;',
      ],
    ],
  },
  {
    name: 'adopted-is-stopped',
    says: 'the job that is adopted is stopped with its duplicates',
    ...{ scenario: 'lost-answers', runs: 24 },
    edits: [
      [
        'activities/domino/jobs/undo-jobs.js',
        'const own = made !== undefined && keep !== true ?',
        'const own = made !== undefined ?',
      ],
    ],
  },
  {
    name: '404-is-final',
    says: 'any 404 is the platform’s word',
    ...{ scenario: 'proxies', runs: 24 },
    edits: [
      [
        'platform/classify.js',
        '!refusals.statuses.includes(status) || !isRefusal(text, refusals)',
        '!refusals.statuses.includes(status) || (status !== 404 && !isRefusal(text, refusals))',
      ],
    ],
  },
  {
    name: 'no-settle',
    says: 'what is not found at once is sent again',
    ...{ scenario: 'late-commits', runs: 24 },
    edits: [['activities/effect/ensure.js', 'if (known.looks < enough) {', 'if (false) {']],
  },
  {
    name: 'retry-inside-got',
    says: 'the HTTP client repeats requests by itself',
    ...{ scenario: 'lost-answers', runs: 24 },
    edits: [
      [
        'platform/transport.js',
        'retry: { limit: 0 },',
        "retry: { limit: 2, methods: ['GET', 'POST', 'PUT'], statusCodes: [408, 502, 503] },",
      ],
    ],
  },
  {
    name: 'redirects-followed',
    says: 'the HTTP client follows redirects, with the key',
    ...{ scenario: 'proxies', runs: 24 },
    edits: [['platform/transport.js', 'followRedirect: false', 'followRedirect: true']],
  },
  {
    name: 'latest-revision',
    says: 'a job runs on the latest revision instead of the one that was built for it',
    ...{ scenario: 'shared-names', runs: 24 },
    edits: [
      [
        'activities/domino/jobs/jobs.js',
        'environmentRevisionSpec: spec.revisionId && `SomeRevision(${spec.revisionId})`',
        "environmentRevisionSpec: 'LatestRevision'",
      ],
    ],
  },
  {
    name: 'unknown-status-is-success',
    says: 'a build whose status is not listed counts as built',
    ...{ scenario: 'calm', runs: 24 },
    edits: [
      ['activities/domino/statuses.js', "    pushing: 'waiting',\n", ''],
      [
        'activities/domino/statuses.js',
        "builds[normal(status)]) || 'unknown' : 'waiting'",
        "builds[normal(status)]) || 'succeeded' : 'waiting'",
      ],
    ],
  },
  {
    name: 'retry-after-ignored',
    says: 'only the request that was throttled waits, and as long as it likes',
    ...{ scenario: 'throttle', runs: 24 },
    edits: [['platform/call.js', 'connection.gate?.hold(heldMs);', ';']],
  },
  {
    name: '408-is-not-ambiguous',
    says: 'a 408 is taken for a request that was not carried out',
    ...{ scenario: 'late-commits', runs: 68 },
    edits: [
      [
        'platform/classify.js',
        "return code === 'ANSWER_LOST' || code === 'PROXY_PAGE';",
        "return outcome.status !== 408 && (code === 'ANSWER_LOST' || code === 'PROXY_PAGE');",
      ],
    ],
  },
  {
    name: 'truncated-answer-is-failure',
    says: 'an answer to a write that cannot be read fails the run',
    ...{ scenario: 'lost-answers', runs: 24 },
    edits: [
      [
        'platform/classify.js',
        "if (write)\n        return 'ANSWER_LOST';",
        "if (write)\n        return 'REQUEST_REJECTED';",
      ],
    ],
  },
  {
    name: 'hold-not-taken',
    says: 'a run does not wait for another one that trains the same model',
    ...{ scenario: 'shared-names', runs: 24 },
    edits: [
      [
        'activities/effect/holds.js',
        'const holder = hold === undefined ? null : await take(hold, origin.runId);',
        'const holder = null;',
      ],
    ],
  },
  {
    name: 'cancel-swallowed',
    says: 'a cancelled run ends without stopping what it has running',
    ...{ scenario: 'cancels', runs: 24, bundled: true },
    edits: [
      [
        'workflows/kernel/undo.js',
        '() => performAll(effectsOf, chosen, {',
        '() => performAll(effectsOf, [], {',
      ],
    ],
  },
  {
    name: 'undo-by-list-only',
    says: 'the job that a run knows by its id is not stopped by it, and no list is looked through for it',
    ...{ scenario: 'cancels', runs: 24 },
    edits: [
      [
        'activities/domino/jobs/undo-jobs.js',
        'const known = [...new Set([...own, ...seen])];',
        'const known = [];',
      ],
    ],
  },
  {
    name: 'late-commits-not-swept',
    says: 'what a request in doubt makes later is not looked for',
    ...{ scenario: 'late-commits', runs: 24, bundled: true },
    edits: [['workflows/kernel/undo.js', 'if (inDoubt === true)', 'if (false)']],
  },
  {
    name: 'baseline-none',
    says: 'a model that is live but not well is nothing to beat',
    ...{ scenario: 'calm', runs: 24 },
    edits: [
      [
        'activities/domino/models/models.js',
        'const serving = await readBaseline(findDeployed(deps, id, modelApi));',
        `const known = await findDeployed(deps, id, modelApi);
            const path = known && { modelApiId: known.modelApiId, versionId: known.versionId };
            const state = path && (await deps.domino.modelApis.getVersion({ path })).deployment;
            const serving = state?.status === 'Running' ? known : null;`,
      ],
    ],
  },
  {
    name: '401-parks-for-ever',
    says: 'runs that parked for a refused key stay parked once it is accepted again',
    ...{ scenario: 'revoked-key', runs: 24 },
    edits: [
      [
        'activities/connections.js',
        '(await retry(client, run, why)) && once === true ? toldAtMost : 1',
        'toldAtMost',
      ],
    ],
  },
  {
    name: 'undo-by-name',
    says: 'undoing stops every running job of the project',
    ...{ scenario: 'cancels', runs: 24 },
    edits: [['activities/domino/jobs/marked-jobs.js', 'if (job.title?.includes(marker))', 'if (job.title)']],
  },
  {
    name: 'secret-in-message',
    says: 'the message of a failed call names the key',
    ...{ scenario: 'lost-answers', runs: 24 },
    edits: [
      [
        'platform/call.js',
        '`${redact(title())} ${said}`',
        '`${redact(title())} ${said} ${credentials[0].value}`',
      ],
    ],
  },
  {
    name: 'ubiops-upload-not-looked-for',
    says: 'a revision whose upload was not answered is uploaded again without a look at what is new',
    ...{ scenario: 'ubiops-lost-answers', runs: 24 },
    edits: [
      [
        'activities/ubiops/environments/revisions.js',
        'const listed = newestFirst(await deps.ubiops.revisions.list({ path: place }));',
        'const listed = newestFirst(await deps.ubiops.revisions.list({ path: place })).filter((one) => !isNew(before)(one));',
      ],
    ],
  },
  {
    name: 'ubiops-open-requests-not-looked-for',
    says: 'requests are looked for among those that have ended alone',
    ...{ scenario: 'ubiops-lost-answers', runs: 24 },
    edits: [
      [
        'activities/ubiops/requests/marked-requests.js',
        'await readMarked(deps, searching, listOpen(deps, place, goesOn));',
        ';',
      ],
    ],
  },
  {
    name: 'ubiops-requests-not-cancelled',
    says: 'a request that is to be cancelled counts as one that has ended',
    ...{ scenario: 'ubiops-cancels', runs: 24 },
    edits: [
      [
        'activities/ubiops/requests/undo-requests.js',
        'if (!mayGoOn(before))\n        return standingIn(id, before);',
        "return { state: 'ended', id };",
      ],
    ],
  },
];
