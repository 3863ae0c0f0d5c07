/** The states of the steps of a run, and who is told of their changes. */
import type { Json, RemoteReference, Step, StepState } from '../../run/steps.js';
import { itemName, wholeOf } from '../../steps/ends.js';

export interface StepStatesOptions {
  /** In order. */
  readonly names: readonly string[];
  /** Above 1 where an earlier effect is left behind. */
  generationOf(step: string): number | undefined;
  /** As the leg before has left them, with the items of each behind it; those that are not there are pending. */
  readonly before?: readonly Step[];
  /** Told of all steps at first, and of every change of one. */
  changed(steps: readonly Step[], changed?: Step): void;
}

/** Each object once, as it was named last. */
export const withAdded = (
  references: readonly RemoteReference[],
  added: readonly RemoteReference[],
): readonly RemoteReference[] => [
  ...references.filter(({ kind, id }) => !added.some((one) => one.kind === kind && one.id === id)),
  ...added,
];

/** All of them, pending at first. */
export class StepStates {
  readonly #options: StepStatesOptions;
  #steps: Map<string, Step>;

  constructor(options: StepStatesOptions) {
    this.#options = options;
    const { names, before = [] } = options;
    const stood = (name: string): Step[] => {
      const own = before.filter((step) => wholeOf(step.name) === name);
      return own[0]?.name === name ? own : [this.#pending(name), ...own];
    };
    this.#steps = new Map(names.flatMap(stood).map((step) => [step.name, step]));
    options.changed(this.all());
  }

  all(): Step[] {
    return [...this.#steps.values()];
  }

  get(name: string): Step | undefined {
    return this.#steps.get(name);
  }

  enter(name: string, state: StepState): void {
    this.update(name, () => ({ state }));
  }

  update(name: string, change: (step: Step) => Partial<Step>): void {
    const step = this.#steps.get(name);
    if (step === undefined) throw new TypeError(`the pipeline declares no step "${name}"`);
    const changed = { ...step, ...change(step) };
    this.#steps.set(name, changed);
    this.#options.changed(this.all(), changed);
  }

  /** Those whose output a person has supplied, each with who and why. */
  supplied(): { readonly name: string; readonly reason: string }[] {
    return this.all().flatMap(({ name, state }) =>
      state.status === 'skipped' && state.output !== undefined ? [{ name, reason: state.reason }] : [],
    );
  }

  /** Puts the items of a step behind it; those that are there stay as they are. */
  addItems(name: string, items: readonly Json[]): void {
    const own = items.map((item, index) => ({ ...this.#pending(itemName(name, index)), item }));
    const all = this.all().flatMap((step) => (step.name === name ? [step, ...own] : [step]));
    this.#steps = new Map([...new Map(all.map((step) => [step.name, step])), ...this.#steps]);
    if (this.get(name)?.items === items.length) this.#options.changed(this.all());
    else this.update(name, () => ({ items: items.length }));
  }

  /** The generation also of a step that is never reached: the next replay must not take it for an earlier one. */
  #pending(name: string): Step {
    const generation = this.#options.generationOf(name);
    const known = generation === undefined ? {} : { generation };
    return { name, tries: 0, references: [], ...known, state: { status: 'pending' } };
  }
}
