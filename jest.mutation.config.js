import jest from './jest.config.js';

const [{ displayName: _, ...unit }] = jest.projects;

/** The unit tests alone, as Stryker runs them: those of the built code are not of what it changes. */
export default {
  ...unit,
  testPathIgnorePatterns: [...unit.testPathIgnorePatterns, '/test/(chaos|deploy|dev|cli)/', 'guards.test'],
};
