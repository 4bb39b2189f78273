import { z } from 'zod'
import { salvagePlaceFrom } from '../core/salvage-place.ts'

/** Where a step saves what would be lost: a folder, or `topic:<name>`. */
export const salvageField = z
  .string()
  .min(1)
  .refine((text) => salvagePlaceFrom(text) !== undefined, 'expected a folder, or topic:<name>')
