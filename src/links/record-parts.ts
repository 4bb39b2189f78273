import { z } from 'zod'

// What records of the state topic have in common.

/** Every value has `v`; a reader that does not know it says so instead of guessing. */
export const version = z.literal(1)
export const actor = z.object({ owner: z.string(), host: z.string() })
/** Offsets and producer ids: decimal text, because JSON numbers end at 2^53. */
export const decimal = z.string().regex(/^\d+$/).transform(BigInt)
