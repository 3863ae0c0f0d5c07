/** Model deployments, as they are kept, and how they stand. Times are simulated milliseconds since the epoch. */
import type { DeploymentTarget, ResourceConfiguration } from './administration.js';

/** A model deployment. */
export interface ModelDeployment {
  readonly id: string;
  readonly createdAt: number;
  /** What it is now; each change is another version. */
  settings: DeploymentSettings;
  version: number;
  /** What was asked for, oldest first; the first is its creation. */
  readonly orders: Order[];
  /** How long it takes to come into service. */
  readonly deployMs: number;
  /** Why it never comes into service; left out, it does. */
  readonly failure: string | undefined;
}

/** What can be changed of a model deployment. */
export interface DeploymentSettings {
  readonly name: string;
  readonly description: string;
  readonly target: DeploymentTarget;
  readonly resource: ResourceConfiguration;
  readonly models: readonly DeployedModel[];
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly collaborators: readonly { readonly id: string; readonly role: string }[];
  readonly isGloballyAccessible: boolean;
}

/** A registered model in a deployment. */
export interface DeployedModel {
  readonly name: string;
  readonly environmentId: string;
  readonly source: { readonly registeredModelName: string; readonly registeredModelVersion: number };
}

interface Order {
  readonly at: number;
  readonly order: 'create' | 'start' | 'update' | 'stop' | 'delete';
  /** Whether it serves once the order is carried out, unless it fails. */
  readonly serves: boolean;
}

/** What a deployment is doing, or what it is. */
export type DeploymentState =
  'STARTING' | 'RUNNING' | 'UPDATING' | 'STOPPING' | 'STOPPED' | 'FAILED' | 'DELETING' | 'DELETED';

const ways = {
  create: 'STARTING',
  start: 'STARTING',
  update: 'UPDATING',
  stop: 'STOPPING',
  delete: 'DELETING',
} as const;
/** A changed deployment is in service again after this share of the time that it took at first. */
const updateShare = 0.5;
const endMs = 2_000;
/** So long nothing is known of a new one. */
const unknownMs = 500;

/** The state of a deployment; `undefined` for the first moment, in which the platform tells none. */
export function stateOf(
  { orders, deployMs, failure }: ModelDeployment,
  now: number,
): DeploymentState | undefined {
  const last = orders.findLast(({ at }) => at <= now);
  if (last === undefined || (last.order === 'create' && now < last.at + unknownMs)) return undefined;
  const { at, order, serves } = last;
  if (now < at + durationOf(order, deployMs)) return ways[order];
  if (order === 'delete') return 'DELETED';
  if (!serves) return 'STOPPED';
  return failure === undefined ? 'RUNNING' : 'FAILED';
}

function durationOf(order: Order['order'], deployMs: number): number {
  if (order === 'stop' || order === 'delete') return endMs;
  return order === 'update' ? deployMs * updateShare : deployMs;
}

/** Whether somebody has asked for its end. */
export const isDeleted = ({ orders }: ModelDeployment): boolean => orders.at(-1)?.order === 'delete';
