import { createHash } from 'node:crypto'
import { randomId } from './sandbox-deps.ts'

/**
 * Random numbers in [0, 1) that come again with the same seed: `TEST_SEED=… npx vitest run …`. The seed is printed, because a test that fails at
 * a certain moment is to be run again at that moment.
 */
export function seededRandom(): () => number {
  const seed = process.env['TEST_SEED'] ?? randomId()
  process.stderr.write(`seed: TEST_SEED=${seed}\n`)
  let count = 0
  return () => createHash('sha256').update(`${seed}/${count++}`).digest().readUInt32BE() / 2 ** 32
}
