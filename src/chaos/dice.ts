/** Decisions by a seed: the same seed, scope and question have the same answer, whenever it is asked. */
import { createHash } from 'node:crypto';

/** What one seed decides. Each question has a name of its own. */
export interface Dice {
  /** From 0 up to 1. */
  share(question: string): number;
  /** True with a probability. */
  chance(question: string, probability: number): boolean;
  /** A whole number, both ends included. */
  between(question: string, least: number, most: number): number;
  /** One of a list that is not empty. */
  pick<T>(question: string, list: readonly [T, ...T[]]): T;
}

/** The dice of one seed and scope. */
export function createDice(seed: number, scope: string): Dice {
  const share = (question: string): number =>
    createHash('sha256').update(`${seed} ${scope} ${question}`).digest().readUInt32BE(0) / 0x1_0000_0000;
  const between = (question: string, least: number, most: number): number =>
    least + Math.floor(share(question) * (most - least + 1));
  return {
    share,
    chance: (question, probability) => share(question) < probability,
    between,
    pick: (question, list) => list[between(question, 0, list.length - 1)] ?? list[0],
  };
}
