import { expectMirrored, seedsFrom } from './support/mirrored-seed.ts'
import { it } from 'vitest'
import { sharedClusters } from './support/sandbox.ts'

// Whatever a topic holds, its mirror shows each record once, at its offset. More seeds: GEOREP_SEEDS=1-200.

it.each(seedsFrom('1-4'))('seed %d', async (seed) => {
  await expectMirrored(seed, sharedClusters())
})
