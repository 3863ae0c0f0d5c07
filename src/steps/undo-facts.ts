/** What is known of the effects that undo, by name: each wing states it of its own, in a table beside its kinds. */
import type { UndoTarget } from '../run/undoing/effect.js';
import type { RemoteReference } from '../run/steps.js';

export interface UndoFacts {
  /** What it is about. */
  readonly object: RemoteReference['kind'];
  /** The keys of an output by which that names its object, and what the object is in. */
  readonly namedBy: readonly [id: string, parent?: string];
  /** The argument that names the object, of one that may name it. */
  readonly idIn?: string;
  /** Whether what a step has named last is what it has made. */
  readonly isNamed?: true;
  /** Whether what goes on beside the object ends by itself. */
  readonly endsByItself?: true;
  /** Whether it has nothing to do with others of its kind. */
  readonly isApart?: true;
  /** Whether `untilReplaced` has it wait for something else to serve in its place. */
  readonly mayServe?: true;
  /** The same without starting again what served before. */
  readonly withoutRestoring?: (target: UndoTarget) => UndoTarget;
}

/** An object by whose id a creation is looked at again, and what it is in. */
export interface MadeObject {
  readonly kind: RemoteReference['kind'];
  readonly in?: RemoteReference['kind'];
}
