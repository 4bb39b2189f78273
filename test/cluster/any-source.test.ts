import { expectMirrored, seedsFrom } from './support/mirrored-seed.ts'
import { it } from 'vitest'
import { sharedClusters } from './support/sandbox.ts'

// Whatever a topic holds, its mirror shows each record once, at its offset. More seeds: GEOREP_SEEDS=1-200.

it.for(seedsFrom('1-8'))('seeds from %i', async (seeds) => {
  await expectMirrored(seeds, sharedClusters())
})
