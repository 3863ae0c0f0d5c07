/** Datasets as the web interface makes, lists and changes them. */
import { z } from 'zod';
import { Refusal } from '../../errors.js';
import { createDataset } from '../datasets.js';
import { type Simulation, need } from '../world/simulation.js';
import type { Dataset } from '../world/state.js';
import { type Routes, route } from './route.js';

const path = '/dataset/{datasetId}';

/** The routes of datasets. */
export const datasets: Routes = {
  'legacyDatasets.list': route({
    method: 'GET',
    path: '/dataset',
    query: z.strictObject({ projectId: z.string().optional() }),
    answer: ({ state }, { query: { projectId } }) =>
      [...state.datasets.values()]
        .filter(({ project }) => (projectId ?? project.id) === project.id)
        .map(datasetView),
  }),
  'legacyDatasets.create': route({
    method: 'POST',
    path: '/dataset',
    body: z.strictObject({
      datasetName: z.string().min(1),
      description: z.string().default(''),
      projectId: z.string(),
    }),
    answer(simulation, { body: { datasetName: name, ...body }, note }) {
      const dataset = createDataset(simulation, { ...body, name });
      note('created', 'dataset', dataset.id, dataset.description);
      return datasetView(dataset);
    },
  }),
  'legacyDatasets.get': route({
    method: 'GET',
    path,
    answer: ({ state }, call) => datasetView(need(state.datasets, call.path.datasetId, 'dataset')),
  }),
  'legacyDatasets.update': route({
    method: 'PATCH',
    path,
    body: z.strictObject({ datasetName: z.string().min(1).optional(), description: z.string().optional() }),
    answer(simulation, call) {
      const dataset = need(simulation.state.datasets, call.path.datasetId, 'dataset');
      const { datasetName = dataset.name, description = dataset.description } = call.body;
      checkName(simulation, dataset, datasetName);
      Object.assign(dataset, { name: datasetName, description });
      call.note('changed', 'dataset', dataset.id, description);
      return datasetView(dataset);
    },
  }),
  'legacyDatasets.remove': route({
    method: 'DELETE',
    path,
    answer({ state }, call) {
      const dataset = need(state.datasets, call.path.datasetId, 'dataset');
      state.datasets.delete(dataset.id);
      call.note('changed', 'dataset', dataset.id, dataset.description);
      return datasetView(dataset);
    },
  }),
};

function checkName({ state }: Simulation, dataset: Dataset, name: string): void {
  for (const other of state.datasets.values())
    if (other !== dataset && other.project === dataset.project && other.name === name)
      throw new Refusal(400, `A dataset named ${JSON.stringify(name)} already exists in the project`);
}

const datasetView = ({ id, name, description, project, createdAt }: Dataset) => ({
  datasetId: id,
  datasetName: name,
  description,
  projectId: project.id,
  created: createdAt,
});
