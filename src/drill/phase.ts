import { createHash } from 'node:crypto'

/**
 * When in a period the fault of one run strikes, as a fraction of it: in [0, 1), random, and the same again for the same seed. A drill that always
 * strikes at the same moment of what happens every second measures that moment.
 */
export function phaseOf(seed: string, run: number): number {
  return createHash('sha256').update(`${seed}/${run.toString()}`).digest().readUInt32BE() / 2 ** 32
}
