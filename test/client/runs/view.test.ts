import { describe, expect, it } from '@jest/globals';
import {
  type Client,
  ServiceError,
  type WorkflowExecutionDescription,
  type WorkflowHandle,
} from '@temporalio/client';
import { viewOf } from '../../../src/client/runs/view.js';

describe('the view of a run', () => {
  it('is refused when Temporal cannot be asked how the run ended, and does not blame the workers', async () => {
    const unavailable = Object.assign(new Error('no connection'), { code: 14, details: '', metadata: {} });
    const failed = new ServiceError('Failed to get Workflow execution history', { cause: unavailable });
    const handle = { result: () => Promise.reject(failed) } as unknown as WorkflowHandle;
    const described = { status: { name: 'FAILED' } } as unknown as WorkflowExecutionDescription;
    await expect(viewOf({} as unknown as Client, handle, described)).rejects.toBe(failed);
  });
});
