/** Datasets as the web interface makes, lists and changes them. */
import { z } from 'zod';
import { createDataset, removeDataset, refuseTaken } from '../datasets.js';
import { need } from '../world/simulation.js';
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
      if (datasetName !== dataset.name) refuseTaken(simulation, dataset.project, datasetName);
      Object.assign(dataset, { name: datasetName, description });
      call.note('changed', 'dataset', dataset.id, description);
      return datasetView(dataset);
    },
  }),
  'legacyDatasets.remove': route({
    method: 'DELETE',
    path,
    answer(simulation, call) {
      const dataset = need(simulation.state.datasets, call.path.datasetId, 'dataset');
      removeDataset(simulation, dataset);
      call.note('changed', 'dataset', dataset.id, dataset.description);
      return datasetView(dataset);
    },
  }),
};

const datasetView = ({ id, name, description, project, createdAt }: Dataset) => ({
  datasetId: id,
  datasetName: name,
  description,
  projectId: project.id,
  created: createdAt,
});
