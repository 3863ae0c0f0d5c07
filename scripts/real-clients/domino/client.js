/** Domino's Python client: the package is imported as `domino`. */
import { fileURLToPath } from 'node:url';

export default {
  title: 'dominodatalab 2.2.0',
  requirement: 'dominodatalab==2.2.0',
  simulator: {
    speed: 600,
    world: fileURLToPath(new URL('../../../examples/worlds/quick-start.yaml', import.meta.url)),
  },
};
