/** Budgets: what may be spent in a month, by default and for one project, organization or billing tag. */
import { z } from 'zod';
import { Refusal, notFound } from '../../errors.js';
import { type Routes, route } from './route.js';
import { budgetLabels } from './state.js';

const fields = {
  budgetLabel: z.enum(budgetLabels),
  limit: z.number().nonnegative(),
  window: z.string().default('monthly'),
};
const Default = z.strictObject({ ...fields, budgetType: z.literal('Default') });
const Override = z.strictObject({ ...fields, budgetType: z.literal('Override'), labelId: z.string().min(1) });

const Alerts = z.strictObject({
  alertsEnabled: z.boolean(),
  notifyOrgOwner: z.boolean(),
  alertTargets: z.array(z.strictObject({ label: z.enum(budgetLabels), emails: z.array(z.string()) })),
});

const overridesPath = '/v4/cost/budgets/overrides';
const overridePath = `${overridesPath}/{labelId}` as const;
const alertsPath = '/v4/cost/budgets/global/alertsSettings';

/** The routes of budgets. */
export const budgets: Routes = {
  'v4Budgets.listDefaults': route({
    method: 'GET',
    path: '/v4/cost/budgets/defaults',
    answer: ({ state }) => [...state.legacy.budgetDefaults.values()],
  }),
  'v4Budgets.setDefault': route({
    method: 'PUT',
    path: '/v4/cost/budgets/defaults/{label}',
    body: Default,
    answer({ state }, { path, body, note }) {
      if (path.label !== body.budgetLabel)
        throw new Refusal(400, `budgetLabel is ${body.budgetLabel}, and the path says ${path.label}`);
      state.legacy.budgetDefaults.set(path.label, body);
      note('changed', 'budget', path.label);
      return body;
    },
  }),
  'v4Budgets.listOverrides': route({
    method: 'GET',
    path: overridesPath,
    answer: ({ state }) => [...state.legacy.budgetOverrides.values()],
  }),
  'v4Budgets.addOverride': route({
    method: 'POST',
    path: overridesPath,
    body: Override,
    answer({ state }, { body, note }) {
      if (state.legacy.budgetOverrides.has(body.labelId))
        throw new Refusal(400, `There is a budget for ${body.labelId} already`);
      state.legacy.budgetOverrides.set(body.labelId, body);
      note('created', 'budget', body.labelId);
      return body;
    },
  }),
  'v4Budgets.updateOverride': route({
    method: 'PUT',
    path: overridePath,
    body: Override,
    answer({ state }, { path, body, note }) {
      if (!state.legacy.budgetOverrides.has(path.labelId)) throw notFound('budget', path.labelId);
      state.legacy.budgetOverrides.set(path.labelId, body);
      note('changed', 'budget', path.labelId);
      return body;
    },
  }),
  'v4Budgets.removeOverride': route({
    method: 'DELETE',
    path: overridePath,
    answer({ state }, { path, note }) {
      if (!state.legacy.budgetOverrides.delete(path.labelId)) throw notFound('budget', path.labelId);
      note('changed', 'budget', path.labelId);
      return [`The budget for ${path.labelId} was removed`];
    },
  }),
  'v4Budgets.alerts': route({
    method: 'GET',
    path: alertsPath,
    answer: ({ state }) => state.legacy.budgetAlerts,
  }),
  'v4Budgets.updateAlerts': route({
    method: 'PUT',
    path: alertsPath,
    body: Alerts,
    answer({ state }, { body }) {
      state.legacy.budgetAlerts = body;
      return body;
    },
  }),
};
